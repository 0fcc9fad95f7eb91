def square(n):
    return n * n


def hypotenuse(a, b):
    total = square(a) + square(b)
    return total ** 0.5


def nothing():
    pass


x = hypotenuse(3, 4)
nothing()
nothing(), square(hypotenuse(0, 2))
