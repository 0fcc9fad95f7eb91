def f(x): return x + 1
def g(x): y = x; return y
def h(): pass
async def a(): return 1
a_ = f(1)
b_ = g(2)
h()
f(f(1))
c = a(); c.close()
