"""A grammar of programs whose lines run code that no trace has, or only might.

What a step shows is looked at again only where the line before it can have changed it.
Here most lines can change nothing, until an operand, an attribute, an item, an iterator
or an object that dies has *hidden* code (`hidden_head`). That changes a list that every
function has in sight under several names, so that a line which is wrongly taken for one
that changes nothing leaves a stale value in the trace. One function is called several
times, with objects that are what they seem and with others.

Rules are templates as in `grammar`. Loops end: a list grows only up to a bound, and a
`while` counts.
"""

import sys
from dataclasses import replace

from grammar import Place, Writer
from hidden_head import HEAD
from hypothesis import strategies as st

SENDS = 4 if sys.version_info >= (3, 13) else 99
"""How often a generator goes on. In CPython 3.12 to its end: it would die too late."""

PARAMETERS = {
    "n": ["1", "0", "5", "Number(1)", "Asked()", "True", "2.5", "[1, 2]"],
    "t": ["'a'", "'k'", "Text('k')", "DyingText('a')", "'ab'", "1", "b'a'", "None"],
    "a": ["Asked()", "<object>", "<object>", "1", "Dies()"],
    "b": ["<object>", "shown", "Asked()", "Told()"],
    "items": [
        *["[1, Asked()]", "[1, Asked()]", "[1, Asked(), Dies()]"],
        *["[Dies(), Dies(), Dies()]", "[1, 2, 3]", "a"],
        *["[shown, 1]", "['k', 'a', 't']", "(1, Asked(), Dies())", "Items([1, 2])"],
        *["[1, [Dies()]]", "DyingItems([1, 2])", "Given(1, 2)", "<object>"],
    ],
    "pairs": [
        *["[(1, 2), (3, 4)]", "[(1, Dies()), (2, Asked())]", "[Pair((1, 2)), (3, 4)]"],
        *["[(1, 2), Pair((1, 2))]", "[(1, 2), [3, 4]]", "((1, 2), (2, Asked()))"],
        *["[(1, 2), Asked()]", "[Point(1, 2)]", "[(1, 2), (1, 2, 3)]", "Counted()"],
    ],
    "named": [
        *["{'k': 1, 'a': Asked()}", "{'k': 1, 'a': Asked(), 't': Dies()}"],
        *["{'k': 1, 'a': 2}", "Named(k=1, a=2)"],
        *["{Asked('k'): 1, 'a': 2}", "{1: Dies(), 'k': 1}", "defaultdict(Asked)"],
        *["OrderedDict(k=1, a=Dies())", "{'k': shown, 'a': [1]}", "{Text('k'): 1}"],
    ],
    "owner": ["Owner()", "Owner()", "Got()", "Plain(shown)", "<object>"],
    "point": ["Point(1, 2)", "Point(Asked(), 'k')", "Point(Dies(), shown)"],
    "kind": ["Plain", "int", "Kind", "Asked", "(int, Kind)", "Told", "Shared"],
    "plain": ["Plain(1)", "Plain(Asked())", "Plain(shown)", "Plain([1])", "Told()"],
    "slotted": ["Slotted(1)", "Slotted(Dies())", "Slotted(shown)", "Slotted(Asked())"],
    "group": [
        *["{1, 2}", "{Number(1), 2}", "{'a', 1}", "frozenset((1, 2))", "{Text('a')}"],
    ],
    "call": [
        *["one", "more", "change", "quiet", "re.compile('a').match", "'ab'.find"],
        *["Text('ab').find", "[].append", "len", "Plain", "{'k': 1}.get"],
    ],
    "match": ["re.match('(a)', 'a')", "re.match('a', Text('a'))", "None", "Asked()"],
    "own": ["[]", "[1]", "[Dies()]", "Items()", "items", "shown"],
}
"""Of every function: what it may be called with, for all but the first, `seen`."""

