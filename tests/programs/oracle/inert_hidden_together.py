"""What looks harmless by itself is not together: on one line, in one handler, one cell."""

import sys
import types

shown = []
hidden = {"shown": shown, "sys": sys}
exec(
    """
class Asked:
    def __init__(self, key=1):
        self.key = key
    def __add__(self, other):
        shown.append("add")
        return 1
    def __eq__(self, other):
        shown.append("eq")
        return False
    def __hash__(self):
        return hash(self.key)
    def __bool__(self):
        shown.append("bool")
        return False
class Dies:
    def __del__(self):
        shown.append("died")
def fail(number):
    held = Dies()
    raise ValueError(number)
class Match:
    def group(self, *args):
        shown.append("group")
    def __bool__(self):
        shown.append("match")
        return False
Pattern = type("re.Pattern", (), {"match": Match.group, "__module__": "made"})
Match = type("re.Match", (), {"group": Match.group, "__bool__": Match.__bool__,
                              "__slots__": ("a", "b", "c"), "__module__": "made"})
class Names(dict):
    def __getitem__(self, name):
        if sys._getframe(1).f_code.co_name == "looked_up":
            shown.append(name)
        return super().__getitem__(name)
""",
    hidden,
)
Asked, Dies, fail, Match, Pattern, Names = (
    hidden[name] for name in ("Asked", "Dies", "fail", "Match", "Pattern", "Names")
)
number = 1


def one(items, other=1):
    return other


def keys(seen, items, named):
    i = 0
    i += 1; found = items[i] + 1
    i = 0
    if (i := len(items) - 1) and items[i]:
        found = 2
    i = 0
    while i < 1: i += 1; found = items[i] + 1
    name = "one"
    name = "asked"; found = named[name] + 1
    i = 1
    i = 5; found = i in {1, 2, Asked(5)}
    i = 0
    i += 1; found = one(seen, items[i] == 1)
    return found


def handled(seen, number):
    try:
        fail(1)
    except ValueError:
        if number:
            found = 1
    found = 2
    try:
        fail(1)
    except ValueError as error:
        while number:
            number = 0
    found = 3
    try:
        fail(1)
    except ValueError as error:
        for item in (1, 2):
            found = item
    found = 4
    for item in (1, 2):
        try:
            fail(1)
        except ValueError:
            if item > 1:
                continue
            found = 5
    found = 6
    return found


def dropped_in_loop(seen):
    items = [1, Dies()]
    for item in items:
        items = 1; return item


def broken_off(seen):
    items = [1, Dies()]
    for item in items:
        items = 1; break
    found = 2
    return found


def enumerated(seen, items):
    for number, item in enumerate(items):
        items[number] = 1
        item = 1; break
    found = 2
    return found


def exhausted(seen):
    items = [Dies(), 0]
    items[1] = items
    for number, item in enumerate(items):
        if number:
            items[1] = 1
            item = items = 1
    found = 1
    return found


def grown(seen, asked):
    own = 1
    own = "".split(); own.append(asked); found = own == [1]
    own = [1]
    own.append(asked); found = one(seen, own[-1] == 1)
    return found


def same_address(seen, number):
    text = "ab" + str(number)
    text = "ab" + str(number)
    found = one(range(number))
    return found


def given_back(number):
    text = "cb" + str(number)
    text = "cb" + str(number)
    return range(5)


def named_alike(seen, match, pattern):
    found = match.group()
    found = 1 if match else 2
    found = pattern.match("text")
    return found


def looked_up(seen):
    found = number + 1
    found = sorted
    found = one(seen, sorted)
    return found


def twice(own, other):
    own.append(1)
    found = 1
    other.append(2)
    return found


def hand_on_twice():
    own = []
    found = twice(own, own)
    return found


def several_lines(seen, asked, items):
    found = asked + [item for item in items if (
        item
    )]
    last = 1
    return last


def make_cells():
    first = second = None

    def cells(seen):
        nonlocal first, second
        first = [5]
        second = 6
        return first, second

    return cells


keys(shown, [1, Asked()], {"one": 1, "asked": Asked()})
handled(shown, 1)
dropped_in_loop(shown)
broken_off(shown)
enumerated(shown, [Dies(), Dies()])
exhausted(shown)
grown(shown, Asked())
same_address(shown, 55)
given_back(55)
named_alike(shown, Match(), Pattern())
looked_up(shown)
names = Names(globals())
types.FunctionType(looked_up.__code__, names)(shown)
builtin = {"__builtins__": Names(vars(__import__("builtins"))), "one": one, "number": 1}
types.FunctionType(looked_up.__code__, builtin)(shown)
hand_on_twice()
several_lines(shown, Asked(), [1, 2])
cell = types.CellType(1)
made = make_cells().__code__
types.FunctionType(made, globals(), None, None, (cell, cell))(shown)
