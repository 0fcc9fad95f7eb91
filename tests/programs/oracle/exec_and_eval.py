scope = {"a": 1}
exec("b = a + 1", scope)
b = scope["b"]
c = eval("b * 2")
exec("d = 5")
e = d
def f():
    x = 1
    exec("x = 2")
    return eval("x")
f()