RULES = {
    "object": [
        *["1", "'a'", "None", "Asked()", "Dies()", "[1, 2]", "(1, 2)", "{1: 2}"],
        *["Text('a')", "Number(1)", "Items([1])", "Named(k=1)", "Pair((1, 2))"],
        *["Owner()", "Plain(Asked())", "[Asked(), Dies()]", "Point(1, 2)", "Told()"],
        *["DyingText('a')", "Adds()", "b'a'", "Kind", "{1, 2}", "range(3)", "2**70"],
        *["Given((1, 2), (3, 4))", "Counted()", "shown", "[shown]", "Plain(shown)"],
    ],
    "constant": ["1", "0", "-1", "'a'", "'k'", "None", "True", "2.5", "()", "(1, 2)"],
    "scalar": [
        "<same>",
        "<same>",
        "n",
        "t",
        "x",
        "y",
        "1",
        "0",
        "'a'",
        "count",
        "word",
        "None",
    ],
    "name": [
        *["n", "t", "a", "b", "x", "y", "z", "n", "t", "x", "seen", "items", "pairs"],
        *["named", "owner", "point", "plain", "slotted", "group", "match", "count"],
        *["word", "own", "fresh", *["<same>"] * 8],
    ],
    "target": ["n", "t", "a", "b", "x", "y", "z", *["<same>"] * 7],
    "small": ["0", "1", "2", "-1", "'k'", "'a'", "'t'", "1.0", "True"],
    "key": [
        "<same>",
        "<same>",
        "<same>",
        "0",
        "1",
        "-1",
        "'k'",
        "'a'",
        "'t'",
        "n",
        "t",
        "x",
        "y",
        "a",
        "count",
    ],
    "field": [
        *["num", "text", "all", "inner", "items", "named", "obj", "fresh", "none"],
        *["shared", "kept", "read", "set", "asked", "prop", "v", "w", "k", "x"],
    ],
    "holder": ["owner", "owner", "owner.inner", "plain", "slotted", "a", "b", "x"],
    "chain": [
        *["<holder>.<field>", "<holder>.<field>", "point.x", "point.y", "owner.num"],
        *["Plain.k", "Shared.k", "Shared.items", "kind.k", "Kind.k", "re.A", "plain.v"],
        *["slotted.v", "owner.text", "sys.maxsize", "x.x", "Shared.read"],
    ],
    "container": [
        *["items", "named", "pairs", "items", "named", "point", "a", "x"],
        "owner.items",
        *["owner.named", "own", "fresh", "owner.all", "seen", "pairs[0]", "plain.v"],
    ],
    "item": ["<container>[<key>]", "items[<key>]", "named[<key>]", "items[n]"],
    "members": ["<container>", "group", "(1, a)", "{1, 2}", "'ab'", "(1, 2)"],
    "class": [
        *["int", "Plain", "kind", "Kind", "Owner", "(int, kind)", "(Plain, Kind)"],
        *["(int, str)", "int | Plain", "Asked"],
    ],
    "seen": [
        *["seen", "seen", "items", "named", "owner", "own", "fresh", "plain", "a"],
        *["x", "[seen]", "(seen, n)", "b"],
    ],
    "compared": ["==", "!=", "<", ">=", "is", "is not"],
    "operator": ["+", "-", "*", "%", "//", "&"],
    "builtin": ["abs", "repr", "str", "int", "bool", "round", "float", "ord", "hex"],
    "method": [
        *["strip()", "upper()", "split()", "startswith(t)", "find(word)", "format(n)"],
        *["join([t, word])", "replace(t, word)", "encode()", "bit_length()"],
    ],
    "matched": ["group()", "span()", "groups()", "lastindex", "string", "group(n)"],
    "shape": ["", "!r", "!s", ":>3"],
    "leaf": ["<name>", "<name>", "<name>", "<constant>", "<chain>", "<item>"],
    "call": [
        *["one(<seen>, <expr>)", "one(<seen>, <expr>)", "one(<seen>)", "one(<expr>)"],
        *["one(<seen>, other=<expr>)", "one(<expr>, other=<seen>)"],
        "one(*<container>)",
        *["more(<seen>)", "more(own, <expr>)", "call(<seen>)", "call(<expr>, <seen>)"],
        *["plain.get(<seen>)", "plain.get(a, <seen>)", "slotted.get(<seen>, <expr>)"],
        *["Plain(<expr>)", "Slotted(<seen>)", "owner.ask(<expr>)", "call(t, 0)"],
        *["one(<seen>, <chain>)", "one(<seen>, <item>)", "one(<seen>, x := <expr>)"],
        *["one(**named)", "one(lambda: a, <seen>)", "(lambda q=n: q)(<seen>)"],
        "one(\n<seen>,\n<expr>)",
        "[one, more][0](<seen>, <expr>)",
        *["wrapped(<seen>, <leaf>)", "Made(<seen>)", "Met(<seen>, a)", "calls(<seen>)"],
        *["calls.give(<seen>, <leaf>)", "functools.partial(one, a)(<seen>)"],
        *["next(each(<seen>))", "[*each(<seen>, a)]", "one(<seen>, Adds() + a)"],
        *["one(<seen>, next(each(a)))", "Adds() + <seen>", "dict(k=one(<seen>))"],
    ],
    "hides": [
        *["change(<seen>)", "later(one, <seen>)", "edit(<name>)", "edit(<name>, a)"],
        *["bind('count')", "bind('word', a)", "keep_frame()", "fail()"],
        *["later(more, own)", "quiet()"],
    ],
    "expr": [
        *["<leaf>", "<leaf>", "<chain>", "<chain>", "<item>", "<item>", "<call>"],
        *["<call>", "<call>", "<hides>"],
        "(<scalar> <operator> <constant>)",
        "(<name> <operator> <constant>)",
        "(<constant> + <leaf>)",
        "(<leaf> <compared> <leaf>)",
        "(<name> in <members>)",
        "(<key> in <members>)",
        "(<key> not in <container>)",
        "(not <expr>)",
        "(-<leaf>)",
        "(<expr> and <expr>)",
        "(<expr> or <expr>)",
        "(<expr> if <expr> else <expr>)",
        "(<target> := <expr>)",
        "f'{<name>} and {<scalar>}'",
        'f"{<leaf><shape>}"',
        "[<expr>, <scalar>]",
        "(<scalar>, <leaf>)",
        "(<scalar>, <scalar>)",
        "{'k': <leaf>, 't': <expr>}",
        "{<scalar>: <leaf>}",
        "{'k': <expr>}",
        "len(<leaf>)",
        "len(<container>)",
        "(hash(<scalar>) is None)",
        "max(<scalar>, <scalar>)",
        "<builtin>(<scalar>)",
        "<builtin>(<leaf>)",
        "isinstance(<name>, <class>)",
        "isinstance(<leaf>, <class>)",
        *["isinstance(plain, <class>)", "isinstance(b, Plain)", "isinstance(a, kind)"],
        "named.get(<key>)",
        "<container>.get(<key>, <leaf>)",
        "<container>[1:]",
        "t.<method>",
        "(<scalar>).<method>",
        "match.<matched>",
        "re.match('a', t)",
        "[q for q in <container>]",
        "[one(q, n) for q in <container> if q]",
        "{q: n for q in <container>}",
        "Dies()",
        "(\n<scalar>,\n<leaf>)",
        "(<leaf>\n+ <scalar>)",
    ],
    "over": [
        *["x in items", "x in items", "x in named", "x in <container>", "x in own"],
        *["x, y in pairs", "x, y in named.items()", "x, y in <container>"],
        *["x, y in enumerate(items)", "x, y in enumerate(<container>)"],
        *["x, (y, z) in enumerate(pairs)", "x, y in <container>.items()"],
        *["z in range(3)", "x in group", "x in <expr>", "items in items"],
        "x in (1, n)",
        *["x in [Dies(), Dies()]", "x in (Dies(), 1)", "x, y in {'k': Dies()}.items()"],
        *["x in enumerate(items)", "x in Given(1, Dies())", "x, y in Counted()"],
        *["x in reversed(items)", "x, y in zip(items, t)", "n in t", "x, *y in pairs"],
        *["x in each(<seen>, a)", "x in Adds()", "x in each(*items)"],
        *["x in named.values()", "x in owner.items", "x, y in owner.named.items()"],
    ],
    "change": [
        *["<container>[<key>] = <expr>", "items[<small>] = 1", "named['t'] = 1"],
        *["items[-1] = Dies()", "del items[0]", "named['k'] = a", "own[:] = [1]"],
        *["owner.num = a", "owner.fresh = 1", "owner.items = own", "plain.v = <expr>"],
        *["slotted.v = <leaf>", "owner.items[2] = 1", "del <target>", "del items"],
        *["items = <expr>", "named = <expr>", "own = [<expr>]", "fresh = [<leaf>]"],
        *["fresh = ''.split()", "owner.shared = 1", "own = fresh", "items = own"],
    ],
    "assign": [
        *["<target> = <expr>", "<target> = <expr>", "<target> = <expr>"],
        *["<target> = <scalar>", "<target> = <name>", "<target> = <small>"],
        *["<target> = <target> = <expr>", "<target>, <target> = <expr>, <leaf>"],
        *["<target>, <target> = <target>, <target>", "<target>, <target> = <leaf>"],
        *["n += 1", "n += count", "x += 1", "a -= n", "n -= <leaf>", "x |= <leaf>"],
        *["<target> += 1", "n = <small>", "t = <small>", "n = 0", "x = Dies()"],
        *["<target> = Dies()", "<target> = [Dies()]", "y = x = Dies()"],
        *["<target>, *<target> = <leaf>", "fresh = [n]"],
    ],
    "simple": [
        *["<assign>", "<assign>", "<assign>", "<assign>", "<assign>", "<change>"],
        *["<expr>", "<call>", "assert <expr>", "assert <leaf>, <expr>", "<hides>"],
    ],
    "line": [
        *["<simple>", "<simple>", "<simple>", "<assign>; <simple>"],
        *["<simple>; <simple>", "<assign>; <assign>; <simple>"],
        *["<target> = <small>; <call>", "<assign>; <call>", "<assign>; <call>"],
        *["if <expr>: <simple>", "for <over>: <simple>"],
        "for <over>: <assign>; <assign>",
    ],
    "grow": [
        "if len(own) < 5:\n    own.append(<expr>)",
        "if len(fresh) < 5:\n    fresh.append(<expr>)",
        "if len(fresh) < 5:\n    fresh.append(<expr>); <simple>",
        "if len(fresh) < 5:\n    <assign>; fresh.append(<leaf>)",
        "if len(fresh) < 5:\n    fresh.append(<leaf>); x = fresh[-1] == <constant>",
    ],
    "hot": [
        *["items[1]", "items[1]", "items[0]", "named['a']", "named['a']", "owner.obj"],
        *["owner.asked", "point.x", "plain.v", "slotted.v", "owner.items[1]", "a", "a"],
        *["named.get('a')", "own[0]", "fresh[-1]", "b", "<leaf>", "owner.inner.obj"],
    ],
    "used": [
        *["<same> + 1", "<same> == 1", "<same> < 1", "-<same>", "not <same>"],
        "1 - <same>",
        *["items[<same>]", "named[<same>]", "named.get(<same>)", "<same> in group"],
        *["<same> in items", "'k' in <same>", "f'{<same>}'", "len(<same>)"],
        "<same>[0]",
        *["isinstance(<same>, kind)", "str(<same>)", "<same>.num", "<same>.strip()"],
        *["(<same> and 1)", "(1 if <same> else 2)", "max(<same>, 1)", "t + <same>"],
        *["items[<same>] + 1", "items[<same>] == 1", "named[<same>] * 2"],
        "-items[<same>]",
    ],
    "use": [
        *["one(seen, <used>)", "<target> = one(seen, <used>)"],
        "plain.get(seen, <used>)",
        *["<target> = <used>", "<target> = <used>", "<used>", "assert <used>"],
        *["fresh = [<used>]", "<target> = <leaf>, <used>"],
        "<target> = <used>; <assign>",
    ],
    "turn": [
        "<same> = <small>\n<same> = <hot>; <use>",
        "<same> = <small>\n<same> = <hot>; <use>",
        "<same> = <small>\n<target> = <small>; <same> = <hot>; <use>",
        "<same> = <small>\n<same> = <target> = <hot>; <use>",
        "<same> = <small>\n<target>, <same> = <small>, <hot>; <use>",
        "<same> = 0\n<same> += 1; <use>",
        "<same> = 0\n<same> += 1; <target> = items[<same>] + 1",
        "<same> = 0\n<same> = 1; one(seen, items[<same>] == 1)",
        "<same> = 'k'\n<same> = 'a'; <target> = named[<same>] == 1",
        "<same> = <small>\n<same> = <small>; <use>",
        "<same> = <hot>\n<use>",
        "<same> = <small>\nfor <same> in items: <use>",
        "<same> = <small>\nfor <same> in (1, a): <use>",
        "<same> = <small>\nfor <same>, z in pairs: <use>",
        "<same> = <small>\nif (<same> := <hot>) and <used>: <assign>",
        "<same> = []\n<same>.append(<hot>); <use>",
        "<same> = []\n<same>.append(<hot>); <target> = <same>[0] == 1",
        "<same> = [1]\n<same> = ''.split(); <same>.append(<hot>); <use>",
        "y = <same> = []\ny.append(<hot>)\n<use>",
    ],
    "dying": ["Dies()", "Dies()", "[Dies()]", "(1, Dies())", "Adds()", "Owner(0)"],
    "death": [
        "<same> = <dying>\n<same> = <small>; <call>",
        "<same> = <dying>\n<same> = <leaf>; one(seen)",
        "<same> = <dying>\n<same> = <small>; plain.get(seen)",
        "<same> = <dying>\n<same> = <leaf>; <simple>",
        "<same> = <dying>\n<same> = <expr>",
        "<same> = <dying>\n<same>, <target> = <leaf>, <small>",
        "<same> = <target> = <dying>\n<same> = <target> = <leaf>",
        "<same> = <target> = <dying>\n<same> = 1; <target> = 1; <simple>",
        "<same> = <dying>\nfor <same> in <container>:<loop>",
        "<same> = <dying>\nfor <over>: <same> = <small>",
        "<same> = <dying>\nif <leaf>: <same> = 1",
        "<same> = [1, <dying>]\nfor y in <same>:<loop>",
        "<same> = [1, <dying>]\nfor y in <same>:\n    <same> = 1; break\n<assign>",
        "items[-1] = <same> = <dying>\nitems[-1] = 1\n<same> = 1; <simple>",
        "own = <dying>\nown = n; one(seen, <leaf>)",
    ],
    "head": [
        *["one(seen, <leaf>)", "one(seen, <chain>)", "one(seen, <item>)", "one(seen)"],
        *["one(seen, (<same> <operator> <constant>))", "one(seen, -<same>)"],
        *["one(seen, (<leaf> <compared> <constant>))", "one(seen, not <leaf>)"],
        *["one(seen, (<key> in <members>))", "one(seen, isinstance(<leaf>, <class>))"],
        *["one(seen, len(<leaf>))", "one(seen, f'{<same>}')", "more(seen, <item>)"],
        "<same> = <leaf>; one(seen, <same> + 1)",
        "<same> = <leaf>; more(seen, <item>)",
        *["<same> = <leaf>; plain.get(seen, <same> == 1)", "<assign>; one(seen, a)"],
        *["plain.get(seen, <expr>)", "slotted.get(<item>, seen)", "call(seen, <leaf>)"],
        *["owner.inner.ask(seen)", "a.get(seen)", "owner.obj(seen)"],
        "one(<expr>, seen)",
        *["if <leaf>: one(seen)", "for <over>: one(seen)"],
        "<same> = one(seen, <same>)",
        "if len(fresh) < 5:\n    fresh.append(<leaf>); one(seen, fresh[-1] == 1)",
        "if len(own) < 5:\n    own.append(<leaf>); one(own, <leaf>)",
        "one(\nseen,\n<leaf>)",
    ],
    "tried": [
        "try:<block>\nexcept Exception: pass",
        "try:<block>\nexcept Exception: <assign>",
        "try:<block>\nexcept Exception as x:\n    n = 0",
    ],
    "return": ["return <leaf>"],
    "inner": ["inner()", "x = inner()", "one(<seen>, inner())", "n = 1; inner()"],
    "global": ["count = <expr>", "count += 1", "word = <leaf>", "n = count = <leaf>"],
    "jump": ["break", "continue", "if <expr>: break", "if <leaf>:\n    continue"],
    "yield": [
        *["yield <expr>", "x = yield <leaf>", "yield", "one((yield <leaf>), a)"],
        *["one(seen, (yield <leaf>))", "x = yield n; one(seen, x)", "yield; <simple>"],
    ],
    "compound": [
        *["for <over>:<loop>", "for <over>:<loop>", "for <over>:<loop>"],
        *["for <over>:<loop>\nelse:<block>", "if <expr>:<block>", "<tried>"],
        "if <expr>:<block>\nelif <leaf>:<block>\nelse:<block>",
        "<turns> = 2\nwhile <turns>:\n    <turns> -= 1<loop>",
        "<turns> = 2\nwhile <turns> and <expr>: <turns> -= 1; <simple>",
        "<turns> = 2\nwhile <turns> and <expr>:\n    <turns> -= 1<loop>\nelse:<block>",
        "try:<block>\nfinally:<block>",
        "with Suppresses() as x:<block>",
        "match <leaf>:\n    case 1: <assign>\n    case [x, *y]:<deep>\n"
        "    case {'k': x} | Plain(v=x):<deep>\n    case int() | Kind(): n = 1",
        "match <leaf>:\n    case (x, y) if <expr>:<deep>\n    case Shared.k: n = 1",
    ],
}

