type Pair[T] = tuple[T, T]


def first[T](pair):
    return pair[0]


class Box[T]:
    size = 1


first((1, 2))
Pair.__value__
