class S:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = 1


class D(S):
    __slots__ = ("c", "__dict__")


s = S()
s.b = [1]
s.b.append(2)
del s.a
d = D()
d.c = 1
d.z = 2
s.a = 3
