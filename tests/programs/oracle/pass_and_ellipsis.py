def f(): ...
def g():
    pass
    pass
    ...
class C: ...
f()
g()
for _ in range(2): pass
if True: pass
while False: pass
