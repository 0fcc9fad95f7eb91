def gen():
    x = yield
    return x


def run():
    value = yield from gen()
    return value


g = run()
next(g)
try:
    g.send([1])
except StopIteration as stop:
    value = stop.value