CELLS = [
    *["def inner(): return n, items", "def inner(): return x, seen"],
    "def inner():\n    nonlocal x, n\n    x = n\n    n = 1\n    return a",
]
"""What makes some of a function's variables cells, of which hidden code keeps one."""


OWN_STATEMENTS = {
    "yield": ("return", "yield", "yield"),
    "cells": ("inner", "inner"),
    "global": ("global", "global"),
}
"""Symbols of statements that stand only in functions of a form."""


class HiddenWriter(Writer):
    """Writes one of these programs."""

    rules = RULES
    statements = ("line",) * 5 + ("grow",) + ("death", "head", "turn") * 2
    same = "x"

    def write(self, symbol: str, place: Place) -> str:
        if symbol == "turns":  # loops within each other count apart
            return f"turns{place.blocks}"
        if symbol in ("line", "death", "head", "turn"):
            self.same = self.draw(st.sampled_from("ntabxyzx"))
        if symbol == "same":  # a name that the line has to do with more than once
            return self.same
        if symbol == "deep":
            return self.block("block", place).replace("\n", "\n    ")
        return super().write(symbol, place)

    def opening(self, symbol: str, place: Place) -> list[str]:
        return []

    def statement(self, place: Place) -> str:
        """Most have one operation: with more they can hardly change nothing."""
        depth = self.draw(st.sampled_from([1, 1, 2]))
        return super().statement(replace(place, expressions=depth))

    def function(self, name: str) -> str:
        """Many attempts, so that an error does not end it; sometimes as a generator,
        sometimes with cells."""
        form = self.draw(st.sampled_from(["", "", "yield", "cells", "global"]))
        place = Place(own=OWN_STATEMENTS.get(form, ()))
        lines = ["x = y = z = None; fresh = []"]
        if form == "global":
            lines.append("global count, word")
        if form == "cells":
            lines += self.draw(st.sampled_from(CELLS)).splitlines()
            lines += ["keep(inner)"] * self.draw(st.integers(0, 1))
        for _ in range(self.draw(st.integers(3, 6))):
            lines += self.write("tried", place).splitlines()
        lines += ["yield"] if form == "yield" else []
        body = "".join(f"\n    {line}" for line in [*lines, "return n"])
        return f"def {name}(seen, {', '.join(PARAMETERS)}):{body}"

    def calls(self, name: str) -> str:
        """A function that has in sight what it hands on."""
        lines = [f"def main_{name}(seen):"]
        for parameter, values in PARAMETERS.items():
            value = self.fill(self.draw(st.sampled_from(values)), Place())
            lines.append(f"    {parameter} = {value}")
        call = f"{name}(seen, {', '.join(PARAMETERS)})"
        lines += ["    try:", f"        n = {call}; b = seen"]
        lines += [f"        for x in range({SENDS}):"]
        lines += ["            a = n.send(None)", "            change()"]
        lines += ["    except Exception: pass", "    n = a = 1", "    return n"]
        return "\n".join(lines)


FUNCTIONS = 2
CALLS = 3
"""Of each function."""


def write_program(writer: HiddenWriter) -> str:
    parts = [HEAD]
    for number in range(FUNCTIONS):
        name = f"f{number}"
        parts.append(writer.function(name))
        for _ in range(CALLS):
            parts.append(writer.calls(name) + f"\n\n\nbegin()\nmain_{name}(shown)")
    return "\n\n\n".join(parts) + "\n"


@st.composite
def hidden_programs(draw: st.DrawFn) -> str:
    return write_program(HiddenWriter(draw))
