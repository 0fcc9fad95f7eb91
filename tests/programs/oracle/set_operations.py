s = {1, 2, 3}
s.add(4)
s -= {1}
s ^= {2, 9}
t = s & {9}
f = frozenset(s)
s.clear()
s.update("ab")
x = s.pop()
s = set(range(100))
s.discard(5)
