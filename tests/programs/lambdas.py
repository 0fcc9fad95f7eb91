add = lambda a, b=1: a + b
three = add(2)
lines = sorted([2, 1], key=lambda n: -n)
nested = (lambda: (lambda n: n)(5))()
