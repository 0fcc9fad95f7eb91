"""Every kind of value, changed in the smallest way by code that no trace tells of.

What a witness notes of memory (csrc/py/witness.h) must differ after each of them.
"""

import collections
import dataclasses
import enum

hidden = {}
exec(
    """
def do(action, *things):
    return action(*things)
def again(thing, name):
    value = getattr(thing, name)
    delattr(thing, name)
    setattr(thing, name, value)
def again_in(d, key):
    d[key] = d.pop(key)
def renew(items, index, make, *args, **named):
    items[index] = None  # what comes now may lie where that was
    items[index] = make(*args, **named)
""",
    hidden,
)
do, again, again_in, renew = (
    hidden[name] for name in ("do", "again", "again_in", "renew")
)


class Plain:
    shared = 1

    def __init__(self, **fields):
        self.__dict__.update(fields)

    def method(self):
        return self


class Inline:
    def __init__(self):
        self.a = 1
        self.b = [2]
        self.c = None


class Slotted:
    __slots__ = ("first", "second", "third")

    def __init__(self):
        self.first = 1
        self.third = [3]


class Both(Slotted):
    pass


@dataclasses.dataclass
class Data:
    one: int
    two: object = None


class Color(enum.Enum):
    RED = [1]


class Meta(type):
    pass


class Made(metaclass=Meta):
    @classmethod
    def create(cls):
        return cls()


class Text(str):
    pass


class Number(int):
    pass


class Real(float):
    pass


class Items(list):
    pass


Point = collections.namedtuple("Point", "x y")


def build(length):
    """A text that has no hash, and grows in place."""
    text = ""
    for number in range(length):
        text += chr(97 + number % 26)
    return text


def lists():
    items = [1, 2.5, build(5), build(90), 10**5, 10**15, 10**40, None, True, [0]]
    nested = (items, [items], {"items": items})
    do(items.__setitem__, 0, 2)
    do(items.__setitem__, 0, 2.0)
    do(items.__setitem__, 1, 3.5)
    do(items.__setitem__, 1, -3.5)
    do(items.__setitem__, 2, build(4) + "x")
    do(items.__setitem__, 2, build(4) + "é")
    do(items.__setitem__, 3, build(89) + "x")
    do(items.__setitem__, 4, 10**5 + 1)
    do(items.__setitem__, 4, -(10**5) - 1)
    do(items.__setitem__, 5, 10**15 + 1)
    do(items.__setitem__, 6, 10**40 + 1)
    do(items.__setitem__, 7, False)
    do(items[9].append, 1)
    do(items[9].reverse)
    do(items.reverse)
    do(items.pop)
    do(items.extend, range(3))
    do(items.clear)
    return nested


def subclasses():
    values = [Text("text"), Number(5), Real(0.5), Items([1]), Number(10**12)]
    do(values.__setitem__, 0, Text("tent"))
    do(values.__setitem__, 0, "tent")
    do(values.__setitem__, 1, Number(6))
    do(values.__setitem__, 1, 6)
    do(values.__setitem__, 2, Real(0.25))
    do(values[3].append, 2)
    do(values[3].__setitem__, 0, 3)
    do(values.__setitem__, 4, Number(10**12 + 1))
    do(setattr, Items, "__qualname__", "Renamed")
    do(setattr, Items, "__qualname__", "Items")
    return values


def texts():
    held = [build(30)]
    key = held[0]
    do(hash, key)
    del key
    do(held.__setitem__, 0, build(29) + "!")
    do(hash, held[0])
    do(held.__setitem__, 0, build(28) + "!?")
    do(held.__setitem__, 0, build(28) + "ü?")
    do(held.__setitem__, 0, build(28) + "\u2028?")
    do(held.__setitem__, 0, build(28) + "\U0001f600?")
    do(held.__setitem__, 0, "")
    return held


def dicts():
    d = {"a": 1, "b": 2, "c": [3]}
    views = (d.keys(), d.values(), d.items())
    do(d.__setitem__, "a", 2)
    again_in(d, "a")
    do(d.pop, "b")
    do(d.__setitem__, "b", 2)
    do(d["c"].append, 4)
    do(d.update, {"é" * 3: 1})
    do(d.__setitem__, 1, "one")
    do(d.pop, 1)
    do(d.__setitem__, True, "one")
    do(d.__setitem__, (1, 2), "pair")
    do(d.clear)
    do(d.update, {number: str(number) for number in range(20)})
    do(d.__setitem__, 7, "7!")
    return views


