def show(value):
    pass


show([[[5]]])
show([[[[5]]]])
show({"a": {"b": {"c": [1]}}})
show(list(range(32)))
show(list(range(33)))
show({n: n for n in range(40)})
show("x" * 256)
show("é" * 257)
show([[n] * 31 for n in range(4)])
show([[n] * 32 for n in range(4)])
show([[[n] * 10 for _ in range(4)] for n in range(4)])
show([[], (), {}, set(), [[[]]], [[{1: 2}]], [[(1, 2)]]])
