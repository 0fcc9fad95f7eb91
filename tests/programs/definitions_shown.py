import math
from math import pi, sin
before = 1


def function():
    pass


after = 2


class Thing:
    method_count = 0

    def method(self):
        pass

    alias = method
    size = 3


alias = Thing
also = function
end = pi
