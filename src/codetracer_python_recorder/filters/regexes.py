"""Regular expressions: what RE2 and Python's `re` share, so that files stay portable.

Whatever only one of the two understands, or understands in another way, is an error
with its reason.
"""

from .programs import (
    DIGIT,
    NOT_DIGIT,
    NOT_SPACE,
    NOT_WORD,
    SEARCH,
    SPACE,
    WORD,
    PatternError,
    Set,
    assemble,
    longest_text,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .programs import Node

MAX_REPEAT = 1000
"""What RE2 allows in `{m,n}`."""

_MAX_NESTING = 50
_CONTROLS = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_CLASSES = {
    "w": WORD,
    "W": NOT_WORD,
    "d": DIGIT,
    "D": NOT_DIGIT,
    "s": SPACE,
    "S": NOT_SPACE,
}
_REFUSED_GROUPS = {
    "=": "look-around",
    "!": "look-around",
    "<": "look-around",
    ">": "an atomic group",
    "#": "a comment",
    "(": "a condition",
}
_HEX_DIGITS = "0123456789abcdefABCDEF"


def compile_regex(pattern: str) -> tuple[int, bytes, bytes]:
    """Mode, a text every match contains, program. PatternError for a bad pattern."""
    node = _Parser(pattern).parse()
    needle = longest_text(node[1]) if node[0] == "seq" else b""
    return SEARCH, needle, assemble(node)


def _has_choice(node: "Node") -> bool:
    """Whether there is an alternation or a repeat without bound in it."""
    kind = node[0]
    if kind == "alt" or (kind == "repeat" and node[3] is None):
        return True
    if kind == "repeat":
        return _has_choice(node[1])
    return kind == "seq" and any(map(_has_choice, node[1]))


class _Parser:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.flags = ""  # of "ims"
        self.depth = 0
        self.names: set[str] = set()

    def parse(self) -> "Node":
        while self.global_flags():
            pass
        node = self.alternation()
        if self.position < len(self.pattern):
            raise PatternError("unbalanced parenthesis" + self.place())
        return node

    def place(self) -> str:
        return f" at character {self.position + 1}"

    def peek(self, length: int = 1) -> str:
        return self.pattern[self.position : self.position + length]

    def take(self, what: str) -> str:
        character = self.peek()
        if not character:
            raise PatternError(f"{what} is not finished")
        self.position += 1
        return character

    def global_flags(self) -> bool:
        """Take `(?ims)` at the beginning; False when there is none."""
        end = self.pattern.find(")", self.position)
        letters = self.pattern[self.position + 2 : end]
        if self.peek(2) != "(?" or end < 0 or not letters or letters.strip("ims"):
            return False
        self.flags += letters
        self.position = end + 1
        return True

    def alternation(self) -> "Node":
        branches = [self.sequence()]
        while self.peek() == "|":
            self.position += 1
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else ("alt", branches)

    def sequence(self) -> "Node":
        nodes: list[Node] = []
        while self.peek() not in ("", "|", ")"):
            nodes.append(self.quantified(self.atom()))
        return ("seq", nodes)

    # ---- repeats ----

    def quantified(self, node: "Node") -> "Node":
        bounds = self.quantifier()
        if bounds is None:
            return node
        low, high = bounds
        if node[0] in ("start", "end", "edge"):
            raise PatternError("nothing to repeat" + self.place())
        if self.peek() == "?":  # the shortest match is a match, too
            self.position += 1
        elif self.peek() == "+":
            raise PatternError("a possessive repeat is not portable" + self.place())
        if self.quantifier() is not None:
            raise PatternError("multiple repeat" + self.place())
        if high is None and _has_choice(node):
            raise PatternError(
                "an unbounded repeat may not contain another unbounded repeat or an "
                "alternation (a filter must never take long)"
            )
        return ("repeat", node, low, high)

    def quantifier(self) -> tuple[int, int | None] | None:
        """Take `*`, `+`, `?` or `{m,n}`; None when there is none."""
        character = self.peek()
        if character == "{":
            return self.counts()
        if not character or character not in "*+?":
            return None
        self.position += 1
        return (int(character == "+"), 1 if character == "?" else None)

    def counts(self) -> tuple[int, int | None] | None:
        end = self.pattern.find("}", self.position)
        inside = self.pattern[self.position + 1 : max(end, 0)]
        first, comma, second = inside.partition(",")
        digits = first + second
        if not inside or (digits.strip("0123456789") or not digits.isascii()):
            return None  # ordinary characters
        if not first:
            raise PatternError(f"'{{{inside}}}' is not portable; write '{{0,…}}'")
        low, high = int(first[:6]), int(second[:6]) if second else None
        if max(low, high or 0) > MAX_REPEAT:
            raise PatternError(f"repeats more than {MAX_REPEAT} times")
        if high is not None and high < low:
            raise PatternError(f"bad repeat '{{{inside}}}'")
        self.position = end + 1
        return low, high if comma else low

    # ---- atoms ----

    def atom(self) -> "Node":
        if self.quantifier() is not None:
            raise PatternError("nothing to repeat" + self.place())
        character = self.take("the pattern")
        if character == "(":
            return self.group()
        if character == "[":
            return ("set", self.set())
        if character == "\\":
            return self.escape()
        if character == ".":
            return ("all",) if "s" in self.flags else ("dot",)
        if character in "^$":
            return ("start" if character == "^" else "end", "m" in self.flags)
        return self.char(ord(character))

    def char(self, code: int) -> "Node":
        return ("char", code, "i" in self.flags)

    def group(self) -> "Node":
        self.depth += 1
        if self.depth > _MAX_NESTING:
            raise PatternError("groups are nested too deeply")
        flags = self.flags
        if self.peek() == "?":
            self.position += 1
            self.group_head()
        node = self.alternation()
        if self.peek() != ")":
            raise PatternError("missing ')'")
        self.position += 1
        self.depth -= 1
        self.flags = flags
        return node if node[0] == "alt" else ("seq", [node])

    def group_head(self) -> None:
        """What follows `(?`: a colon, a name or flags."""
        character = self.take("a group")
        if character in _REFUSED_GROUPS:
            raise PatternError(f"{_REFUSED_GROUPS[character]} is not portable")
        if character == "P":
            self.group_name()
            return
        text = character
        while not text.endswith((":", ")")):
            text += self.take("a group")
        added, minus, removed = text[:-1].partition("-")
        if text.endswith(")") or (added + removed).strip("ims") or (minus > removed):
            raise PatternError(
                f"'(?{text}' is not portable; flags are i, m and s, at the beginning "
                "or as in '(?i:…)'"
            )
        kept = (flag for flag in self.flags + added if flag not in removed)
        self.flags = "".join(kept)

    def group_name(self) -> None:
        if self.peek() == "=":
            raise PatternError("a back-reference is not portable")
        end = self.pattern.find(">", self.position)
        name = self.pattern[self.position + 1 : max(end, 0)]
        if self.peek() != "<" or not (name.isascii() and name.isidentifier()):
            raise PatternError("bad group name" + self.place())
        if name in self.names:
            raise PatternError(f"group '{name}' is defined twice")
        self.names.add(name)
        self.position = end + 1

    def escape(self) -> "Node":
        character = self.take("an escape")
        if character in "bB":
            return ("edge", character == "B")
        if character == "A":
            return ("start", False)
        if character in _CLASSES:
            result = Set(False, False)
            result.classes = _CLASSES[character]
            return ("set", result)
        return self.char(self.escaped_code(character))

    def escaped_code(self, character: str) -> int:
        """The character that an escape stands for."""
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character == "x":
            digits = self.peek(2)
            if len(digits) < 2 or digits.strip(_HEX_DIGITS):
                raise PatternError("'\\x' needs two hexadecimal digits" + self.place())
            self.position += 2
            return int(digits, 16)
        if character in "0123456789":
            raise PatternError("a back-reference is not portable")
        if character in "zZ":
            raise PatternError(f"'\\{character}' is not portable; write '$'")
        if character.isalpha() or not character.isascii():
            raise PatternError(f"'\\{character}' is not portable")
        return ord(character)

    # ---- sets ----

    def set(self) -> Set:
        result = Set(self.peek() == "^", "i" in self.flags)
        self.position += result.is_negated
        first = self.position
        while self.peek() != "]" or self.position == first:
            if self.peek(2) in ("--", "&&", "~~", "||", "[:"):
                raise PatternError(
                    f"'{self.peek(2)}' in a set is not portable; escape it"
                )
            low = self.set_item(result)
            if self.peek() != "-" or self.peek(2) == "-]":
                if low is not None:
                    result.ranges.append((low, low))
                continue
            self.position += 1
            high = self.set_item(result)
            if low is None or high is None or high < low:
                raise PatternError("bad range in a set" + self.place())
            result.ranges.append((low, high))
        self.position += 1
        return result

    def set_item(self, result: Set) -> int | None:
        """Take a character; a class goes into the set, for which None stands."""
        character = self.take("a set")
        if character != "\\":
            return ord(character)
        character = self.take("a set")
        if character in _CLASSES:
            result.classes |= _CLASSES[character]
            return None
        if character in "bBA":
            raise PatternError(f"'\\{character}' in a set is not portable")
        return self.escaped_code(character)
