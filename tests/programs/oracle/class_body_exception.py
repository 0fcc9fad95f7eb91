try:
    class C:
        a = 1
        b = a / 0
        c = 2
except ZeroDivisionError:
    failed = True
