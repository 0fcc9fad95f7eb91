def f():
    log = []
    done = [log.append(x) for x in range(2)]
    return log


f()
