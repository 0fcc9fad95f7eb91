"""isinstance asks for classes; some of them have code that no trace has."""

import sys

shown = []
hidden = {"shown": shown, "sys": sys}
exec(
    """
class Meta(type):
    def __instancecheck__(cls, object):
        shown.append("check")
        return False
def note(text):
    if sys._getframe(2).f_code.co_name == "look":
        shown.append(text)
class Plain:
    pass
class Asks(metaclass=Meta):
    pass
class Told:
    @property
    def __class__(self):
        note("class")
        return Plain
class Looked:
    def __getattribute__(self, name):
        note(name)
        return super().__getattribute__(name)
class Fallback:
    def __getattr__(self, name):
        note(name)
        return 1
""",
    hidden,
)
Meta, Plain, Asks, Told, Looked, Fallback = (
    hidden[name] for name in ("Meta", "Plain", "Asks", "Told", "Looked", "Fallback")
)
both = (int, Asks)


def look(seen, object, kind):
    found = isinstance(object, Plain)
    found = isinstance(object, Asks)
    found = isinstance(object, (int, Plain))
    found = isinstance(object, (Plain, Asks))
    found = isinstance(object, both)
    found = isinstance(object, kind)
    found = isinstance(object, (int, kind))
    found = isinstance(object, int) and isinstance(object, kind)
    found = isinstance(1, kind)
    found = isinstance(object, int | Plain)
    return found


def bound_anew(seen, object):
    global Plain
    found = isinstance(object, Plain)
    Plain = Asks
    found = isinstance(object, Plain)
    return found


def changed(seen, object, kind):
    found = isinstance(object, Changed)
    Changed.__class__ = Meta
    found = isinstance(object, Changed)
    found = isinstance(object, kind)
    Changed.__class__ = Still
    return found


def replaced(seen, object, isinstance):
    found = isinstance(object, Plain)
    return found


class Still(type):
    pass


class Changed(metaclass=Still):
    pass


for thing in (1, "text", Plain(), Asks(), Told(), Looked(), Fallback(), Plain, None, [1]):
    look(shown, thing, Plain)
    look(shown, thing, Asks)
look(shown, Plain(), both)
changed(shown, Plain(), Changed)
replaced(shown, Plain(), lambda object, kind: shown.append("lambda"))
bound_anew(shown, Asks())
