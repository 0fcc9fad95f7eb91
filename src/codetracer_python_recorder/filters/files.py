"""Filter files: TOML with a strict schema, as objects.

Every error says where it is: the file, the place in it (`scope.rules[2].selector`)
and the offending text, and for TOML syntax the line and column.
"""

import os
import re
import stat

from .places import FILTER_DIRECTORY
from .selectors import SCOPE_KINDS, VALUE_KINDS, Selector, SelectorError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    Table = Mapping[str, Any]

EXECS = ("trace", "skip", "inherit")
ACTIONS = ("allow", "redact", "drop")
DEFAULT_ACTIONS = (*ACTIONS, "inherit")
STREAMS = ("stdout", "stderr", "stdin")

MAX_SIZE = 4 << 20
"""Bytes of a filter file."""

_MAX_VERSION = 10**18 - 1
_MAX_OFFENDER = 120
_LOCATION = re.compile(r"^(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)$")


class FilterError(ValueError):
    """A filter file cannot be used; the text says which one, where and why.

    invalid_pattern: what is wrong with a pattern, if that is the reason, else empty.
    """

    def __init__(self, text: str, invalid_pattern: str = "") -> None:
        """The text and the attribute."""
        super().__init__(text)
        self.invalid_pattern = invalid_pattern


class Io:
    """The `[io]` table: whether streams are captured, and which."""

    def __init__(self, capture: bool, streams: tuple[str, ...]) -> None:
        """Both as the file says."""
        self.capture = capture
        self.streams = streams


class ValuePattern:
    """One of a rule's value patterns; `place` is where it stands in the file."""

    def __init__(self, selector: Selector, action: str, reason: str, place: str):
        """All as the file says."""
        self.selector = selector
        self.action = action
        self.reason = reason
        self.place = place


class Rule:
    """A rule; `exec` and `value_default` are `inherit` where it does not say."""

    def __init__(self, selector: Selector, reason: str, place: str) -> None:
        """A rule that decides nothing yet."""
        self.selector = selector
        self.reason = reason
        self.place = place
        self.exec = "inherit"
        self.value_default = "inherit"
        self.patterns: list[ValuePattern] = []


class FilterFile:
    """A filter file that is in order.

    path: for metadata and messages. root: what `file` selectors are relative to.
    sha256: of the file's bytes. warnings: sentences for the user.
    """

    def __init__(self, path: str, data: bytes, root: str = "") -> None:
        """Parse the bytes; FilterError when anything is wrong with them."""
        from hashlib import sha256

        self.path = path
        self.root = root
        self.sha256 = sha256(data).hexdigest()
        self.warnings: list[str] = []
        self.io: Io | None = None
        self.rules: list[Rule] = []
        document = _parse(path, data)
        top = _Table(self, "", document, ("meta", "io", "scope"))
        self._read_meta(top.table("meta", is_required=True))
        if "io" in document:
            self._read_io(top.table("io"))
        self._read_scope(top.table("scope", is_required=True))

    def _read_meta(self, meta: "_Table") -> None:
        meta.allow("name", "version", "description", "labels")
        self.name: str = meta.text("name", is_required=True)
        if not self.name.strip():
            meta.fail("name", "is blank")
        if "\0" in self.name:
            meta.fail("name", "has a NUL character")
        self.version: int = meta.number("version")
        self.description = meta.text("description")
        self.labels = list(dict.fromkeys(meta.texts("labels")))

    def _read_io(self, io: "_Table") -> None:
        io.allow("capture", "streams", "modes")
        capture = io.flag("capture")
        streams = []
        for index, name in enumerate(io.texts("streams")):
            if name == "files":
                if "files" in io.texts("streams")[:index]:
                    continue
                self.warnings.append(
                    f"{self.path}: io.streams[{index}]: 'files' is ignored"
                )
            elif name not in STREAMS:
                io.fail_choice(f"streams[{index}]", name, STREAMS)
            else:
                streams.append(name)
        if io.texts("modes"):
            io.fail("modes", "must be empty")
        if capture and not streams:
            io.fail("streams", "must name at least one stream when capture = true")
        self.io = Io(capture, tuple(dict.fromkeys(streams)))

    def _read_scope(self, scope: "_Table") -> None:
        scope.allow("default_exec", "default_value_action", "rules")
        self.default_exec = scope.choice("default_exec", EXECS, "")
        self.default_value_action = scope.choice(
            "default_value_action", DEFAULT_ACTIONS, ""
        )
        for table in scope.tables("rules"):
            self.rules.append(self._read_rule(table))

    def _read_rule(self, table: "_Table") -> Rule:
        table.allow("selector", "exec", "value_default", "reason", "value_patterns")
        selector = table.selector(SCOPE_KINDS)
        rule = Rule(selector, table.text("reason"), table.place)
        rule.exec = table.choice("exec", EXECS, "inherit")
        rule.value_default = table.choice("value_default", DEFAULT_ACTIONS, "inherit")
        for inner in table.tables("value_patterns"):
            inner.allow("selector", "action", "reason")
            rule.patterns.append(
                ValuePattern(
                    inner.selector(VALUE_KINDS),
                    inner.choice("action", ACTIONS, ""),
                    inner.text("reason"),
                    inner.place,
                )
            )
        return rule


