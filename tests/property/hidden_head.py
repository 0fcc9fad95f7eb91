"""What the programs of `hidden` begin with: classes and functions to fill them with.

Those made by `exec` are *hidden*: no trace has them. All that they do is to change
`shown`, and the cells and frames that they were given to keep; the program has it in
sight. Their `repr` tells no address, which would be another in each run.
"""

import sys

DIES = "__del__" if sys.version_info >= (3, 13) else "dies"
"""What the interpreter calls when an object dies. The reference keeps what a frame has
shown alive in CPython 3.12 (`KEPT_BY_F_LOCALS`): there nothing is hidden in a death."""

HEAD = f'''
import functools, re, sys
from collections import OrderedDict, defaultdict, namedtuple

shown = []
cells = []
frames = []
hidden = {{"shown": shown, "cells": cells, "frames": frames, "here": globals()}}
exec("""
import functools, sys
def note(what):
    if len(shown) > 5:
        del shown[:]
    shown.append(what)
    for cell in cells:
        cell.cell_contents = [what]
    for frame in frames:
        frame.f_locals["y"] = [what]
def asks(name, result):
    def method(self, *rest):
        note(name)
        return result(self, *rest)
    return method
def give(result):
    return lambda *_: result
def base(name):
    return lambda self, *rest: getattr(super(type(self), self), name)(*rest)
def seen_from(what, depth=2):
    if sys._getframe(depth).f_globals is here:
        note(what)
class Dies:
    def {DIES}(self):
        note("died")
BINARY = "add radd sub rsub mul mod floordiv and or eq ne lt ge"
class Asked:
    cls = 1
    def __init__(self, key=1):
        self.key = key
    def __hash__(self):
        note("hash")
        return hash(self.key)
    def __getattr__(self, name):
        if name[0] == "_" or name not in "num text items named obj get k strip".split():
            raise AttributeError(name)
        note(name)
        return self
for name in BINARY.split():
    setattr(Asked, f"__{{name}}__", asks(name, give(1)))
for name, result in dict(
    bool=True, len=1, neg=1, index=0, getitem=1,
    contains=True, call=1, format="", repr="", str="",
).items():
    setattr(Asked, f"__{{name}}__", asks(name, give(result)))
for name in "iadd isub ior".split():
    setattr(Asked, f"__{{name}}__", asks(name, lambda self, *_: self))
Asked.__iter__ = asks("iter", lambda *_: iter((1, 2)))
class Named(dict):
    pass
class Items(list):
    pass
class Pair(tuple):
    pass
class Text(str):
    pass
class Number(int):
    pass
for kind, names in (
    (Named, "get items contains getitem len iter bool"),
    (Items, "append contains getitem len iter bool eq"),
    (Pair, "contains getitem len iter bool eq hash"),
    (Text, "strip add eq hash len format str contains lt mod"),
    (Number, "add radd sub eq hash index lt bool str format neg"),
):
    for name in names.split():
        own = name if name in ("get", "items", "append", "strip") else f"__{{name}}__"
        result = base(own)
        if name == "bool":
            result = give(True)
        elif name == "radd":
            result = give(1)
        setattr(kind, own, asks(name, result))
class DyingText(str):
    {DIES} = Dies.{DIES}
class DyingItems(list):
    {DIES} = Dies.{DIES}
class Reads:
    def __get__(self, object, owner):
        seen_from("read")
        return 1
class Sets(Reads):
    def __set__(self, object, value):
        note("set")
class Owner:
    shared = 1
    kept = [1, Dies()]
    read = Reads()
    set = Sets()
    asked = Asked()
    def __init__(self, depth=1):
        self.num = 1
        self.text = "t"
        self.all = shown
        self.inner = Owner(depth - 1) if depth else self
        self.items = [1, Asked(), Dies(), "t"]
        self.named = {{"k": 1, "a": Asked(), "t": Dies()}}
        self.obj = Asked()
        self.fresh = Dies()
        self.none = None
        self.__dict__["set"] = 1
    @property
    def prop(self):
        seen_from("prop")
        return 1
    def ask(self, *rest):
        note("ask")
        return 1
class Got(Owner):
    def __getattribute__(self, name):
        seen_from(name)
        return object.__getattribute__(self, name)
class Told:
    @property
    def __class__(self):
        seen_from("class")
        return Owner
class Meta(type):
    def __instancecheck__(cls, object):
        note("check")
        return False
    @property
    def k(cls):
        seen_from("k")
        return 1
class Kind(metaclass=Meta):
    pass
class Shared:
    k = 1
    read = Reads()
    items = shown
class Counted:
    def __init__(self):
        self.left = 3
    def __iter__(self):
        note("iter")
        return self
    def __next__(self):
        note("next")
        self.left -= 1
        if self.left < 1:
            raise StopIteration
        return (self.left, Dies())
class Given:
    def __init__(self, *items):
        self.items = items
    def __iter__(self):
        try:
            for item in self.items:
                note("given")
                yield item
        finally:
            note("closed")
def change(*rest, **named):
    note("changed")
    return 1
def quiet(*rest):
    return rest[0] if rest else 1
def blank(self):
    return ""
for kind in (Dies, Owner, Told, Counted, Given):
    kind.__repr__ = blank
def later(function, *rest):
    note("later")
    result = function(*rest)
    note("after")
    return result
def edit(object, value=1):
    if type(object) is list and object is not shown:
        object[:1] = [value]
    elif type(object) is dict:
        object["k"] = value
    elif isinstance(object, (Owner, Asked)):
        object.num = value
def decorate(function):
    @functools.wraps(function)
    def inner(*rest, **named):
        note("inner")
        return function(*rest, **named)
    return inner
class Makes:
    def __new__(cls, *rest):
        note("new")
        return super().__new__(cls)
class CallsMeta(type):
    def __call__(cls, *rest):
        note("meta")
        return super().__call__(*rest)
class Gives:
    def __get__(self, object, owner):
        seen_from("give")
        return here["one"]
class Calls:
    give = Gives()
    def __call__(self, *rest):
        note("called")
        return here["one"](*rest)
def bind(name, value=1):
    here[name] = value
    return value
def fail(*rest):
    held = Dies()
    raise ValueError(1)
def keep(function):
    cells[:] = function.__closure__[:1]
def keep_frame():
    if sys.version_info >= (3, 13):
        frames[:] = [sys._getframe(1)]
def begin():
    del frames[:], shown[:], cells[:]
    here.update(count=1, word="w")
class Suppresses:
    def __enter__(self):
        note("enter")
        return self
    def __exit__(self, *error):
        note("exit")
        return True
""", hidden)
Dies, Asked, Named, Items, Pair, Text, Number, DyingText, DyingItems = map(
    hidden.get, "Dies Asked Named Items Pair Text Number DyingText DyingItems".split())
Owner, Got, Told, Kind, Shared, Counted, Given, Suppresses = map(
    hidden.get, "Owner Got Told Kind Shared Counted Given Suppresses".split())
Makes, CallsMeta, Calls, decorate, keep_frame = map(
    hidden.get, "Makes CallsMeta Calls decorate keep_frame".split())
change, quiet, later, edit, bind, fail, keep, begin = map(
    hidden.get, "change quiet later edit bind fail keep begin".split())
del hidden
Point = namedtuple("Point", "x y")
count = 1
word = "w"


class Plain:
    k = 1

    def __init__(self, v):
        self.v = v

    def get(self, *rest):
        return self.v

    def __repr__(self): return ""


class Slotted:
    __slots__ = ("v", "w")

    def __init__(self, v):
        self.v = v

    def get(self, *rest):
        return rest

    def __repr__(self): return ""


def one(items=1, other=1, *rest):
    return other


@decorate
def wrapped(items=1, other=1):
    return other


def each(items=1, other=1):
    yield items
    yield other


class Made(Makes):
    def __init__(self, v=1, *rest):
        self.v = v


class Met(metaclass=CallsMeta):
    def __init__(self, v=1, *rest):
        self.v = v


class Adds:
    def __add__(self, other):
        return other

    def __iter__(self):
        yield 1

    def {DIES}(self):
        pass


calls = Calls()


def more(items=1, other=1):
    if type(items) is list and len(items) < 5: items.append(other)
    return items
'''
