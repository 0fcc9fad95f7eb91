def f(a, /, b, c=3, *rest, d, e=5, **others):
    return a + b + c


f(1, 2, d=4)
f(1, 2, 3, 4, 5, d=6, e=7, g=8)
f(*[1, 2], **{"d": 3})
