def gen():
    while True:
        try:
            x = yield 1
        except ValueError as error:
            x = yield "caught"


g = gen()
next(g)
a = g.throw(ValueError("v"))
b = next(g)
try:
    g.throw(KeyError("k"))
except KeyError:
    pass
