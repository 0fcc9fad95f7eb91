class C:
    pass


def f():
    c = C
    i = C()
    C.__qualname__ = "Renamed"
    C.__name__ = "Other"
    n = 1
    C.__module__ = "elsewhere"
    n = 2


f()
