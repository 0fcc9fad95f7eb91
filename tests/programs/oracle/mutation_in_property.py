class C:
    def __init__(self):
        self.reads = 0

    @property
    def value(self):
        self.reads += 1
        return self.reads

    def __getattr__(self, name):
        self.reads += 10
        return name


def f():
    c = C()
    a = c.value
    b = c.value
    d = c.missing
    return a


f()
