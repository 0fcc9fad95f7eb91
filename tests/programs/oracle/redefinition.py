def f():
    return 1


f()


def f():
    return 2


f()
x = 1
x = "one"
x = [x]
x = f
x = None
