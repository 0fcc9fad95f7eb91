"""A grammar of programs that do nearly everything a program can do.

Functions, generators, coroutines, async generators, methods, closures; exceptions that
are raised, handled, chained and thrown into generators; values that are changed through
one name and looked at through another; recursion, imports, globals; threads one after
another and at the same time. A program ends soon, whatever it does: each block counts a
step (`programs/stress/parts.py`, on which they build). What it prints is the same each
time it runs.

A rule is a list of templates, of which one is chosen; `<symbol>` stands for what that
symbol's rule gives.
"""

import re
import warnings
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from recording import PROGRAMS

SYMBOL = re.compile(r"<([a-z]+)>")
DEPTH_OF_BLOCKS = 2
DEPTH_OF_EXPRESSIONS = 2

HEAD = f"""
import sys
sys.path.insert(0, {str(PROGRAMS / "stress")!r})
sys.modules.pop("parts", None)
import parts
from parts import *
del sys.path[0]
STATE = {{"list": [], "k": 0}}
a = u = v = b = c = 0
d = [0]
"""

MAIN = """
a = <made>
<tried>
attempt(f0, a, b)
attempt(<called>, a)
<tried>
attempt(list, g0(a))
<tried>
attempt(drive, h0(a))
attempt(lambda: say(<expr>))
say(a, b, c, d, u, v)
<simple>
say(<called>(<expr>))
"""

FUNCTIONS = {
    "f0": "def f0(a, b=0, *c):<body>",
    "f1": "def f1(a, b=0, *c):\n    global u<body>",
    "f2": "@decorated\ndef f2(a, b=None, *c, d=()):<body>",
    "g0": "def g0(a, b=0, *c):\n    if a is Guard: yield<body>",
    "g1": "def g1(a, b=0, *c):\n    global u, v\n    yield b<body>",
    "h0": "async def h0(a, b=0, *c):<body>",
    "k0": "async def k0(a, b=0, *c):\n    yield a<body>",
    "m0": "class Local(Thing):\n  tag = 0\n  def go(self, a, b=None, d=()):<body>",
    "m1": "  def each(self, a, b=None, *c):\n    yield self<body>",
}
"""By name: a g is a generator, an h a coroutine, a k both, an m a method."""

RULES = {
    "name": ["a", "b", "c", "d"],
    "called": ["f0", "f1", "f2", "Local().go", "a.put"],
    "gen": ["g0", "g1", "Local().each"],
    "place": ["a", "b", "d", "STATE['list']", "u", "v", "a.value", "d[0]"],
    "bool": ["True", "False"],
    "scalar": [
        "-2",
        "-1",
        "0",
        "1",
        "3",
        "True",
        "None",
        "2.5",
        "'s'",
        "'é'*9",
        "10**30",
        "u",
    ],
    "leaf": ["<name>", "<name>", "<scalar>", "<scalar>", "<made>"],
    "made": [
        *["[]", "{}", "Thing()", "Slotted(1)", "Made([1])", "Local()", "[[1] * 9] * 9"],
        *["dict.fromkeys('kl', a)", "(1, b)", "STATE", "SHARED", "Thing.make(a)", "d"],
        *["list(range(300))", "b'bytes'", "{1, 2}", "range(3)", "...", "Thing"],
    ],
    "expr": [
        "<leaf>",
        "<leaf>",
        "(cut(<expr>) + cut(<expr>))",
        "(<expr> == <scalar>)",
        "(<expr> is not <expr>)",
        "(<expr> and <expr>)",
        "[<expr>, <expr>]",
        "{'k': <expr>, **{'l': <expr>}}",
        "(<expr> // <expr>)",
        "(<expr> if <expr> else 0)",
        "[q for q in range(2) if <expr>]",
        "{q: <expr> for q in 'kl'}",
        "(lambda q=0: <expr>)(<expr>)",
        "shown(<expr>)",
        "<called>(<expr>)",
        "list(<gen>(<expr>))",
        "next(<gen>(<expr>), <expr>)",
        "sum(<expr> for _ in range(2))",
        "drive(h0(<expr>))",
        "run_loop(h0(<expr>))",
        "(\n<expr>,\n<expr>)",
        "(<name> := <expr>)",
        "Thing(<expr>, part=<expr>)",
        "(<expr>)[0]",
        "(<expr>)[-1:]",
        "(<expr>).value",
        "(<expr>).double",
        "(<expr>).none",
        "f'{shown(a)} and {b!s:.9}'",
        "len(<expr>)",
    ],
    "change": [
        "<place> = <expr>",
        "<name> += cut(<expr>)",
        "<place>.append(<expr>)",
        "<place>[0] = <expr>",
        "<place>['k'] = <expr>",
        "<place>[:] = [<expr>] * 3",
        "del <place>[0]",
        "<place>.pop()",
        "<place>.clear()",
        "<place>.update(k=<expr>)",
        "<place>.value = <expr>",
        "<place>.put(<expr>)",
        "<place>.__class__ = Slotted",
        "<place>.__dict__.clear()",
        "del <place>.value",
        "Thing.kind = <expr>",
        "Local.tag = <expr>",
        "STATE['k'] = <name> = <expr>",
        "STATE['k'] = <name>",
        "parts.extra = <expr>",
        "<name>, <name> = <expr>",
        "*<name>, <name> = <expr>",
        "del <name>",
        "globals()['u'] = a",
        "exec('v = 1', globals()); <name> = v",
    ],
    "act": [
        "say(<expr>)",
        "say(<name>, <name>)",
        "raise Error(<expr>)",
        "raise",
        "raise Error from None",
        "raise KeyError('k') from Error(<expr>)",
        "raise TooLong",
        "assert <expr>",
        "<name> = Lazy()",
        "<name> = [Lazy()]; a.append(a)",
        "in_thread(<called>, <expr>)",
        "race(globals(), [<called>, <called>, f0])",
        "race(globals(), [lambda *q: list(<gen>(*q)), f1])",
        "import colorsys, parts as <name>",
        "import json; <name> = json.loads('[1, 2.5]')",
        "too_deep()",
        "<name> = <gen>(<expr>); next(a)",
        "<name>.close()",
        "<name>.throw(Error('thrown'))",
        "<name>.send(<expr>)",
        "<called>(<expr>)",
        "<name> = lambda *q: (a, q)",
        "<name> = type('Named', (Thing,), {'kind': <expr>})()",
        "<name> = h0(<expr>); a.close()",
    ],
    "return": ["return <expr>"],
    "simple": ["<change>", "<act>"],
    "tried": ["try:\n    <simple>\nexcept Exception as error:\n    say(type(error))"],
    "yield": [
        "yield <expr>",
        "<name> = yield <expr>",
        "<name> = yield",
        "yield from <gen>(<expr>)",
    ],
    "asyncyield": ["yield <expr>", "<name> = yield <expr>"],
    "await": [
        "await pause()",
        "<name> = await h0(<expr>)",
        "<name> = [q async for q in k0(<expr>)]",
        "<name> = [await pause() for q in range(2)]",
    ],
    "jump": ["break", "continue"],
    "compound": [
        "if <expr>:<block>\nelse:<block>",
        "for <name> in range(2):<loop>\nelse:<block>",
        "for <name> in <gen>(<expr>):<loop>",
        "while <expr>:<loop>",
        "try:<block>\nexcept Error as <name>:<block>",
        "try:<block>\nexcept Exception:<block>\nfinally:<apart>",
        "try:<apart>\nexcept* (Error, TypeError):\n    tick()",
        "with Guard(<bool>) as <name>:<block>",
        "match <expr>:\n    case 0: tick()\n    case [x, *_]: <name> = x\n"
        "    case {'k': x} | Thing(value=x): say(x)\n    case _: pass",
        "def inner(q=0):<apart>\ninner()",
        "class Inner(Thing):\n    tag = <expr><apart>",
    ],
    "asynccompound": [
        "async for <name> in count_to(2):<loop>",
        "async with Guard(<bool>):<block>",
    ],
}


