"""Patterns as programs for the recorder's matcher.

A pattern is parsed into a tree of nodes, and the tree is assembled into instructions
of a machine that follows all possible matches at once (`csrc/py/pattern.c`): the time
it takes grows with the length of the name, never with the number of ways to match.

A node is a tuple whose first item says what it is:

- `("char", code, is_folded)`: a character; folded: in any case
- `("set", Set)`: one of a set of characters
- `("dot",)`: any character but a line feed; `("all",)`: any; `("name",)`: any but `/`
- `("start", by_line)`, `("end", by_line)`: the ends of the text, or of each line
- `("edge", is_negated)`: the edge of a word
- `("seq", nodes)`, `("alt", nodes)`: one after the other, one of them
- `("repeat", node, low, high)`: so many times; high None is without bound
"""

from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    Node = tuple[Any, ...]

LITERAL, WHOLE, SEARCH = range(3)
"""How a pattern matches: as a text, as a program for the whole name or a part of it."""

MAX_INSTRUCTIONS = 4096
"""Of one pattern: what bounds the time that a name of 1,024 characters can take."""

(
    _MATCH,
    _CHAR,
    _CHAR_FOLDED,
    _DOT,
    _ALL,
    _NAME,
    _SET,
    _SPLIT,
    _JUMP,
    _START,
    _END,
    _EDGE,
) = range(12)
_SIMPLE = {"dot": _DOT, "all": _ALL, "name": _NAME}
_ASSERTIONS = {"start": _START, "end": _END, "edge": _EDGE}

WORD, NOT_WORD, DIGIT, NOT_DIGIT, SPACE, NOT_SPACE = (1 << bit for bit in range(6))
"""Classes of characters, as Python's `re` has them for text."""

_NEGATED, _FOLDED = 1, 2


class PatternError(ValueError):
    """The pattern is not one; the text says why."""


class Set:
    """A set of characters: ranges and classes, maybe negated, maybe in any case."""

    def __init__(self, is_negated: bool, is_folded: bool) -> None:
        """An empty one."""
        self.is_negated = is_negated
        self.is_folded = is_folded
        self.classes = 0
        self.ranges: list[tuple[int, int]] = []

    def words(self) -> list[int]:
        """What stands behind the instructions for it."""
        flags = _NEGATED * self.is_negated | _FOLDED * self.is_folded
        bounds = [bound for pair in self.ranges for bound in pair]
        return [flags, self.classes, len(self.ranges), *bounds]


class _Assembler:
    def __init__(self) -> None:
        self.code: list[list[int]] = []
        self.sets: list[int] = []

    def put(self, op: int, a: int = 0, b: int = 0) -> list[int]:
        if len(self.code) >= MAX_INSTRUCTIONS:
            raise PatternError("too large (repeats are written out)")
        instruction = [op, a, b]
        self.code.append(instruction)
        return instruction

    def add(self, node: "Node") -> None:
        kind = node[0]
        if kind == "char":
            self.put(_CHAR_FOLDED if node[2] else _CHAR, node[1])
        elif kind in _SIMPLE:
            self.put(_SIMPLE[kind])
        elif kind in _ASSERTIONS:
            self.put(_ASSERTIONS[kind], int(node[1]))
        elif kind == "set":
            self.put(_SET, len(self.sets))
            self.sets += node[1].words()
        elif kind == "seq":
            for part in node[1]:
                self.add(part)
        elif kind == "alt":
            self.alternate(node[1])
        else:
            self.repeat(*node[1:])

    def alternate(self, nodes: "list[Node]") -> None:
        ends = []
        for node in nodes[:-1]:
            split = self.put(_SPLIT, len(self.code) + 1)
            self.add(node)
            ends.append(self.put(_JUMP))
            split[2] = len(self.code)
        self.add(nodes[-1])
        for end in ends:
            end[1] = len(self.code)

    def repeat(self, node: "Node", low: int, high: int | None) -> None:
        start = len(self.code)
        for _ in range(low):
            start = len(self.code)
            self.add(node)
        if high is None and low:
            self.put(_SPLIT, start, len(self.code) + 1)
        elif high is None:
            split = self.put(_SPLIT, start + 1)
            self.add(node)
            self.put(_JUMP, start)
            split[2] = len(self.code)
        else:
            splits = []
            for _ in range(high - low):
                splits.append(self.put(_SPLIT, len(self.code) + 1))
                self.add(node)
            for split in splits:
                split[2] = len(self.code)


def assemble(node: "Node") -> bytes:
    """The program: number of instructions, three words each, then the sets."""
    assembler = _Assembler()
    assembler.add(node)
    assembler.put(_MATCH)
    words = [len(assembler.code)]
    for instruction in assembler.code:
        words += instruction
    return array("I", words + assembler.sets).tobytes()


def longest_text(nodes: "Iterable[Node]") -> bytes:
    """The longest run of characters that every match contains, as UTF-8."""
    best = run = ""
    for node in nodes:
        run = run + chr(node[1]) if node[0] == "char" and not node[2] else ""
        best = max(best, run, key=len)
    return best.encode("utf-8", "replace")
