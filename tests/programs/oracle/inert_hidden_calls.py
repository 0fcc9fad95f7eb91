"""What is handed to functions changes between the beginning of the line and the call."""

import functools

shown = []
hidden = {"shown": shown}
exec(
    """
class Asked:
    def __add__(self, other):
        shown.append("add")
        return 1
    def __bool__(self):
        shown.append("bool")
        return True
    def __getattr__(self, name):
        shown.append(name)
        return one
    def __getitem__(self, key):
        shown.append("item")
        return 1
    def __setitem__(self, key, value):
        shown.append("set")
    def __del__(self):
        shown.append("died")
class Reads:
    def __get__(self, object, owner):
        shown.append("get")
        return one
class Makes:
    def __new__(cls, *args):
        shown.append("new")
        return super().__new__(cls)
class Meta(type):
    def __call__(cls, *args):
        shown.append("meta")
        return super().__call__(*args)
def change(*items):
    shown.append("changed")
    return 1
def decorate(function):
    def inner(*args):
        shown.append("inner")
        return function(*args)
    return inner
""",
    hidden,
)
Asked, Reads, Makes, Meta, change, decorate = (
    hidden[name] for name in ("Asked", "Reads", "Makes", "Meta", "change", "decorate")
)


def take(*args, **named):
    return 1


def one(items, other=1):
    return other


def more(items, other=1):
    items.append("more")
    return other


hidden["one"] = one
decorated = decorate(one)
partial = functools.partial(one, 1)


class Made(Makes):
    def __init__(self, items):
        self.items = items


class Called(metaclass=Meta):
    read = Reads()

    def __init__(self, items):
        self.covered = Asked().covered
        self.own = one

    def __call__(self, items):
        return 1

    def method(self, items, other=1):
        return self

    def covered(self, items):
        return 2


def before(items, asked, number):
    found = one(items)
    found = one(items, asked + 1)
    found = one(asked[1], items)
    found = take(items, named=asked + 1)
    found = take(asked[1], named=items)
    found = number and one(items)
    found = asked and one(items)
    found = one(items) if asked else one(asked)
    found = one(items if asked else asked)
    found = take(*items)
    found = one(f"{number}", items)
    return found


def in_order(items, asked, named):
    made = 1
    made = named["asked"]; found = one(items, made + 1)
    made = 1
    made = asked; found = one(items, made + 1)
    asked[1] = 2; found = one(items)
    found = asked[1]; found = one(items)
    del named["asked"]; found = one(items)
    return found


def methods(items, called, asked):
    found = called.method(items)
    found = called.method(items, asked + 1)
    found = called.method(items).method(items, asked + 1).method(items)
    found = called.covered(items)
    found = called.own(items)
    found = called.read(items)
    found = asked.method(items)
    found = called(items)
    return found


def again(items, other):
    found = one(items) + one(items)
    found = more(items) + one(items)
    found = change(items) + one(items)
    found = one(more(items), items)
    found = one(change(items), items)
    for function in (change, one, more, one): function(items)
    found = [function(items) for function in (change, one, more, one)]
    found = (lambda: one(items))()
    found = one(one(items), items)
    return found


def by_others(items):
    found = decorated(items)
    found = partial(items)
    found = list(map(one, [items, items]))
    found = sorted([items, items], key=one)
    found = Made(items)
    found = Called(items)
    return found


def same_place(items):
    made = [1]
    made = [2]; found = one(made)
    made = None; made = [3]; found = one(made)
    made = (1, items)
    made = (2, items); found = one(made)
    found = one(made := [5])
    found = one(made := [6, items])
    own = []
    own.append(1); found = one(own)
    own.append(found); found = more(own)
    return made


def over_lines(items, asked):
    found = one(
        items,
        asked + 1,
    )
    found = take(
        asked + 1,
        items,
        named=items,
    )
    found = one(items,
                change(items))
    return found


def cells(items, asked):
    held = items

    def rebind():
        nonlocal held
        held = [1]
        return 1

    found = one(held, rebind())
    found = one(rebind(), held)
    held = items
    found = one(held)
    return found


def generates(items, asked):
    found = yield one(items)
    found = one(items, (yield 1))
    found = one(items)
    yield take(items, (yield asked + 1), items)


before(shown, Asked(), 1)
before(shown, Asked(), 0)
in_order(shown, Asked(), {"asked": Asked()})
methods(shown, Called(shown), Asked())
again(shown, 1)
by_others(shown)
same_place(shown)
over_lines(shown, Asked())
cells(shown, Asked())
suspended = generates(shown, Asked())
for value in suspended:
    change(shown)
