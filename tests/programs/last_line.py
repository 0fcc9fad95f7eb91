def grow(items):
    items.append(1)


def assign(n):
    n = 5


def replaced(n):
    n = None
    return n


class Body:
    last = 1


items = []
grow(items)
assign(1)
replaced([])
Body.last = items
