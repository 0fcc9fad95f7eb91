"""Globs: the whole name, case-sensitive.

`?` is one character but `/`, `*` any run without `/`; `**` as a whole path component
is any number of directories, elsewhere it is `*`. `[abc]`, `[a-z]`, `[!x]`, `[^x]` are
one character, never `/`. `{a,b}` are alternatives and nest, `\\` makes the next
character an ordinary one.
"""

from .programs import WHOLE, PatternError, Set, assemble, longest_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .programs import Node

MAX_ALTERNATIVES = 512
"""Globs that the braces of one may stand for."""

_STAR = ("star",)
_MAX_NESTING = 32
_ANY_NAME: "Node" = ("repeat", ("name",), 0, None)
_ANY_TEXT: "Node" = ("repeat", ("all",), 0, None)


def compile_glob(pattern: str) -> tuple[int, bytes, bytes]:
    """Mode, a text every match contains, program. PatternError for a bad glob."""
    alternatives = [_join(tokens) for tokens in _Parser(pattern).parse()]
    needle = longest_text(alternatives[0]) if len(alternatives) == 1 else b""
    nodes: list[Node] = [("seq", nodes) for nodes in alternatives]
    return WHOLE, needle, assemble(("alt", nodes))


def is_absolute(pattern: str) -> bool:
    """Whether all that a glob matches begins with `/`."""
    return pattern.startswith("/")


class _Parser:
    """Takes a glob apart into tokens: nodes of one character, and stars."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0

    def parse(self) -> "list[list[Node]]":
        """The token lists that the braces make."""
        lists = self.sequence(0)
        if self.position < len(self.pattern):
            raise PatternError(
                f"unbalanced '{self.pattern[self.position]}' at character "
                f"{self.position + 1}"
            )
        return lists

    def sequence(self, depth: int) -> "list[list[Node]]":
        lists: list[list[Node]] = [[]]
        while self.position < len(self.pattern):
            character = self.pattern[self.position]
            if character == "}" or (character == "," and depth):
                break
            if character == "]":
                raise PatternError(f"unbalanced ']' at character {self.position + 1}")
            self.position += 1
            if character == "{":
                tails = self.braces(depth + 1)
                if len(lists) * len(tails) > MAX_ALTERNATIVES:
                    raise PatternError(
                        f"braces stand for more than {MAX_ALTERNATIVES} globs"
                    )
                lists = [head + tail for head in lists for tail in tails]
                continue
            token = self.token(character)
            for tokens in lists:
                tokens.append(token)
        return lists

    def braces(self, depth: int) -> "list[list[Node]]":
        opening = self.position
        if depth > _MAX_NESTING:
            raise PatternError("braces are nested too deeply")
        lists = []
        while True:
            lists += self.sequence(depth)
            if self.position == len(self.pattern):
                raise PatternError(f"unbalanced '{{' at character {opening}")
            self.position += 1
            if self.pattern[self.position - 1] == "}":
                return lists

    def token(self, character: str) -> "Node":
        if character == "*":
            return _STAR
        if character == "?":
            return ("name",)
        if character == "[":
            return ("set", self.set())
        if character == "\\":
            character = self.escaped()
        return ("char", ord(character), False)

    def escaped(self) -> str:
        if self.position == len(self.pattern):
            raise PatternError("nothing behind the last '\\'")
        self.position += 1
        return self.pattern[self.position - 1]

    def set(self) -> Set:
        opening = self.position
        is_negated = self.pattern[self.position : self.position + 1] in ("!", "^")
        self.position += is_negated
        result = Set(False, False)
        first = self.position
        ranges = result.ranges
        while True:
            if self.position == len(self.pattern):
                raise PatternError(f"unbalanced '[' at character {opening}")
            if self.pattern[self.position] == "]" and self.position > first:
                break
            low = self.set_character()
            high = low
            rest = self.pattern[self.position : self.position + 2]
            if rest.startswith("-") and rest not in ("-", "-]"):
                self.position += 1
                high = self.set_character()
            if high < low:
                raise PatternError(f"bad range '{chr(low)}-{chr(high)}'")
            ranges.append((low, high))
        self.position += 1
        result.ranges = _without_slash(_complement(ranges) if is_negated else ranges)
        return result

    def set_character(self) -> int:
        character = self.pattern[self.position]
        self.position += 1
        return ord(self.escaped() if character == "\\" else character)


def _complement(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    result = []
    start = 0
    for low, high in sorted(ranges):
        if low > start:
            result.append((start, low - 1))
        start = max(start, high + 1)
    return [*result, (start, 0x10FFFF)] if start <= 0x10FFFF else result


def _without_slash(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    result = []
    for low, high in ranges:
        if low <= ord("/") <= high:
            result += [(low, ord("/") - 1), (ord("/") + 1, high)]
        else:
            result.append((low, high))
    return [(low, high) for low, high in result if low <= high]


def _join(tokens: "list[Node]") -> "list[Node]":
    """The nodes of a list of tokens: gives the runs of stars their meaning."""
    slash = ("char", ord("/"), False)
    nodes: list[Node] = []
    index = 0
    while index < len(tokens):
        if tokens[index] is not _STAR:
            nodes.append(tokens[index])
            index += 1
            continue
        start = index
        while index < len(tokens) and tokens[index] is _STAR:
            index += 1
        is_component = (
            index - start == 2
            and (start == 0 or tokens[start - 1] == slash)
            and (index == len(tokens) or tokens[index] == slash)
        )
        if not is_component:
            nodes.append(_ANY_NAME)
        elif index < len(tokens):  # any number of directories, also none
            nodes.append(("repeat", ("seq", [_ANY_TEXT, slash]), 0, 1))
            index += 1
        elif start == 0:
            nodes.append(_ANY_TEXT)
        else:  # everything below
            nodes.append(("repeat", ("all",), 1, None))
    return nodes