def other_dicts():
    ordered = collections.OrderedDict(a=1, b=2)
    counted = collections.Counter("aab")
    default = collections.defaultdict(list, a=[1])
    proxy = Plain.__dict__
    do(ordered.move_to_end, "a")
    do(ordered.__setitem__, "a", 3)
    do(counted.update, "b")
    do(default.__getitem__, "b")
    do(default["a"].append, 2)
    do(setattr, Plain, "shared", 2)
    do(setattr, Plain, "shared", 1)
    return proxy


def sets():
    s = {1, 2, 3}
    frozen = [frozenset((1, 2))]
    do(s.discard, 2)
    do(s.add, 4)
    do(s.add, 10**6)
    do(s.discard, 10**6)
    do(s.add, 10**6 + 1)
    do(s.update, range(40))
    do(s.clear)
    do(frozen.__setitem__, 0, frozenset((1, 3)))
    return s


def queues():
    queue = collections.deque([1, [2], 3])
    do(queue.rotate)
    do(queue.append, 4)
    do(queue.popleft)
    do(queue.__setitem__, 0, 5)
    do(queue[1].append, 6)
    do(queue.reverse)
    do(queue.clear)
    return queue


def binary():
    array = bytearray(b"abcdefghijk")
    held = [b"abcdefghijk", memoryview(array)]
    do(array.__setitem__, 9, 65)
    do(held.__setitem__, 0, b"abcdefghijK")
    do(held.__setitem__, 0, b"abcdefghij")
    held[1].release()
    do(array.append, 66)
    do(array.__delitem__, 0)
    do(array.clear)
    return held


def inline_fields():
    thing = Inline()
    things = [thing]
    again(thing, "a")
    again(thing, "b")
    do(setattr, thing, "a", 2)
    do(setattr, thing, "a", True)
    do(delattr, thing, "a")
    do(setattr, thing, "a", 1)
    do(delattr, thing, "c")
    do(delattr, thing, "b")
    do(setattr, thing, "b", [2])
    do(setattr, thing, "c", None)
    do(thing.b.append, 3)
    do(setattr, thing, "d", 4)
    do(delattr, thing, "d")
    do(setattr, thing, "__class__", Plain)
    do(setattr, thing, "__class__", Inline)
    do(vars, thing)
    do(setattr, thing, "a", 5)
    do(vars(thing).__setitem__, "a", 6)
    do(vars(thing).pop, "a")
    do(setattr, thing, "__dict__", {"a": 7})
    do(setattr, thing, "__dict__", {"z": 7})
    do(vars(thing).__setitem__, "y", 8)
    do(vars(thing).clear)
    return things


def many_fields():
    thing = Plain(**{f"name{number}": number for number in range(12)})
    again(thing, "name3")
    again(thing, "name9")
    do(setattr, thing, "name3", 33)
    do(delattr, thing, "name3")
    do(setattr, thing, "name3", 3)
    do(setattr, thing, "name" + str(40), 40)
    do(delattr, thing, "name0")
    return thing


def members():
    thing = Slotted()
    both = Both()
    do(setattr, thing, "second", 2)
    do(setattr, thing, "first", None)
    do(delattr, thing, "first")
    do(setattr, thing, "first", 1)
    do(thing.third.append, 4)
    do(setattr, both, "extra", 1)
    do(setattr, both, "extra", 2)
    do(setattr, both, "second", 2)
    do(delattr, both, "extra")
    return both


def structs():
    data = Data(1)
    point = [Point(1, 2)]
    color = Color.RED
    do(setattr, data, "one", 2)
    do(setattr, data, "two", [1])
    again(data, "one")
    do(data.two.append, 2)
    do(delattr, data, "one")
    do(setattr, data, "one", 3)
    do(setattr, data, "three", 3)
    do(point.__setitem__, 0, Point(1, 3))
    do(point.__setitem__, 0, (1, 3))
    do(color.value.append, 2)
    do(setattr, color, "_name_", "BLUE")
    do(setattr, color, "_name_", "RED")
    return data


def names():
    thing = Plain()
    other = Inline()

    def function():
        return thing

    held = [function, thing.method, Plain.method, len, [].append, Made, str.strip]
    held.extend([Made.mro, Made.create, Items().append])
    do(setattr, thing, "__class__", Inline)
    do(setattr, thing, "__class__", Plain)
    do(setattr, function, "__qualname__", "renamed")
    do(setattr, Plain.method, "__qualname__", "Plain.renamed")
    do(setattr, Plain.method, "__qualname__", "Plain.method")
    do(setattr, Made, "__qualname__", "Remade")
    do(setattr, Made, "__name__", "Remade")
    do(setattr, Made, "__module__", "elsewhere")
    do(setattr, Items, "__qualname__", "Others")
    do(held.__setitem__, 1, Plain.method.__get__(other))
    do(held.__setitem__, 3, abs)
    do(held.__setitem__, 4, {}.update)
    do(held.__setitem__, 4, [].extend)
    do(held.__setitem__, 6, str.lstrip)
    do(setattr, Plain, "__qualname__", "Simple")
    do(setattr, Plain, "__qualname__", "Plain")
    return held


