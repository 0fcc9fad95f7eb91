def show(*values):
    return values


show([], [1, [2, [3]]], (), (1,), (1, (2,)))
show({}, {"a": 1, 2: (3,)}, {None: {}})
show(set(), {1}, frozenset(), frozenset([("x", 1)]))
show({"list": [{"set": {1}}]})
