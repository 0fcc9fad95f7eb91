def one(): return 1
def two(n): n += 1; return n
class Empty: pass
class Full: a = 1; b = 2
for n in range(2): one()
if two(1): n = 5
a = one(); b = two(a); c = b
