"""Values with too many nodes for a depth, until something below it goes away."""


class Plain:
    def __init__(self, **parts):
        self.__dict__.update(parts)


class Slotted:
    __slots__ = ("a", "b", "c", "d")

    def __init__(self, *values):
        self.a, self.b, self.c, self.d = values


def made(make):
    return [make(n) for n in range(30)]


def shrink(rows, small):
    for _ in range(3):
        for n in range(len(rows)):
            rows[n] = small
            n = bool(n)
        rows.append(n)


def below(rows, change):
    for row in rows:
        change(row)
        n = bool(row)


lists = made(lambda n: [n] * 9)
below(lists, list.clear)
below(lists, lambda row: row.extend([1, [2], (3,)]))
shrink(made(lambda n: (n, n, n, n)), ())
shrink(made(lambda n: {n: n, "b": [n, n]}), {})
dicts = made(lambda n: {"a": n, "b": n, "c": {}})
below(dicts, lambda row: row.pop("b"))
below(dicts, lambda row: row["c"].update(a=1, b=2, c=3))
sets = made(lambda n: {n, -n - 1, "x", None})
below(sets, lambda row: row.discard("x"))
below(sets, lambda row: row.discard(None))
objects = made(lambda n: Plain(a=n, b=[n], c=None, d=1))
below(objects, lambda row: row.__dict__.pop("d"))
below(objects, lambda row: row.__dict__.update(e=2))
below(objects, lambda row: row.__dict__.pop("c"))
slotted = made(lambda n: Slotted(n, n, n, n))
below(slotted, lambda row: delattr(row, "b"))
below(slotted, lambda row: delattr(row, "d"))
keyed = {n: {"a": [n], "b": (n, n)} for n in range(25)}
views = [keyed.keys(), keyed.values(), keyed.items()]
below(list(keyed.values()), dict.clear)
kept = Plain(rows=made(lambda n: [n, n, n, n]))
kept.me = kept
below(kept.rows, list.pop)
below(kept.rows, list.pop)
below(kept.rows, lambda row: row.append(kept))
