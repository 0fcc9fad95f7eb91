from dataclasses import dataclass


@dataclass
class Point:
    x: int


text = repr(Point(1))
