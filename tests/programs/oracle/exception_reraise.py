def f():
    try:
        raise ValueError("x")
    except ValueError:
        x = 1
        raise


def g():
    try:
        f()
    except ValueError as error:
        raise error


try:
    g()
except ValueError:
    pass
