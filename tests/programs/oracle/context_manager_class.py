class Guard:
    def __init__(self, log):
        self.log = log

    def __enter__(self):
        self.log.append("enter")
        return self

    def __exit__(self, kind, value, traceback):
        self.log.append("exit")
        return kind is ValueError


log = []
with Guard(log) as guard:
    log.append("body")
with Guard(log):
    raise ValueError("swallowed")
try:
    with Guard(log):
        raise KeyError("passed")
except KeyError:
    log.append("caught")
