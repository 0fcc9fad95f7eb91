"""Loops that unpack the items of subclasses of list and tuple, by their own iterators."""


class Items(list):
    pass


class Row(tuple):
    pass


def unpack(pairs):
    for number, name in pairs:
        last = name
    return last


unpack(Items([(1, "a"), (2, "b"), (3, "c")]))
unpack(Row(((1, "a"), (2, "b"), (3, "c"))))
unpack(Items([Row((1, "a")), Items([2, "b"])]))
