def f(a, b):
    while (
        a > 0
        and b > 0
    ):
        a -= 1
        b -= 2
    return a, b


f(3, 3)
