class L(list): pass
class D(dict): pass
class T(tuple): pass
class S(str): pass
class I(int): pass
class F(float): pass
class E(set): pass
a = L([1])
a.append(2)
b = D(x=1)
b["y"] = 2
c = T((1, 2))
d = S("s")
e = I(5)
f = F(1.5)
g = E({1})
a.extra = 1
