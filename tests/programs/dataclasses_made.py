from dataclasses import dataclass


@dataclass
class Point:
    x: int
    y: int = 0

    def __post_init__(self):
        self.x += 1


p = Point(1)
same = p == Point(1)
