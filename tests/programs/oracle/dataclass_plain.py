from dataclasses import dataclass, field


@dataclass
class Point:
    x: int
    y: int = 0
    tags: list = field(default_factory=list)


p = Point(1)
p.y = 5
p.tags.append("a")
q = Point(2, 3, ["b"])
q.extra = True
same = p == q
del p.y
