def f():
    x = (yield 1) + (yield 2)
    y = [(yield 3), (yield 4)]
    yield x, y


g = f()
next(g)
g.send(10)
g.send(20)
g.send(30)
last = g.send(40)
