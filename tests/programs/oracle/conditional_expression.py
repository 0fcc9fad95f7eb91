def f(x):
    return x


a = f(1) if f(0) else f(2)
b = (
    f(3)
    if f(1)
    else f(4)
)
