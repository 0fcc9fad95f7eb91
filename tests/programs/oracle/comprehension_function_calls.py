def double(x):
    return 2 * x


def f():
    return [double(x) for x in range(3)]


f()
