a = b = c = d = 0
e = 5
f = a
g = 7
a = 1
del e


def many(one, two):
    three = four = five = 0
    six = one
    two = six
    return five


last = None
many(1, 2)
