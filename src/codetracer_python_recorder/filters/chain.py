"""The chain of filter files: finding them, joining them, handing them to the recorder.

A chain is compiled in a process that need not be the recorded one, and handed over as
bytes: the marshalled tuple that `csrc/py/filter_chain.c` describes.
"""

import marshal
import os
from functools import cache

from .files import (
    ACTIONS,
    FilterError,
    FilterFile,
    Io,
    read_file,
)
from .places import find_project_filter
from .selectors import SCOPE_KINDS, VALUE_KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

BUILTIN_PATH = "<inline:builtin-default>"

_INHERIT = -1
_EXEC_NUMBERS = {"inherit": _INHERIT, "trace": 0, "skip": 1}
_STREAM_BITS = {"stdin": 1, "stdout": 2, "stderr": 4}
_ACTION_NUMBERS = {"inherit": _INHERIT, **{name: i for i, name in enumerate(ACTIONS)}}


class Chain:
    """Filter files in their order, the built-in one first.

    default_exec, default_value_action: what holds before any rule. io: the last file's
    `[io]`, or None. warnings: of all files.
    """

    def __init__(self, files: "Sequence[FilterFile]") -> None:
        """Join the files; FilterError when a default has nothing to inherit."""
        self.files = list(files)
        self.default_exec = self._default("default_exec")
        self.default_value_action = self._default("default_value_action")
        self.io: Io | None = None
        for file in files:
            self.io = file.io or self.io
        self.warnings = [text for file in files for text in file.warnings]

    def _default(self, key: str) -> str:
        value = "inherit"
        for file in self.files:
            own = getattr(file, key)
            if own == value == "inherit":
                raise FilterError(
                    f"trace filter '{file.path}': scope.{key}: 'inherit' has nothing "
                    "before it to inherit from"
                )
            value = value if own == "inherit" else own
        return value

    def _streams(self) -> int:
        """The streams that may be recorded, a bit for each."""
        names = tuple(_STREAM_BITS) if self.io is None else self.io.streams
        if self.io is not None and not self.io.capture:
            names = ()
        return sum(_STREAM_BITS[name] for name in names)

    def dump(self) -> bytes:
        """The chain as the recorder takes it."""
        files = tuple(
            (file.path, file.sha256, file.name, str(file.version), file.root)
            for file in self.files
        )
        rules = tuple(
            (
                index,
                SCOPE_KINDS.index(rule.selector.kind),
                rule.selector.compiled,
                _EXEC_NUMBERS[rule.exec],
                _ACTION_NUMBERS[rule.value_default],
                tuple(
                    (
                        VALUE_KINDS.index(pattern.selector.kind),
                        pattern.selector.compiled,
                        _ACTION_NUMBERS[pattern.action],
                    )
                    for pattern in rule.patterns
                ),
            )
            for index, file in enumerate(self.files)
            for rule in file.rules
        )
        chain: tuple[Any, ...] = (
            files,
            _EXEC_NUMBERS[self.default_exec],
            _ACTION_NUMBERS[self.default_value_action],
            rules,
            tuple(self.warnings),
            self._streams(),
        )
        return marshal.dumps(chain)


def builtin_text() -> bytes:
    """The built-in filter file."""
    path = os.path.join(os.path.dirname(__file__), "builtin_default.toml")
    with open(path, "rb") as file:
        return file.read()


@cache
def builtin_file() -> FilterFile:
    """The built-in filter."""
    return FilterFile(BUILTIN_PATH, builtin_text())


def load_chain(directory: str, paths: "Iterable[str]") -> Chain:
    """The chain of a program.

    directory: where the search for the project's own filter begins. paths: the
    explicit filters, absolute. FilterError when one cannot be used.
    """
    own = find_project_filter(directory)
    files = [builtin_file()]
    files += [read_file(path) for path in ([own] if own else [])]
    files += [read_file(path) for path in paths]
    return Chain(files)
