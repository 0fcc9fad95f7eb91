def simple():
    yield 1
    yield 2


d = simple()
next(d)
d.close()

e = simple()
next(e)
del e
last = None
