from __future__ import annotations

from dataclasses import dataclass

del annotations


@dataclass
class Point:
    x: int
    y: int = 0

    def __post_init__(self):
        self.x += 1


p = Point(1)
same = p == Point(1)
text = repr(p)
