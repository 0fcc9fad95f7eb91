class C: pass
c = C()
d = {}
items = [0] * 2
for c.x in range(2): pass
for d["k"] in range(2): pass
for items[0], *items[1:] in [(1, 2, 3)]: pass
for i in range(2):
    i = 10
