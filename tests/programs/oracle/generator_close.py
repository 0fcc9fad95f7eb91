def gen(log):
    try:
        yield 1
        yield 2
    finally:
        log.append("closed")


log = []
g = gen(log)
next(g)
g.close()
h = gen(log)
h.close()
g = gen(log)
next(g)
del g
