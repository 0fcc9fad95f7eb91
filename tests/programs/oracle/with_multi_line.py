from contextlib import nullcontext


def f(x):
    with (
        nullcontext(1) as a,
        nullcontext(2) as b,
    ):
        x = a + b
    return x


def g():
    with nullcontext():
        return 1


def h():
    for i in range(2):
        with nullcontext(i) as j:
            continue
    return j


f(0)
g()
h()
