"""Items and attributes of what was found in others; some have code that no trace has."""

from collections import namedtuple

shown = []
hidden = {"shown": shown}
exec(
    """
class Asked:
    def __init__(self, key=1):
        self.key = key
    def __eq__(self, other):
        shown.append("eq")
        return False
    def __hash__(self):
        shown.append("hash")
        return hash(self.key)
    def __bool__(self):
        shown.append("bool")
        return True
    def __add__(self, other):
        shown.append("add")
        return 1
    def __index__(self):
        shown.append("index")
        return 0
    def __getitem__(self, index):
        shown.append("item")
        return index
    def __getattr__(self, name):
        shown.append(name)
        return 1
    def __del__(self):
        shown.append("died")
    def __format__(self, text):
        shown.append("format")
        return ""
    def __repr__(self):
        shown.append("repr")
        return ""
    def __iter__(self):
        shown.append("iter")
        return iter(())
class Reads:
    def __get__(self, object, owner):
        shown.append("get")
        return 1
class Sets(Reads):
    def __set__(self, object, value):
        shown.append("set")
class Named(dict):
    def __missing__(self, name):
        shown.append(name)
        return 0
    def get(self, name, other=None):
        shown.append("get")
        return other
    def items(self):
        shown.append("items")
        return ()
class Items(list):
    def __getitem__(self, index):
        shown.append("item")
        return 1
    def __contains__(self, item):
        shown.append("in")
        return True
    def append(self, item):
        shown.append("append")
""",
    hidden,
)
Asked, Reads, Sets, Named, Items = (
    hidden[name] for name in ("Asked", "Reads", "Sets", "Named", "Items")
)
Point = namedtuple("Point", "x y")


class Owner:
    shared = 1
    listed = [1]
    covered = 1
    read = Reads()
    set = Sets()
    asked = Asked()
    __slots__ = ("__dict__", "slot")

    def __init__(self):
        self.covered = Asked()
        self.slot = Asked()
        self.inner = self
        self.items = [1, Asked(), Asked()]
        self.named = {"one": 1, "asked": Asked(), "items": [Asked()]}


class Shares:
    shared = 1


def not_interned(seen, one):
    found = one.shared + 1
    return found


class Point2(Point):
    @property
    def y(self):
        shown.append("y")
        return 1


def in_others(seen, owner, index, name, point):
    found = owner.items[0]
    found = owner.items[index]
    found = owner.items[index] + 1
    found = owner.items[index + 0] + 1
    found = owner.items[0] + 1
    found = 1 if owner.items[-1] else 2
    found = owner.named["one"] + 1
    found = owner.named[name]
    found = 1 if owner.named[name] else 2
    found = owner.named["items"][0] + 1
    found = owner.inner.inner.items[index] == 1
    found = owner.inner.covered == 1
    found = owner.inner.inner.slot == 1
    found = owner.shared + owner.listed[0]
    found = owner.covered + 1
    found = owner.asked + 1
    found = owner.read + 1
    found = owner.set + 1
    found = [owner.asked] == [1]
    found = point.x + 1
    found = point.y + 1
    found = point[0] + 1
    found = point[1]
    return found


def keys(seen, items, named, asked, name):
    found = items[asked]
    found = named["one"]
    found = named[name]
    found = named.get("one")
    found = named.get(name, asked)
    found = named.get("other", asked)
    found = named.get("one") or 2
    found = 1 if named.get("asked") else 2
    found = [one for one, two in named.items()]
    for one, two in named.items():
        found = two
    found = items[1:]
    found = "other" in named
    return found


def members(seen, asked, number, items, grouped, named):
    found = number in items
    found = number in grouped
    found = 1 in items
    found = 1 in grouped
    found = number in (1, 2)
    found = number in [asked, 2]
    found = number not in grouped
    found = number + 0 in grouped
    found = number in named
    return found


