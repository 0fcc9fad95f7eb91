def f():
    a = 1
    b = "text"
    c = 2.5
    d = None
    e = (1, 2)
    f = a
    g = b
    a = 1
    b = "text"
    return g


f()
