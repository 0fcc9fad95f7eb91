def gen():
    x = 1
    yield x
    x = 2
    yield x


g = gen()
a = next(g)
b = next(g)
