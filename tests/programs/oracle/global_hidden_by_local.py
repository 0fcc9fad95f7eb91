x = "global"


def f():
    return x


def g():
    x = "local"
    return f() + x


def h(x):
    return x


g()
h("argument")