class _Table:
    """A table of the file, for reading it key by key."""

    def __init__(
        self, file: FilterFile, place: str, values: "Table", allowed: "Iterable[str]"
    ) -> None:
        self.file = file
        self.place = place
        self.values = values
        if allowed:
            self.allow(*allowed)

    def where(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def fail(self, key: str, problem: str, invalid_pattern: str = "") -> None:
        text = _message(self.file.path, self.where(key), problem)
        raise FilterError(text, invalid_pattern)

    def fail_choice(self, key: str, value: str, choices: "Iterable[str]") -> None:
        names = tuple(choices)
        self.fail(
            key,
            f"{_shown(value)} is not one of {', '.join(names)}{_near(value, names)}",
        )

    def allow(self, *keys: str) -> None:
        for key in self.values:
            if key not in keys:
                near = _near(key, keys)
                known = "" if near else f"; known here: {', '.join(keys)}"
                self.fail(_shown_key(key), f"unknown key{near}{known}")

    def get(self, key: str, kind: type, name: str, is_required: bool) -> "Any":
        if key not in self.values:
            if is_required:
                self.fail(key, "is missing")
            return None
        value = self.values[key]
        if type(value) is not kind:
            self.fail(key, f"must be {name}, not {_shown(value)}")
        return value

    def table(self, key: str, is_required: bool = False) -> "_Table":
        values = self.get(key, dict, f"a table ([{self.where(key)}])", is_required)
        return _Table(self.file, self.where(key), values or {}, ())

    def tables(self, key: str) -> "list[_Table]":
        place = self.where(key)
        rows = self.get(key, list, f"an array of tables ([[{place}]])", False)
        for index, row in enumerate(rows or []):
            if type(row) is not dict:
                self.fail(f"{key}[{index}]", f"must be a table, not {_shown(row)}")
        return [
            _Table(self.file, f"{place}[{index}]", row, ())
            for index, row in enumerate(rows or [])
        ]

    def text(self, key: str, is_required: bool = False) -> str:
        return self.get(key, str, "a string", is_required) or ""

    def texts(self, key: str) -> list[str]:
        items: list[str] = self.get(key, list, "an array of strings", False) or []
        for index, item in enumerate(items):
            if type(item) is not str:
                self.fail(f"{key}[{index}]", f"must be a string, not {_shown(item)}")
        return items

    def flag(self, key: str) -> bool:
        return bool(self.get(key, bool, "true or false", False))

    def number(self, key: str) -> int:
        number: int = self.get(key, int, "an integer", True)
        if not 1 <= number <= _MAX_VERSION:
            self.fail(key, f"must be an integer from 1 on, not {_shown(number)}")
        return number

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """One of the words; required unless there is a default."""
        word = self.get(key, str, f"one of {', '.join(choices)}", not default)
        if word is None:
            return default
        if word == "deny" and "redact" in choices:
            self.file.warnings.append(
                f"{self.file.path}: {self.where(key)}: 'deny' is deprecated; "
                "write 'redact'"
            )
            return "redact"
        if word not in choices:
            self.fail_choice(key, word, choices)
        return str(word)

    def selector(self, kinds: tuple[str, ...]) -> Selector:
        text = self.text("selector", is_required=True)
        try:
            return Selector(text, kinds)
        except SelectorError as error:
            near = _near(*error.near) if error.near else ""
            message = f"{error}{near}"
            if text not in message:
                message += f" (in {_shown(text)})"
            self.fail("selector", message, str(error) if error.is_pattern else "")
            raise


def read_file(path: str) -> FilterFile:
    """The filter in a file, absolute and symlink-free; FilterError."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # a pipe might never end
            raise FilterError(f"trace filter '{path}' is not a file")
        with open(path, "rb") as file:
            data = file.read(MAX_SIZE + 1)
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise FilterError(f"trace filter '{path}' does not exist") from None
        raise FilterError(
            f"trace filter '{path}' cannot be read: {error.strerror}"
        ) from None
    return FilterFile(path, data, project_root(path))


def project_root(path: str) -> str:
    """The parent of the nearest `.codetracer` directory above, else the directory."""
    directory = os.path.dirname(path)
    above = directory
    while above != os.path.dirname(above):
        if os.path.basename(above) == FILTER_DIRECTORY:
            return os.path.dirname(above)
        above = os.path.dirname(above)
    return directory


def _message(path: str, place: str, problem: str) -> str:
    return f"trace filter '{path}': {place}: {problem}"


def _parse(path: str, data: bytes) -> "Table":
    """The TOML document; FilterError with line and column when it is none."""
    import tomllib

    if len(data) > MAX_SIZE:
        raise FilterError(_message(path, "the file", f"is over {MAX_SIZE} bytes"))
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start]
        raise FilterError(
            _message(
                path,
                f"line {before.count(b'\n') + 1}, "
                f"column {error.start - before.rfind(b'\n')}",
                f"byte 0x{data[error.start]:02x} is not UTF-8",
            )
        ) from None
    try:
        return tomllib.loads(text)
    except RecursionError:
        problem = "is nested too deeply"
    except ValueError as error:
        problem = str(error)
    raise FilterError(_syntax_error(path, text, problem))


def _syntax_error(path: str, text: str, problem: str) -> str:
    """The message with the place first; `text` is where the line is looked up."""
    match = _LOCATION.match(problem)
    if match is None:
        return _message(path, "the file", problem)
    lines = text.replace("\r\n", "\n").split("\n")
    number = int(match[2] or len(lines))
    column = int(match[3] or len(lines[-1]) + 1)
    line = lines[number - 1] if number <= len(lines) else ""
    offender = f" in {_shown(line.strip())}" if line.strip() else ""
    return _message(path, f"line {number}, column {column}", match[1] + offender)


def _shown(value: "Any") -> str:
    """A value of the file in a message, cut."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, str):
        text = repr(value)
    elif isinstance(value, dict):
        text = "a table"
    elif isinstance(value, list):
        text = "an array"
    elif isinstance(value, int) and abs(value) > _MAX_VERSION:
        text = "an integer that large"
    else:
        text = str(value)
    return text if len(text) <= _MAX_OFFENDER else text[:_MAX_OFFENDER] + "…"


def _shown_key(key: str) -> str:
    is_plain = re.fullmatch("[A-Za-z0-9_-]{1,100}", key) is not None
    return key if is_plain else _shown(key)


def _near(word: str, known: "Iterable[str]") -> str:
    """`; did you mean 'x'?`, or nothing."""
    from difflib import get_close_matches

    found = get_close_matches(word[:100], list(known), 1, 0.6)
    return f"; did you mean '{found[0]}'?" if found else ""
