class Dying:
    def __init__(self, log):
        self.log = log

    def __del__(self):
        self.log.append("dead")


def f():
    log = []
    a = Dying(log)
    n = 1
    a = None
    n = 2
    b = [Dying(log)]
    b[0] = 1
    c = Dying(log)
    del c
    return log


f()
