"""Attributes and loops whose reading runs code that no trace has."""

shown = []
hidden = {"shown": shown}
exec(
    """
class Described:
    number = 1
    @property
    def read(self):
        shown.append("read")
        return 1

class Asked:
    def __init__(self):
        self.number = 1
    def __getattribute__(self, name):
        if name == "number":
            shown.append(name)
        return object.__getattribute__(self, name)

class Pair(tuple):
    def __iter__(self):
        shown.append("pair")
        return iter((1, 2))

class Numbers(list):
    def __iter__(self):
        shown.append("numbers")
        return iter([(1, 2)])

class Key:
    def __init__(self, key):
        self.key = key
    def __iter__(self):
        shown.append("key")
        return iter((1, 2))
""",
    hidden,
)
Described, Asked, Pair, Numbers, Key = (
    hidden[name] for name in ("Described", "Asked", "Pair", "Numbers", "Key")
)


class Kept:
    __slots__ = ("number", "items")

    def __init__(self, items):
        self.number = 1
        self.items = items


def attributes(seen, described, asked, kept):
    found = described.number
    found = described.read
    found = asked.number
    found = kept.number
    found = kept.items is None
    if kept.items:
        found = len(kept.items)
    described.number = seen
    found = described.number
    found = described.number == [1]
    if described.number:
        found = 2
    del kept.items
    try:
        found = kept.items
    except AttributeError:
        found = 3
    return found


def loops(seen, pairs, numbers, keys):
    for first, second in pairs:
        first = 1
    for first, second in numbers:
        first = 1
    for first, second in keys:
        first = 1
    for key in keys:
        first = 1
    for first, (second, third) in [(1, pairs[0])]:
        first = 1
    return first


attributes(shown, Described(), Asked(), Kept([1]))
loops(shown, [(1, 2), Pair((1, 2)), [3, 4], Pair((5, 6))], Numbers(), {Key(1): 1, (1, 2): 3})
