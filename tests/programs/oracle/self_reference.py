a = [1]
a.append(a)
d = {}
d["self"] = d
class C: pass
c = C()
c.me = c
a.append(2)
d["more"] = a
c.other = [c]
