d = {None: 1, (1, 2): 2, 3: 3, "s": 4, b"b": 5, 1.5: 6, frozenset({1}): 7}
d[None] += 1
d[1, 2] = [d]
