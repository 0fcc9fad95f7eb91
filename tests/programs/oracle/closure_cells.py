def outer(a):
    b = a
    def inner():
        nonlocal b
        b += a
        return b
    c = inner()
    a = 10
    d = inner()
    return b


outer(1)
