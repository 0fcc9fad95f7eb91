def feed(log):
    for i in range(3):
        log.append(i)
        yield i


def f():
    log = []
    gen = feed(log)
    for x in gen:
        y = x
    a, *b = feed(log)
    return log


f()
