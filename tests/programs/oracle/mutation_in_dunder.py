class Sneaky:
    def __init__(self, log):
        self.log = log

    def __eq__(self, other):
        self.log.append("eq")
        return True

    def __hash__(self):
        self.log.append("hash")
        return 1

    def __bool__(self):
        self.log.append("bool")
        return False

    def __str__(self):
        self.log.append("str")
        return ""


def f():
    log = []
    s = Sneaky(log)
    a = s == 1
    b = {s: 1}
    c = not s
    d = f"{s}"
    if s: e = 1
    return log


f()
