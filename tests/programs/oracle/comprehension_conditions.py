def f(items):
    a = [x for x in items if x % 2 if x > 1]
    b = [(x, y) for x in items for y in items if x < y]
    c = {x: [y for y in range(x)] for x in items}
    return a, b, c


f([1, 2, 3])
