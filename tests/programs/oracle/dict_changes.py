d = {}
d["a"] = 1
d.setdefault("b", []).append(2)
d["b"].append(3)
x = d.pop("a")
d["a"] = 4
d.popitem()
for i in range(10): d[i] = i
for i in range(8): del d[i]
d.update(z=1)
k = d.keys()
v = d.values()
i = d.items()
d["last"] = 0
