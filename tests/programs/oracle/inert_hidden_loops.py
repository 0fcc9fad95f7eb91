"""Loops that look plain run code that no trace has: as they begin, go on and are left."""

from collections import namedtuple

shown = []
hidden = {"shown": shown}
exec(
    """
class Given:
    def __init__(self, *items):
        self.items = items
    def __iter__(self):
        shown.append("iter")
        return iter(self.items)
class Given2(list):
    def __iter__(self):
        shown.append("list")
        return super().__iter__()
class Pair(tuple):
    def __iter__(self):
        shown.append("pair")
        return super().__iter__()
class Dies:
    def __del__(self):
        shown.append("died")
class Binds:
    def __init__(self, cell):
        self.cell = cell
        self.left = 3
    def __iter__(self):
        return self
    def __next__(self):
        self.cell.cell_contents = [1]
        shown.append("next")
        self.left -= 1
        if not self.left:
            raise StopIteration
        return self.left
def given(*items):
    try:
        for item in items:
            shown.append(item)
            yield item
    finally:
        shown.append("closed")
""",
    hidden,
)
Given, Given2, Pair, Dies, Binds, given = (
    hidden[name] for name in ("Given", "Given2", "Pair", "Dies", "Binds", "given")
)
Point = namedtuple("Point", "x y")


def begins(seen, first, second, third):
    for item in first:
        last = item
    for item in second:
        last = item
    for item in third:
        last = item
        break
    for number, item in enumerate(first):
        last = item
    for number, item in enumerate(second):
        last = number
    for number, item in enumerate(third):
        last = number
        break
    return last


def unpacks(seen, pairs):
    for one, two in pairs:
        last = one
    for number, (one, two) in enumerate(pairs):
        last = one
    return last


def dies(seen, items):
    for item in items:
        items[0] = 1
        last = 1
    for number, item in enumerate(items):
        items[number] = 1
        last = number
    return last


def dies_in_dict(seen, named):
    for name, value in named.items():
        named[name] = 1
        last = name
    for value in named.values():
        last = value
    for name in named:
        last = name
    return last


def key_dies(seen, named):
    number = 0
    for name, value in named.items():
        del named[name]
        named[number] = name = 1
        number += 1
        if number > 2:
            break
    return number


def dies_with_container(seen):
    for item in {Dies()}:
        item = 1
    for item in {Dies(): 1}:
        item = 2
    for item, value in {"one": Dies()}.items():
        item = value = 3
    for item in [Dies()]:
        item = 4
    for item, value in enumerate((Dies(), 1)):
        item = value = 5
    return item


def dies_after(seen, items):
    for number, item in enumerate(items):
        items[number] = item = 1
        last = number
        last = 2
    return last


def dies_as_left(seen, items):
    for number, item in enumerate(items):
        items[number] = item = 1
        break
    last = 2
    return last


def left(seen, items):
    for item in items:
        if item == 2:
            break
        last = item
    last = 3
    for item in items:
        if item == 2:
            return item
        last = item


def left_with_nothing(seen, items):
    for item in items:
        if item:
            return
        last = item


def left_of_two(seen, outer, inner):
    for one in outer:
        for two in inner:
            if two == 2:
                break
            last = two
        last = one
        for two in inner:
            if two == 1:
                return last


def one_line(seen, items, others):
    for item in items: last = item
    for item in items: items = others
    for item in items: items = [1]
    return last


def bound_anew(seen):
    def items():
        return held

    held = Binds(items.__closure__[0])
    for item in held: last = 1
    return last


def named_like(seen, items, item):
    for items in items:
        last = 1
    for item in (item, item):
        last = 2
    return last


def over_two_lines(seen, items):
    for item in (
        items
    ):
        last = item
    for item in given(
        1, 2
    ):
        last = item
        break
    last = 3
    return last


def fields(seen, points, others):
    for x, y in points:
        last = x
    for x, y in others:
        last = x
    return last


begins(shown, Given(1, 2), Given2([1, 2]), given(1, 2))
begins(shown, (1, 2), [Dies(), Dies()], [3])
begins(shown, {1: 2}, {1}, range(2))
unpacks(shown, [Pair((1, 2)), Pair((3, 4))])
unpacks(shown, [(1, 2), Pair((3, 4))])
unpacks(shown, [(1, Dies()), (3, Dies())])
dies(shown, [Dies(), Dies(), Dies()])
dies(shown, [Dies(), Dies()])
dies_in_dict(shown, {"a": Dies(), "b": Dies()})
dies_in_dict(shown, {1: Dies(), Dies: Dies()})
key_dies(shown, {Dies(): 1, Dies(): 2, Dies(): 3})
dies_with_container(shown)
dies_after(shown, [Dies(), Dies(), Dies()])
dies_as_left(shown, [Dies(), Dies()])
left(shown, [1, 2, 3])
left(shown, given(1, 2, 3))
left(shown, given(1, 2, 3, 2))
left_with_nothing(shown, given(0, 1, 2))
left_with_nothing(shown, [0, 1, 2])
left_of_two(shown, [1, 2], given(1, 2, 1))
left_of_two(shown, given(1, 2), [1, 2])
bound_anew(shown)
one_line(shown, [1, 2], given(1, 2))
one_line(shown, given(1, 2), [1, 2])
named_like(shown, [Dies(), Dies()], Dies())
over_two_lines(shown, [1, 2])
over_two_lines(shown, given(1, 2))
fields(shown, [Point(1, 2)], [Given(1, 2), Pair((1, 2))])
