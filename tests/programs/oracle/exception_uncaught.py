def f(n):
    return 1 // n


x = 1
f(0)
y = 2
