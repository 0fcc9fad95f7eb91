"""Programs with their lines far apart, as in long modules and functions."""

import ast

GAP = "\n" * 300
"""Blank lines: more than CPython keeps the line of an instruction by."""

CUT = "# cut\n"
"""What stands in a program for a gap."""

MANAGER = """
class Manager:
    def __enter__(self):
        return self
    def __exit__(self, *error):
        return False
def fail(x):
    return 1 / x
"""

PROGRAMS = {
    "generator expression": """
def f():
    return list((x for x in [1, 2] if
# cut
        x > 1))
f()
""",
    "comprehension": """
def f(z):
# cut
    x = [y
         for y in z
         if y]
    x = [y for y in z
         if y
         ]
    return {
        y: y
        for y in z}
f([0, 1])
""",
    "with, left by an exception": MANAGER
    + """
def f(x):
# cut
    with Manager():
        fail(x)
def g(x):
# cut
    with (Manager() as a,
          Manager() as b):
        for i in 1, x: fail(i)
    return a, b
for each in f, g:
    for x in 1, 0:
        try:
            each(x)
        except ZeroDivisionError:
            pass
""",
    "with, left on its own line": MANAGER
    + """
def f(x):
# cut
    with Manager(), Manager(): fail(x)
for x in 1, 0:
    try:
        f(x)
    except ZeroDivisionError:
        pass
""",
    "try on few lines": MANAGER
    + """
def f(x):
# cut
    try: fail(x)
    except ValueError: pass
    finally: x = 2
def g(x):
# cut
    while True:
        try: fail(x)
        except ZeroDivisionError as error: x += 1; continue
        break
for each in f, g:
    try:
        each(0)
    except ZeroDivisionError:
        pass
""",
    "generator thrown into": MANAGER
    + """
def f():
# cut
    while True:
        try:
            with Manager(): yield 1
        except KeyError: yield 3
def g():
# cut
    try: yield 1
    except KeyError: yield 2
for each in f, g:
    made = each()
    next(made)
    made.throw(KeyError())
    made.close()
""",
    "module": """
# cut
a = 0
for i in range(3):
    a += i
while a < 9: a += 2
class C:
    b = 1; c = 2
    for d in "xy": e = d
assert C.e == "y"; a = 1
""",
}
"""Ones where it matters what an instruction comes after, by name."""


def cut(source: str) -> str:
    """Put gaps where a program has its marks."""
    return source.replace(CUT, GAP)


def spread(source: str) -> str:
    """Put a gap before the first line, and before the first of each function's body."""
    lines = source.splitlines(keepends=True)
    gaps = {0}
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0]
        if lines[first.lineno - 1][: first.col_offset].isspace():
            gaps.add(first.lineno - 1)
    return "".join(GAP * (at in gaps) + line for at, line in enumerate(lines))
