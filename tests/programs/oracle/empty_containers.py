a = []
b = ()
c = {}
d = set()
e = frozenset()
f = ""
g = b""
h = [[], (), {}, set()]
class Empty: pass
i = Empty()
j = [i]
