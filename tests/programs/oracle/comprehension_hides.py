def f():
    x = "outer"
    a = [x for x in range(2)]
    b = [
        x
        for x in range(2)
    ]
    return x


f()