@dataclass(frozen=True)
class Place:
    """Where in a program a symbol stands.

    own: symbols of statements that may stand only here. blocks, expressions: how deep
    those may still be nested.
    """

    own: tuple[str, ...] = ()
    in_loop: bool = False
    blocks: int = DEPTH_OF_BLOCKS
    expressions: int = DEPTH_OF_EXPRESSIONS


OWN_STATEMENTS = {
    "g": ("yield", "return"),
    "h": ("await", "asynccompound", "return"),
    "k": ("await", "asynccompound", "asyncyield"),
}


class Writer:
    """Writes one program."""

    rules = RULES
    statements = ("tried",) * 4 + ("act",)
    """Symbols of statements that may stand anywhere."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def fill(self, template: str, place: Place) -> str:
        return SYMBOL.sub(lambda match: self.write(match[1], place), template)

    def write(self, symbol: str, place: Place) -> str:
        if symbol in ("block", "loop", "apart", "body"):
            return self.block(symbol, place)
        if symbol == "expr":
            if place.expressions == 0:
                symbol = "leaf"
            place = replace(place, expressions=place.expressions - 1)
        return self.fill(self.draw(st.sampled_from(self.rules[symbol])), place)

    def block(self, symbol: str, place: Place) -> str:
        """Statements on lines of their own."""
        if symbol == "apart":  # neither the loop nor the function around it is its own
            place = replace(place, in_loop=False, own=())
        if symbol == "loop":
            place = replace(place, in_loop=True)
        place = replace(place, expressions=DEPTH_OF_EXPRESSIONS)
        count = self.draw(st.integers(1, 3))
        statements = self.opening(symbol, place)
        statements += [self.statement(place) for _ in range(count)]
        return "".join(
            f"\n    {line}" for each in statements for line in each.splitlines()
        )

    def opening(self, symbol: str, place: Place) -> list[str]:
        """What a block begins with: each counts its steps."""
        return ["tick(); d = STATE['list']" if symbol == "body" else "tick()"]

    def statement(self, place: Place) -> str:
        symbols = [*self.statements, *place.own]
        symbols += ["jump"] if place.in_loop else []
        symbols += ["compound"] * 3 if place.blocks else []
        symbols = [each for each in symbols if place.blocks or "compound" not in each]
        symbol = self.draw(st.sampled_from(symbols))
        if "compound" in symbol:
            place = replace(place, blocks=place.blocks - 1)
        return self.write(symbol, place)


@st.composite
def programs(draw: st.DrawFn) -> str:
    writer = Writer(draw)
    parts = [HEAD]
    for name, template in FUNCTIONS.items():
        letter = "g" if name == "m1" else name[0]
        own = OWN_STATEMENTS.get(letter, ("return",))
        parts.append(writer.fill(template, Place(own)))
    return "\n\n".join([*parts, writer.fill(MAIN, Place())])


def compiles(source: str) -> bool:
    """False for a `return` in a class, a name used before it is global and the like."""
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(source, "random", "exec")
    except SyntaxError:
        return False
    return True
