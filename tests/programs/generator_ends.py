def guarded():
    try:
        yield 1
        yield 2
    except ValueError as error:
        yield "caught"
    finally:
        last = "finally"


def simple():
    yield 1
    yield 2


a = guarded()
next(a)
a.close()

b = guarded()
next(b)
b.throw(ValueError("into"))
b.close()

c = guarded()
next(c)
del c

f = simple()
f.close()

g = simple()
next(g)
try:
    g.throw(KeyError("out"))
except KeyError:
    pass
