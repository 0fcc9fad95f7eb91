"""Attributes of modules and classes; some are had by code that no trace has."""

import types

shown = []
hidden = {"shown": shown}
exec(
    """
import types
class Asked:
    def __add__(self, other):
        shown.append("add")
        return 1
    def __eq__(self, other):
        shown.append("eq")
        return False
    def __bool__(self):
        shown.append("bool")
        return True
class Reads:
    def __get__(self, object, owner):
        shown.append("get")
        return 1
class Sets(Reads):
    def __set__(self, object, value):
        shown.append("set")
class Meta(type):
    @property
    def read(cls):
        shown.append("meta")
        return 1
    def __getattr__(cls, name):
        shown.append(name)
        return 1
class Module(types.ModuleType):
    @property
    def plain(self):
        shown.append("module")
        return 1
class Watched(types.ModuleType):
    def __getattribute__(self, name):
        if name == "plain":
            shown.append("watched")
        return super().__getattribute__(name)
def look_up(name):
    shown.append(name)
    return 1
""",
    hidden,
)
Asked, Reads, Sets, Meta = (hidden[name] for name in ("Asked", "Reads", "Sets", "Meta"))
Module, Watched, look_up = (hidden[name] for name in ("Module", "Watched", "look_up"))

simple = types.ModuleType("simple")
simple.plain = 1
simple.asked = Asked()
simple.inner = types.ModuleType("inner")
simple.inner.plain = 2
simple.add = lambda one: one
lazy = types.ModuleType("lazy")
lazy.__getattr__ = look_up
lazy.inner = lazy
simple.special = Module("special")
simple.special.inner = simple
simple.special.__dict__["plain"] = 2
simple.watched = Watched("watched")
simple.watched.plain = 1


class Plain:
    plain = 1
    asked = Asked()
    read = Reads()
    listed = [1]

    def method(self):
        return 1

    @property
    def made(self):
        return 1


class Below(Plain):
    plain = 2


class Made(metaclass=Meta):
    plain = 1
    read = 2


def of_modules(seen):
    found = simple.plain + 1
    found = simple.plain == 1
    found = simple.inner.plain + 1
    found = simple.asked + 1
    found = 1 if simple.asked else 2
    found = simple.plain is simple.inner
    found = lazy.plain + 1
    found = lazy.inner.other + 1
    found = simple.special.plain + 1
    found = simple.special.inner.plain + 1
    found = simple.watched.plain + 1
    found = simple.__name__ + "x"
    return found


def of_classes(seen, cls):
    found = Plain.plain + 1
    found = Plain.asked + 1
    found = Plain.read + 1
    found = Plain.read
    found = Plain.listed[0] + 1
    found = Below.plain + Below.listed[0]
    found = Below.read + 1
    found = Made.plain + 1
    found = Made.read + 1
    found = Made.other + 1
    found = cls.plain + 1
    found = cls.read + 1
    found = Plain.method
    found = Plain.made
    found = Plain.__name__ + "x"
    found = 1 if Plain.listed else 2
    return found


def bound_anew(seen, number):
    global simple, Plain
    found = simple.plain + 1
    simple = lazy
    found = simple.other + 1
    for value in (1, Asked(), 2):
        Plain.plain = value
        found = Plain.plain + 1
    for value in (Reads(), 1, Sets()):
        Plain.plain = value
        found = Plain.plain + 1
    Plain = Made
    found = Plain.read + 1
    found = Plain.read
    return found


def handed_on(items):
    found = simple.add(items)
    found = lazy.add
    found = simple.add(items)
    found = Plain.method(items)
    return found


hidden["look_up"] = look_up
for _ in range(2):
    of_modules(shown)
    of_classes(shown, Plain)
    of_classes(shown, Made)
    handed_on(shown)
bound_anew(shown, 1)
