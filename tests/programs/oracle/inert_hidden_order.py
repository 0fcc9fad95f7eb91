"""Lines that assign an object, then ask it: its code, which no trace has, runs."""

shown = []
hidden = {"shown": shown}
exec(
    """
class Asked:
    number = 1
    def __add__(self, other):
        shown.append("add")
        return 1
    def __eq__(self, other):
        shown.append("eq")
        return False
    __hash__ = None
    def __bool__(self):
        shown.append("bool")
        return False
    def strip(self):
        shown.append("strip")
    @property
    def read(self):
        shown.append("read")
        return 1
""",
    hidden,
)
Asked = hidden["Asked"]


class Plain:
    def __init__(self):
        self.read = 1
        self.held = Asked()


def order(seen, asked, number, text, plain):
    found = asked; other = found + 1
    found = 1
    other = (found := asked) == 2
    found = ""
    found = asked; other = found.strip()
    found = []
    found = asked; other = 1 if found else 2
    found = plain
    found = asked; other = found.read
    found = 1
    found = plain.held; other = found + 1
    found, other = 1, asked
    found, other = other, found; number = found + 1
    found = 1
    for _ in range(2): other = found == 1; found = asked
    found = 1
    while number < 5: other = found == 1; found = asked; number += 1
    return other


order(shown, Asked(), 1, "text", Plain())
