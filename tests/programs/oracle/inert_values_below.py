def f():
    log = []
    class Native:
        __eq__ = __lt__ = __radd__ = staticmethod(log.append)
    native = Native()
    match native:
        case 1:
            pass
        case 2:
            pass
    y = (1 +
         native)
    y = (1,
         (native
         < 2))
    n = 1


f()
