def f():
    f.calls += 1
    return f.calls


f.calls = 0
f()
f()
g = f
n = g.calls
