def f(items):
    items.append(1)


def g():
    x = 1
    x = 2


def h(x):
    if x:
        x = None


f([])
g()
h(1)
h(0)
