def outer():
    inner()


def inner():
    raise RuntimeError("nobody catches this")


before = True
outer()
