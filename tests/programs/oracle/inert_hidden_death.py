"""What a line overwrites dies, and code that no trace has changes a list in sight."""

import re
import weakref

shown = []
hidden = {"shown": shown}
exec(
    """
class Dying:
    def __del__(self):
        shown.append(len(shown))

def note(reference):
    shown.append("pattern")

class Text(str):
    def __del__(self):
        shown.append("text")
""",
    hidden,
)
Dying, Text = hidden["Dying"], hidden["Text"]


def by_call(seen):
    match = re.compile("a").match
    found = Dying()
    found = match("a", 0)
    found = Dying()
    found = "text".strip()
    found = re.compile("a").match(Text("a"))
    found = match("a")
    watched = re._compiler.compile("ab")
    kept = weakref.ref(watched, hidden["note"])
    found = watched.match("ab")
    watched = 1
    found = match("a")
    return seen, kept


def by_truth(seen, items):
    last = Dying()
    last = items and 1
    last = Dying()
    last = len(items)
    return seen


def by_loop(seen):
    items = [(1, Dying()), (2, Dying()), (3, None)]
    for number, item in items:
        items[number - 1] = None
    for number, item in [(1, Dying()), (2, Dying())]:
        number = 3
    return seen


def by_keys(seen):
    names = {Dying(): 1, Dying(): 2}
    for name in names:
        pass
    names = 1
    name = 2
    return seen


def by_two(seen):
    first = second = Dying()
    first = second = 1
    for first, second in [[Dying()] * 2, (Dying(), 1), (2, 3)]:
        pass
    return seen


by_call(shown)
by_truth(shown, [1])
by_loop(shown)
by_keys(shown)
by_two(shown)
