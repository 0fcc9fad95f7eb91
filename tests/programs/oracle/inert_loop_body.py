def f():
    log = []
    for x in (1, 2): log.append(x)
    for x in (1, 2): log.append(x), (
        log.append(x))
    n = 1


f()