def opaque():
    error = ValueError("a")
    held = [error, 1j, range(3), slice(1), Ellipsis, iter([1])]
    do(setattr, error, "args", ("b",))
    do(held.__setitem__, 1, 2j)
    do(held.__setitem__, 2, range(4))
    do(held.__setitem__, 3, slice(2))
    do(held.__setitem__, 4, NotImplemented)
    do(held.__setitem__, 5, iter((1,)))
    return held


def deep():
    leaf = [1]
    tree = [[[[[leaf, 2], 3], 4], 5], 6]
    cycle = [leaf]
    cycle.append(cycle)
    do(leaf.append, 2)
    do(tree[0][0][0].append, 7)
    do(tree[0][0][0][0].append, 8)
    do(cycle.__setitem__, 1, tree)
    do(leaf.append, cycle)
    do(leaf.clear)
    return tree


def same_place():
    items = [10**5, 0.5, 10**15, 10**40, 1j]
    renew(items, 0, int, "100001")
    renew(items, 0, int, "-100001")
    renew(items, 0, float, "0.25")
    renew(items, 1, float, "0.25")
    renew(items, 1, float, "0.75")
    renew(items, 1, int, "100002")
    renew(items, 2, int, "1000000000000001")
    renew(items, 2, int, "1000000000000002")
    renew(items, 2, int, "-1000000000000002")
    renew(items, 2, float, "0.375")
    renew(items, 3, int, "1" + "0" * 39 + "1")
    renew(items, 3, int, "1" + "0" * 39 + "2")
    renew(items, 4, complex, 2)
    renew(items, 4, complex, 3)
    renew(items, 0, Real, "0.25")
    renew(items, 0, Real, "0.75")
    renew(items, 1, Number, "1000000000000001")
    renew(items, 1, Number, "1000000000000002")
    names = {"a": build(30), "b": build(30)}
    do(hash, names["b"])
    renew(names, "a", str.join, "", ["b"] * 30)
    renew(names, "b", str.join, "", ["c"] * 30)
    renew(names, "b", str.encode, "d" * 22)
    renew(names, "b", str.encode, "e" * 22)
    things = [Inline(), Slotted(), Plain(a=1), [1], {1}, {1: 1}, (1, [2]), Text("a")]
    renew(things, 0, Inline)
    renew(things, 1, Slotted)
    renew(things, 1, Both)
    renew(things, 2, Plain)
    renew(things, 3, list, "ab")
    renew(things, 3, list, "a")
    renew(things, 4, set, "a")
    renew(things, 5, dict, a=1)
    renew(things, 5, dict, b=1)
    renew(things, 6, tuple, "ab")
    renew(things, 6, tuple, "ac")
    renew(things, 6, Point, 1, 2)
    renew(things, 6, Point, 1, 3)
    renew(things, 7, Text, "b")
    renew(things, 7, Text, "bc")
    renew(things, 7, Items, "b")
    bound = [things[0].__init__, things[3].append, build, memoryview(b"a")]
    renew(bound, 0, Plain.method.__get__, things[0])
    renew(bound, 0, Plain.method.__get__, things[2])
    renew(bound, 1, getattr, things[3], "extend")
    renew(bound, 3, memoryview, b"b")
    return items, names, things, bound


def below():
    """Containers of which no more than the length shows."""
    parts = [[1], {1}, {1: 1}, collections.deque([1]), bytearray(b"1"), {2: 2}.keys()]
    pairs = {3: 3}
    parts.append(pairs.values())
    parts.append(Point(1, 2))
    tree = [[[[[[[[parts]]]]]]]]
    inner = tree[0][0][0][0][0]
    upper = [[[inner]], [parts]]
    do(parts[0].append, 2)
    do(parts[1].add, 2)
    do(parts[2].update, {2: 2})
    do(parts[3].append, 2)
    do(parts[4].append, 2)
    do(parts.__setitem__, 5, {2: 2, 3: 3}.keys())
    do(pairs.update, {4: 4})
    do(parts.__setitem__, 7, Point(1, 3))
    do(parts.clear)
    return upper, tree


def wide():
    rows = [[number] * 30 for number in range(40)]
    do(rows[3].append, 1)
    do(rows[39].clear)
    do(rows.__delitem__, slice(4, None))
    do(rows[2].__setitem__, 29, 0)
    do(rows.clear)
    return rows


for part in (
    lists, subclasses, texts, dicts, other_dicts, sets, queues, binary, inline_fields,
    many_fields, members, structs, names, opaque, deep, same_place, below, wide,
):  # fmt: skip
    part()
