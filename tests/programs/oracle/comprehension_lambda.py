def f():
    functions = [lambda: x for x in range(2)]
    return [g() for g in functions]


f()