def grows(seen, asked, items):
    own = []
    own.append(asked)
    own.append(1); found = own[-1]
    own.append(asked); found = own[-1] == 1
    listed = Items()
    listed.append(1)
    own.append(own)
    other = own
    own.append(2)
    own.append(other)
    items.append(own)
    own.append(3)
    held = [own, items]
    own.append(4)
    held[0].append(5)
    held.append(6)
    held.append(held.append(7))
    own = other = held = None
    items.append(8)
    return items


def shared(seen):
    own = []

    def more():
        own.append(1)
        return own

    own.append(2)
    more()
    own.append(3)
    seen.append(4)
    return more


def collects(seen, asked, number):
    own = [number, asked]
    own = 1
    own = {"one": number, "asked": asked}
    own = 1
    own = {number: asked}
    own = 1
    own = {asked: number}
    own = 1
    own = (number, number)
    own = 1
    own = [own, own]
    own = 1
    own = [1]
    own = 1
    own = f"{number}{asked}"
    own = 1
    own = f"{number!r}{asked!r}"
    own = 1
    own = f"{number:>{number}}"
    own = 1
    own = "%s" % (asked,)
    own = 1
    own = "%s %s" % (number, number)
    own = 1
    own = (number, asked) == (number, 1)
    own = 1
    own = (number, number) < (number, 2)
    one, two = own, asked
    one, two = two, one
    return own


def asserts(seen, asked, number):
    assert number
    assert number, f"{asked}"
    assert asked, "text"
    found = 1
    try:
        assert number == 2, f"{asked}"
    except AssertionError:
        found = 2
    try:
        assert asked == 2, asked.more
    except AssertionError:
        found = 3
    try:
        assert number == 2, (
            asked[1],
            asked[2],
        )
    except AssertionError:
        found = 4
    return found


def suspends(seen, asked, number):
    assert number == 1, (yield asked)
    found = yield number
    found = yield f"{asked}"
    yield asked + 1
    try:
        assert number == 2, (yield asked[2])
    except AssertionError:
        yield found
    if number == 1: yield 1
    while number < 3: number = number + 1; yield asked[number]


def cells(seen, asked):
    number = 1
    held = asked

    def inner():
        nonlocal number, held
        number = 2
        held = 1
        held = asked
        number = held
        return number

    inner()
    number = 3
    held = inner
    held = asked + 1
    return inner


in_others(shown, Owner(), 1, "asked", Point(1, Asked()))
in_others(shown, Owner(), 0, "one", Point2(1, 2))
in_others(shown, Owner(), -1, "items", Point(1, 2))
owner = Owner()
owner.__dict__["set"] = 2
in_others(shown, owner, 0, "one", Point(1, 2))
first, second = Shares(), Shares()
first.__dict__["".join(["sha", "red"])] = 1
second.shared = Asked()
not_interned(shown, Shares())
not_interned(shown, second)
keys(shown, [1, Asked()], {"one": 1, "asked": Asked()}, Asked(), "one")
keys(shown, Items([1]), Named(one=1), Asked(), "other")
keys(shown, (1,), {Asked("asked"): 2, "one": Asked(), "asked": 1}, Asked(), "asked")
members(shown, Asked(), 1, [1, Asked()], {1, 2}, {1: 2})
members(shown, Asked(), 2, [Asked()], {Asked(2), Asked(3)}, {Asked(2): 2})
members(shown, Asked(), 2, Items([1]), {Asked(2 + 8 * n) for n in range(6)}, Named())
displaced = {*range(100, 110), 33}
displaced.add(Asked(1))
members(shown, Asked(), 1, (), displaced, {})
members(shown, Asked(), 3, list(range(30)), frozenset(map(Asked, range(4))), {})
grows(shown, Asked(), [])
grows(shown, Asked(), Items())
shared(shown)()
collects(shown, Asked(), 1)
asserts(shown, Asked(), 1)
for _ in suspends(shown, Asked(), 1):
    pass
cells(shown, Asked())()
