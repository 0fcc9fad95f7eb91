"""Objects that were shown before, in other frames and other variables, and changed since."""


class Point:
    def __init__(self, x):
        self.x = x
        self.others = [x]


def in_turn(first, second):
    for number in range(3):
        shown = first
        shown = second
        first.x += 1
        second.others.append(number)
        shown = first
        shown = second
    return shown


def suspended(point, items):
    for number in range(3):
        yield point
        items.append(number)
        yield items
    return point


def address_again():
    kept = []
    for number in range(6):
        made = Point(number)
        made = [number, [number], {"key": number}]
        made = Point(number)
        made = None
        kept.append(number)
    return kept


def below(point, items):
    point.x = items
    items.append(len(items))
    return above(items, point)


def above(items, point):
    items.append("above")
    found = point
    return found


def class_changes(point):
    shown = point
    shown = None
    Point.__qualname__ = "Renamed"
    shown = point
    shown = None
    Point.more = 1
    shown = point
    Point.__qualname__ = "Point"
    shown = point
    del Point.more
    return shown


def functions(one, other):
    shown = one
    shown = other
    one.__qualname__ = "one"
    shown = one
    shown = other
    shown = one
    return shown


first, second = Point(1), Point(2)
in_turn(first, second)
items = [first, [1, 2, [3]]]
for found in suspended(first, items):
    first.x = found is items
    items[1][2].append(first.x)
    second = {"items": items, "first": first}
address_again()
for _ in range(2):
    below(first, [1])
class_changes(first)
functions(below, above)
