pairs = {"a": 1, "b": 2}
for key, value in pairs.items():
    text = key * value
for i, (a, b) in enumerate([(1, 2), (3, 4)]):
    total = i + a + b
for first, *rest in ["abc", "d"]:
    size = len(rest)
