class Holder:
    def __init__(self, items):
        self.items = items


shared = [1]
one = Holder(shared)
two = Holder(shared)
one.items.append(2)
shared.append(3)
two.items = []
two.items.append(4)
