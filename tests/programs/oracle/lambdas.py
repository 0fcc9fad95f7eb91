f = lambda x: x + 1
g = lambda: None
h = lambda *a, k=1, **kw: (a, k)
f(1)
g()
h(1, 2, k=3, z=4)
key = sorted([3, 1, 2], key=lambda x: -x)
nested = (lambda x: lambda y: x + y)(1)(2)
long = lambda x: (
    x,
    x,
)
long(1)
