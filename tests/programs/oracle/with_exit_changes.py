class Change:
    def __init__(self, items):
        self.items = items

    def __enter__(self):
        self.items.append("in")
        return self.items

    def __exit__(self, *_):
        self.items.append("out")


def f():
    items = []
    with Change(items) as same: same.append(1)
    with Change(items):
        items.append(2)


f()
