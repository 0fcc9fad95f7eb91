def f(x):
    match x:
        case 0 | 1: r = "small"
        case [a, *rest]: r = a
        case {"k": v, **others}: r = v
        case str() as s: r = s
        case None: r = "none"
        case _: r = "other"
    return r


for x in (0, [1, 2, 3], {"k": 1, "l": 2}, "text", None, 2.5): f(x)
