a = 1; b = 2; c = a + b
def f(): x = 1; y = 2; return x + y
f(); f()
if a: b = 3; c = 4
