d = {}
for i in range(40): d[i] = i
d[0] = "x"
d[39] = "y"
e = {i: {j: [j] for j in range(5)} for i in range(5)}
e[0][0].append(1)
e[4][4].append(2)
e.pop(4)
e.pop(3)
