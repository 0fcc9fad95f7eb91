items = list(range(100))
items[50] = "out of sight"
items[10] = "in sight"
items.append(1)
items[:] = items[:5]
many = [[i] for i in range(40)]
many[0].append(1)
grid = [list(range(20)) for _ in range(10)]
grid[0][0] = "x"
grid[9][19] = "y"
del grid[3:]
