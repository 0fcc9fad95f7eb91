def f(): yield 1; yield 2
def g(): x = yield; yield x
for a in f(): b = a
h = g(); next(h); c = h.send(5)
def k():
    for i in range(2): yield i
list(k())
