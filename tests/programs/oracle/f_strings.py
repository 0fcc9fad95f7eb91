def f(x):
    return x


name = "n"
a = f"{name}"
b = f"{f(1)} and {f(2):>3}"
c = f"{name!r} {f'{f(3)}'}"
d = (
    f"{f(4)}"
    f"{f(5)}"
)
e = f"{name=}"
