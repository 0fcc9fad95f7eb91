def t(log):
    log.append("t")
    return True


def f(log):
    log.append("f")
    return False


log = []
a = t(log) and f(log) and t(log)
b = f(log) or t(log) or f(log)
c = (
    f(log)
    or t(log)
)
not t(log)
