"""Values of which one branch changes, while those around it stay or move.

What was made of a branch is taken again (csrc/py/value_branch.h) only where the same
containers are around it, and if nothing in it has changed.
"""

import array
import collections
import dataclasses
import datetime


class Plain:
    def __init__(self, **fields):
        self.__dict__.update(fields)


class Other(Plain):
    pass


class Slotted:
    __slots__ = ("left", "right")

    def __init__(self):
        self.left = [1, 2]
        self.right = {"k": [3]}


@dataclasses.dataclass
class Data:
    rows: list
    named: dict


Point = collections.namedtuple("Point", "x y")


def kinds():
    """One branch of each kind; each changes in turn, the others stay."""
    root = {
        "list": [1, [2, 3]],
        "tuple": (1, [2], "two"),
        "dict": {"a": {"b": 1}, "c": [2]},
        "set": {1, 2},
        "deque": collections.deque([[1], [2], [3]]),
        "plain": Plain(a=[1], b={"c": 2}),
        "slotted": Slotted(),
        "data": Data([[1], [2]], {"k": (1, 2)}),
        "point": Point([1], [2]),
        "bytes": [bytearray(b"abc")],
        "array": [array.array("i", [1, 2])],
        "opaque": [datetime.date(2001, 2, 3), [1]],
        "items": {"d": {"a": [1]}.items()},
        "last": [[[0]]],
    }
    root["list"][1].append(4)
    root["list"][1][0] = 5
    root["tuple"][1].append(6)
    root["dict"]["a"]["b"] = 2
    root["dict"]["c"].clear()
    root["set"].add(3)
    root["set"].discard(1)
    root["deque"].rotate(1)
    root["deque"][1].append(9)
    root["deque"].popleft()
    root["plain"].a.append(2)
    root["plain"].b["c"] = 3
    root["plain"].d = [4]
    del root["plain"].a
    root["plain"].__class__ = Other
    root["plain"].__dict__ = {"e": [1], "f": 2}
    root["slotted"].left.append(3)
    root["slotted"].right["k"].append(4)
    root["slotted"].left = [1, 2]
    del root["slotted"].left
    root["data"].rows[1].append(3)
    root["data"].named["k"] = (2, 1)
    root["point"].y.append(3)
    root["bytes"][0][1] = 0x78
    root["bytes"][0].extend(b"more")
    root["array"][0][0] = 7
    root["opaque"][0] = datetime.date(2001, 2, 4)
    root["opaque"][1].append(2)
    root["last"][0][0][0] += 1
    root["last"][0].append([1])
    Other.__name__ = "Renamed"
    Other.__qualname__ = "Renamed"
    root["last"][0].pop()
    return root


def places():
    """The same branches in other places."""
    a, b, c = [1, ["a"]], [2, ["b"]], [3, ["c"]]
    root = [a, b, c]
    root.reverse()
    root.insert(0, [0])
    root.insert(2, [0])
    del root[0]
    root[0], root[-1] = root[-1], root[0]
    root.append(b)
    b[1].append("more")
    root[:] = [[a], [b], [c]]
    root[:] = [[[a]], [b, b], c]
    root[:] = [c, [[a]], [b, b]]
    root[1][0][0][1].append("deep")
    root[2].append(root[1])
    root[1].append(1)
    root[0] = [3, ["c"]]
    root.extend([[i, [i]] for i in range(8)])
    del root[2:9]
    root.append(4)
    return root


def cycles():
    """What is a cycle depends on what is around it."""
    inner = ["inner"]
    outer = ["outer", inner]
    inner.append(outer)
    root = [outer, inner]
    root.append(1)
    root[0] = inner
    root[1] = outer
    root.append(2)
    root[0] = [inner]
    inner.append(root)
    root.append(3)
    root.reverse()
    root.append(4)
    outer[0] = root
    root.append(5)
    inner.clear()
    root.append(6)
    one, two = Plain(), Plain()
    one.other, two.other = two, one
    holder = Plain(first=one, second=two, count=0)
    holder.count += 1
    holder.first, holder.second = two, one
    holder.count += 1
    one.owner = two.owner = holder
    holder.count += 1
    two.other = [one]
    holder.count += 1
    holder.first = [two]
    holder.count += 1
    return root, holder


def limits():
    """The depth falls and rises, and so does what fits."""
    rows = [{"n": n, "s": [n]} for n in range(5)]
    root = {"count": 0, "rows": rows, "deep": [[[[[1]]]]]}
    for n in range(5, 60):
        root["rows"].append({"n": n, "s": [n]})
        root["count"] = n
        if n % 9 == 0:
            root["rows"][3]["s"].append(n)
    while len(root["rows"]) > 3:
        del root["rows"][-7:]
        root["count"] -= 1
        root["deep"][0][0][0][0].append(0)
    wide = [[n] * 12 for n in range(9)]
    root["wide"] = wide
    wide[8].append(1)
    root["count"] += 1
    wide[0].append(1)
    root["count"] += 1
    root["more"] = [[n] * 12 for n in range(3)]
    root["count"] += 1
    del root["more"]
    root["count"] += 1
    return root


def ages():
    """Objects at addresses where others were."""
    root = {"items": [[n, [n]] for n in range(6)], "count": 0}
    for n in range(12):
        root["items"][n % 6] = None
        root["items"][n % 6] = [n, [n]] if n % 2 else (n, [n])
        root["count"] += 1
    for n in range(6):
        root["items"][n] = None
        root["items"][n] = Plain(a=[n])
        root["count"] += 1
    root = None
    root = {"items": [Plain(a=[7])], "count": 1}
    root["count"] += 1
    return root


kinds()
places()
cycles()
limits()
ages()
