def f(): return 1
def g(): return 2
f = g
class A: pass
B = A
import os
o = os
x = f()
f = 5
del g
def f(): return 3
