"""Selectors: `kind:pattern` or `kind:matchtype:pattern`."""

from functools import lru_cache

from .globs import compile_glob
from .programs import LITERAL, PatternError
from .regexes import compile_regex

SCOPE_KINDS = ("pkg", "file", "obj")
"""What a rule can select, in the order of the numbers in a compiled chain."""

VALUE_KINDS = ("local", "global", "arg", "ret", "attr")
"""What a value pattern can select, in the order of enum ct_filter_kind."""

MATCH_TYPES = ("glob", "regex", "literal")

MAX_PATTERN = 8192
"""Characters of a pattern."""


class SelectorError(ValueError):
    """The text is no selector.

    near: a misspelled word and the words there are, or None. is_pattern: it is the
    pattern that is invalid.
    """

    def __init__(
        self,
        message: str,
        near: tuple[str, tuple[str, ...]] | None = None,
        is_pattern: bool = False,
    ) -> None:
        """The message and the attributes."""
        super().__init__(message)
        self.near = near
        self.is_pattern = is_pattern


class Selector:
    """A selector, with its pattern compiled.

    text: as written. kind: one of the kinds. match_type: glob, regex or literal.
    pattern: the pattern's text. compiled: mode, needle and program for the matcher.
    """

    def __init__(self, text: str, kinds: tuple[str, ...]) -> None:
        """Take `text` apart; SelectorError unless it is a selector of these kinds."""
        self.text = text.strip()
        if not self.text:
            raise SelectorError("selector string is empty")
        self.kind, colon, rest = self.text.partition(":")
        if not colon:
            raise SelectorError("selector missing pattern")
        if self.kind not in SCOPE_KINDS + VALUE_KINDS:
            raise SelectorError(
                f"unsupported selector kind '{self.kind}'", (self.kind, kinds)
            )
        if self.kind not in kinds:
            raise SelectorError(
                f"selector kind '{self.kind}' is not allowed in this context"
            )
        self.match_type, colon, self.pattern = rest.partition(":")
        if not colon:
            self.match_type, self.pattern = "glob", rest
        elif not self.match_type:
            raise SelectorError("selector match type cannot be empty")
        elif self.match_type not in MATCH_TYPES:
            raise SelectorError(
                f"unsupported selector match type '{self.match_type}'",
                (self.match_type, MATCH_TYPES),
            )
        if not self.pattern:
            raise SelectorError("selector pattern cannot be empty")
        self.compiled = self._compile()

    def _compile(self) -> tuple[int, bytes, bytes]:
        try:
            if len(self.pattern) > MAX_PATTERN:
                raise PatternError(f"longer than {MAX_PATTERN} characters")
            if self.match_type == "literal":
                return LITERAL, self.pattern.encode("utf-8", "replace"), b""
            return _compile_pattern(self.match_type, self.pattern)
        except PatternError as error:
            raise SelectorError(
                f"invalid {self.match_type} pattern '{self.pattern}': {error}",
                is_pattern=True,
            ) from None


@lru_cache(maxsize=1024)
def _compile_pattern(match_type: str, pattern: str) -> tuple[int, bytes, bytes]:
    """The same pattern often stands behind several kinds."""
    if match_type == "glob":
        return compile_glob(pattern)
    return compile_regex(pattern)
