def f():
    return 1
n = f()
del f
n = 2
def f():
    return 2
n = f()
del f
def f():
    return 3
n = f()
