def f(n):
    items = (i * i for i in range(n) if i)
    first = next(items)
    return first, list(items)


f(4)
total = sum(x for x in [1, 2])
found = any(
    x > 1
    for x in [1, 2, 3]
)
