def inner(n):
    if n == 0:
        raise RuntimeError("bottom")
    inner(n - 1)


try:
    inner(2)
except RuntimeError as error:
    args = error.args
