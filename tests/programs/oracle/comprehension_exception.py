def f():
    try:
        return [
            1 // x
            for x in (1, 0)
        ]
    except ZeroDivisionError:
        x = "after"
    return x


f()
