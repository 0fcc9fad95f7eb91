from collections import Counter, OrderedDict, defaultdict
from enum import IntEnum


class Text(str):
    def __repr__(self):
        raise AssertionError("capture ran code of the program")

    __str__ = __len__ = __iter__ = __repr__


class Number(int):
    pass


class Real(float):
    pass


class Data(bytes):
    pass


class Items(list):
    def __iter__(self):
        raise AssertionError("capture ran code of the program")

    __len__ = __getitem__ = __iter__


class Table(dict):
    def __getitem__(self, key):
        raise AssertionError("capture ran code of the program")

    __len__ = __iter__ = keys = values = items = __getitem__


class Couple(tuple):
    pass


class Group(set):
    pass


class Fixed(frozenset):
    pass


def show(*values):
    return values


show(Text("t"), Number(5), Number(2**70), Real(1.5), Data(b"d"))
show(Items([1, 2]), Couple((1, 2)), Group({1}), Fixed({1}))
show(Table(a=1), OrderedDict(b=2), defaultdict(list, c=[3]), Counter("dd"))
