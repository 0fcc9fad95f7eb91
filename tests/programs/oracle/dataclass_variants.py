from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Frozen:
    a: int


@dataclass(slots=True)
class Slotted:
    a: int
    b: str = "b"


@dataclass(order=True)
class Ordered:
    n: int

    def __post_init__(self):
        self.n += 1


f = Frozen(1)
g = replace(f, a=2)
s = Slotted(1)
s.a = 2
o = Ordered(3)
less = o < Ordered(5)
