def f():
    x = [1]
    x = [2]
    x = 1.5
    x = 2.5
    x = "a" + str(x)
    x = "b" + str(x)
    for i in range(3):
        x = [i]
        x = [-i]
        x = float(i)
    return x


f()
