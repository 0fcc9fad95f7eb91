# One function for each kind of event that bench/instructions.py counts. Every function
# takes the number of its rounds.


def two_locals(n):
    a = 0
    while a < n:
        a += 1
        n += 1
        n += 1
        n += 1
        n += 1
        n += 1
        n += 1
        n -= 6


def seven_locals(n, c=1.5, d="text", e=None, f=True, g=7):
    a = 0
    while a < n:
        a += 1
        g += 1
        a += 1
        g -= 1
        a += 1
        g += 1
        a += 1
        g -= 1
        a -= 1
        g += 1
        a -= 1
        g -= 1
        a -= 1
        g -= 1


def wide_int(n, total=10**12):
    a = 0
    while a < n:
        a += 1
        total += a
        total -= a
        total += a
        total -= a
        total += a
        total -= a
        total += 1


def leaf(x):
    return x


def calls(n):
    while n:
        n -= 1
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)


def list_unchanged(n, items=tuple(range(30))):
    items = list(items)
    while n:
        n -= 1


def text_changes(n, texts=("a text", "another one")):
    while n:
        n -= 1
        text = texts[n & 1]
    return text


def count_changes(n):
    counts = {f"word {number}": number for number in range(17)}
    while n:
        n -= 1
        counts["word 3"] = n


# Large values that stay as they are, at lines that call something that could have
# changed them, so far as anybody can tell. They are made once: their making is not what
# is counted.


class Thing:
    def __init__(self, **parts):
        self.__dict__.update(parts)

    def rounds(self, n):
        while n:
            n -= callable(int)


def _linked_things():
    first = Thing()
    parts = {f"a{number}": Thing(owner=first, other=first) for number in range(200)}
    first.__dict__.update(parts)
    return first


def _tree(depth):
    return {"left": _tree(depth - 1), "right": _tree(depth - 1)} if depth else None


MILLION_INTS = list(range(10**6))
LINKED_THINGS = _linked_things()
TREE = _tree(10)
ROWS = [{"number": number, "square": number**2} for number in range(50)]


def million_ints(n):
    items = MILLION_INTS
    while n:
        n -= callable(int)


def many_attributes(n):
    LINKED_THINGS.rounds(n)


def large_tree(n):
    tree = TREE
    while n:
        n -= callable(int)


def changing_table(n):
    table = {"count": 0, "rows": ROWS}
    while n:
        table["count"] = n
        n -= 1


def harmless_call(n, text="aab"):
    tree = TREE
    starts_with = text.startswith
    while n:
        starts_with("a")
        n -= 1
