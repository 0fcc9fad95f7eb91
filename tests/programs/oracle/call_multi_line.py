def f(*args, **kwargs):
    return len(args)


def g(n):
    return n


result = f(
    g(1),
    g(2),
    a=g(3),
    b=[
        g(4),
        g(5),
    ],
)
