total = 0
for i in range(3): total += i
for i in "ab": pass
for i in []: total = -1
for i, j in [(1, 2), (3, 4)]: total += i * j
