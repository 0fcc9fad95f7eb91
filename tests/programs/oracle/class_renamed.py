class Meta(type):
    pass


class C(metaclass=Meta):
    pass


class D(C):
    __slots__ = ("x",)


class Number(int):
    pass


def f(c, d, n, many):
    for name in ("First", "First2", "First3"):
        C.__qualname__ = name
        D.__qualname__ = name + ".D"
        Number.__qualname__ = "N" + name
    C.__qualname__ = "".join(["Se", "cond"])
    C.__qualname__ = "".join(["Th", "ird"])
    C.__qualname__ = C.__qualname__[:2] + "ree"; C.__qualname__ = "Fo" + name[-4:]
    type.__dict__["__qualname__"].__set__(D, "Straight")
    try:
        C.__qualname__ = 1
    except TypeError:
        pass
    D.__module__ = "elsewhere"
    many.pop()


f(C(), D(), Number(3), [C(), [D(), C], {"c": C()}])
