# One function for each kind of event that bench/instructions.py counts. Every function
# takes the number of its rounds.


def two_locals(n):
    a = 0
    while a < n:
        a += 1
        n += 1
        n += 1
        n += 1
        n += 1
        n += 1
        n += 1
        n -= 6


def seven_locals(n, c=1.5, d="text", e=None, f=True, g=7):
    a = 0
    while a < n:
        a += 1
        g += 1
        a += 1
        g -= 1
        a += 1
        g += 1
        a += 1
        g -= 1
        a -= 1
        g += 1
        a -= 1
        g -= 1
        a -= 1
        g -= 1


def leaf(x):
    return x


def calls(n):
    while n:
        n -= 1
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)
        leaf(n)


def list_unchanged(n, items=tuple(range(30))):
    items = list(items)
    while n:
        n -= 1
