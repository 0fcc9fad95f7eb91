"""Builtin functions are bound to others whose code no trace has."""

import builtins

shown = []
counted = [1, 2]
hidden = {"shown": shown, "counted": counted, "real": len, "text": str}
exec(
    """
def length(items):
    if items is counted:
        shown.append("length")
    return real(items)

class Str(str):
    def __new__(cls, value):
        if value == 12345:
            shown.append("str")
        return text(value)

def set_globals(names):
    names["len"] = length
    names["str"] = Str

def set_builtins(module):
    module.len = length

def unset(names, module):
    names.pop("len", None)
    names.pop("str", None)
    module.len = real
""",
    hidden,
)
set_globals, set_builtins, unset = (
    hidden["set_globals"],
    hidden["set_builtins"],
    hidden["unset"],
)


def count(seen, items, number):
    found = 0
    while found < len(items):
        found += 1
    found = str(number)
    found = len(items) + len(found)
    return found


count(shown, counted, 12345)
set_globals(globals())
count(shown, counted, 12345)
unset(globals(), builtins)
count(shown, counted, 12345)
set_builtins(builtins)
count(shown, counted, 12345)
unset(globals(), builtins)
count(shown, counted, 12345)
