a = 1
b = 2
del a
a = 3
del a, b
def f():
    x = 1
    y = [x]
    del x
    x = 2
    del y[0], x
    return y
f()
