def factorial(n):
    if n <= 1:
        return 1
    return n * factorial(n - 1)


def even(n):
    if n == 0:
        return True
    return odd(n - 1)


def odd(n):
    if n == 0:
        return False
    return even(n - 1)


result = factorial(4)
even(3)
