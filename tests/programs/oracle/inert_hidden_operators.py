"""Expressions that look harmless ask objects whose code no trace has."""

shown = []
hidden = {"shown": shown}
exec(
    """
class Asked:
    def __init__(self, key=1):
        self.key = key
    def __eq__(self, other):
        shown.append("eq")
        return False
    def __hash__(self):
        shown.append("hash")
        return hash(self.key)
    def __bool__(self):
        shown.append("bool")
        return True
    def __len__(self):
        shown.append("len")
        return 3
    def __getitem__(self, index):
        shown.append("item")
        return index
    def __contains__(self, item):
        shown.append("in")
        return False
    def __format__(self, text):
        shown.append("format")
        return ""
    def strip(self):
        shown.append("strip")
        return self
    def match(self, text):
        shown.append("match")
    def __call__(self, *args):
        shown.append("call")
        return 1
class Items(list):
    def __bool__(self):
        shown.append("items")
        return False
    def __len__(self):
        shown.append("count")
        return 2
class Names(dict):
    def __missing__(self, name):
        shown.append(name)
        return 0
    def __contains__(self, name):
        shown.append("has")
        return True
""",
    hidden,
)
Asked, Items, Names = hidden["Asked"], hidden["Items"], hidden["Names"]


def truth(seen, asked, items, names):
    found = 0
    if asked:
        found = 1
    if items:
        found = 2
    if not names:
        found = 3
    found = len(asked)
    found = len(items)
    found = 1 if items else 2
    return found


def forks(seen, asked, listed, number):
    same = (listed or number) == [1]
    same = (number and listed) == [1]
    same = (listed if number else asked) == 1
    same = number or asked
    same = (number and asked) is None
    same = number in (listed or (2,))
    same = number in (listed if number else (2,))
    same = [1, asked] == [1, number]
    same = number in [asked]
    same = number in (asked, asked)
    return same


def members(seen, asked, names, mixed, plain):
    found = "key" in names
    found = "key" in mixed
    found = "key" in asked
    found = "key" in plain
    found = names["key"]
    found = plain["key"] == 1
    found = plain["other"] == 1
    found = asked["key"]
    found = plain["key"]
    found = mixed[1] if 1 in mixed else 0
    return found


def calls(seen, asked, text):
    found = asked.strip()
    found = asked.match(text)
    found = asked(text)
    found = text.strip()
    found = f"{asked}{text}"
    found = text.join(["a"])
    found = max(text, text)
    found = text.format(asked)
    found = "{}".format(text)
    return found


truth(shown, Asked(), Items([1]), Names())
forks(shown, Asked(), [Asked()], 1)
forks(shown, Asked(), [Asked()], 0)
members(shown, Asked(), Names(key=1), {Asked("key"): 1, 1: 2}, {"key": Asked(), "other": 1})
calls(shown, Asked(), "text")
