def f(n):
    while n: n -= 1
    while n < 3: n += 1; m = n
    return n, m


f(2)
