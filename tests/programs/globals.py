import math

limit = 10
unused = 20
LATER = None


def helper():
    return limit


def check(n):
    global LATER
    LATER = n
    return helper() + math.floor(n) + min(n, limit)


limit = 11
total = check(5)
