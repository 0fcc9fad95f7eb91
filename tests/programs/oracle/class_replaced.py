class A:
    pass


class B:
    pass


thing = A()
thing.x = 1
thing.__class__ = B
thing.y = 2
thing.__class__ = A
