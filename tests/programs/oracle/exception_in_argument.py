def fail():
    raise ValueError("x")


def f(a, b):
    return a


try:
    f(
        1,
        fail(),
    )
except ValueError:
    pass
