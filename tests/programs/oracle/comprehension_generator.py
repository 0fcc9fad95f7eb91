def f():
    gen = (x * x for x in range(3))
    total = sum(gen)
    rest = list(gen)
    return total, rest


f()
