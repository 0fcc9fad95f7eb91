"""Scalar locals that change on lines that do not assign them, and on odd lines."""

import sys


def assign(name, value):
    if sys.version_info >= (3, 13):
        sys._getframe(1).f_locals[name] = value


def by_callee():
    count = 1
    text = "a"
    assign("count", 2)
    other = count
    assign("text", "b")
    for _ in range(2):
        assign("count", count + 1)
        other = text
    return count, text, other


def by_closure():
    shown = 0
    plain = 0

    def bump():
        nonlocal shown
        shown += 1

    bump()
    plain = 1
    bump()
    bump()
    plain = 2
    return shown + plain


TOTAL = 0


def bump_total():
    global TOTAL
    TOTAL += 1


def by_global():
    plain = TOTAL
    bump_total()
    plain = 1
    bump_total()
    plain += TOTAL
    return plain


def leave(values):
    seen = 0
    for value in values:
        try:
            seen = 1
            seen = 10 // value
            seen += 1
        except ZeroDivisionError as error:
            seen = -1
            if value is None:
                seen = -2
            else:
                pass
        except TypeError:
            seen = -3
        else:
            seen += 100
        finally:
            last = seen
        done = last
    return done


def half_done(values):
    first = second = 0
    try:
        first, second = 1, 2 + values
    except TypeError:
        second = 3
    try:
        first = second = values + 1
    except TypeError:
        first = 4
    first, second = second, first
    del first
    first = 5
    return first, second


def shadowed(x):
    y = [x for x in (1, 2)]
    z = [x for x in (3, 4) if x > 3]
    w = {x: y for x in "ab"}
    return x, y, z, w


def matched(subject):
    match subject:
        case [a, b] if a > b:
            c = a
        case [a, b]:
            c = b
        case {"a": a, **rest}:
            c = a
        case _:
            c = None
    return c


def walrus(items):
    i = 0
    while (n := i) < 2:
        i += 1
    if any((m := item) > 1 for item in items):
        i = m
    return n, i


def counting():
    got = 0
    while got is not None:
        step = 1
        got = yield got
        step = 2


by_callee()
by_closure()
by_global()
leave([1, 0, 2, None])
half_done([])
shadowed(9)
matched([1, 2])
matched([2, 1])
matched({"a": 1, "b": 2})
matched(0)
walrus([1, 2, 3])
generator = counting()
next(generator)
generator.send(5)
if sys.version_info >= (3, 13):
    generator.gi_frame.f_locals["step"] = 7
generator.send(6)
generator.close()
