def f():
    a = "abc"
    b = "ab"
    b += "c"
    a = b
    c = "".join(["a", "b", "c"])
    a = c
    return a is b


f()
