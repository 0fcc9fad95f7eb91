class Base:
    kind = "base"
    doubled = kind * 2

    def __init__(self, name):
        self.name = name

    class Inner:
        depth = 1

    @property
    def title(self):
        return self.name.title()


class Child(Base):
    kind = "child"
    count = 0
    for count in range(2):
        pass

    def __init__(self, name):
        super().__init__(name)

    def __eq__(self, other):
        raise AssertionError("capture ran code of the program")

    __repr__ = __str__ = __hash__ = __len__ = __bool__ = __eq__


child = Child("ada")
title = child.title
