a, b = 1, 2
a, b = b, a
items = [1, 2, 3]
items[0], items[2] = items[2], items[0]
a = b = items
a, (b, c) = 1, (2, 3)
i = 0
i, items[i] = 1, "x"
