import weakref


class Thing:
    pass


def numbers(log):
    thing = Thing()
    log.append(weakref.ref(thing, log.append))
    yield 1
    yield 2


def stop(log):
    for x in numbers(log):
        break
    n = 1


def leave(log):
    for x in numbers(log):
        return x


def fail(log, a):
    try:
        for x in numbers(log):
            y = a / 0
    except ZeroDivisionError:
        n = 1
    n = 2


stop([])
leave([])
fail([], 1)
