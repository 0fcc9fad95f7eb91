from collections import namedtuple
from typing import NamedTuple

Point = namedtuple("Point", "x y")


class Item(NamedTuple):
    name: str
    tags: list = []

    def size(self):
        return len(self.tags)


p = Point(1, 2)
q = p._replace(x=3)
i = Item("a")
i.tags.append(1)
i.size()
x, y = q
