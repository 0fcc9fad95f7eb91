a = [3, 1, 2]
a.sort()
a.reverse()
a.insert(1, 9)
x = a.pop()
a.remove(9)
a.extend(a)
a *= 2
b = a.copy()
del a[::2]
a[0], a[1] = a[1], a[0]
b = sorted(a)
