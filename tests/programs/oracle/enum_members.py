from enum import Enum, Flag, IntEnum, StrEnum, auto


class Color(Enum):
    RED = 1
    BLUE = "b"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Mode(Flag):
    R = auto()
    W = auto()


class Name(StrEnum):
    A = auto()


c = Color.RED
c = Color("b")
l = Level.HIGH
m = Mode.R | Mode.W
n = Name.A
all_colors = list(Color)
