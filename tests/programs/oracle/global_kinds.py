import math
number = 1
def function(): return number
class Class: attribute = 2
def f():
    a = math.pi
    b = function()
    c = Class.attribute
    d = number
    return len([a, b, c, d])


f()
