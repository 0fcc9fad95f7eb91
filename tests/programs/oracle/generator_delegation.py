def inner():
    got = yield 1
    yield got
    return "inner"


def outer():
    result = yield from inner()
    yield result


g = outer()
a = next(g)
b = g.send("sent")
c = next(g)
d = list(outer())
