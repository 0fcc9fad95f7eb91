import weakref


class Thing:
    pass


def f():
    log = []
    t = Thing()
    log.append(weakref.ref(t, log.append))
    for x in [t, 1]:
        t = 2
    n = 1
    t = Thing()
    log.append(weakref.ref(t, log.append))
    a = b = t
    t = 1
    a, b = b, a
    a = 1
    b = 2
    return n


f()
