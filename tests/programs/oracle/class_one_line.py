class A: x = 1
class B(A): y = 2; z = 3
class C: pass
b = B(); b.w = 4
