def f(x):
    return x + 1


def g(x):
    return f(f(x))


a = g(f(1))
b = f(g(2)) + g(f(3))
