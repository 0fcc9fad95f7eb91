def gen():
    yield 1


g = gen()
a = list(g)
b = list(g)
try:
    next(g)
except StopIteration:
    c = True
d = next(g, "default")
