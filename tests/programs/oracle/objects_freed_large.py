def f():
    x = 10**20
    x = 10**20 + 1
    y = 10**30
    for i in range(3):
        x = y + i
        y = x * 2
    return y


f()
