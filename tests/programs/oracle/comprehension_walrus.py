def f():
    last = None
    found = [last := x for x in range(3)]
    return last


f()
