for i in range(70): globals()[f"v{i}"] = i
v3 = "x"
w = v5 + v6
v60 = [1]
v60.append(2)
del v7
y = 1
