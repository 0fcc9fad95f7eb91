x = "outer"
squares = [x * x for x in range(3)]
pairs = {x: y for x in range(2) for y in "ab"}


def inside(n):
    evens = {n for n in range(n) if n % 2 == 0}
    return evens


inside(5)
lazy = sum(x for x in [1, 2])
functions = [lambda: x for x in range(2)]
kept = functions[0]()
