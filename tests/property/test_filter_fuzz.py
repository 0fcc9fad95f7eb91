"""Whatever is written into a filter file, it is a filter or an error with its place.

Files are made by taking a good one and putting other things into it, by writing TOML
of random shape, and from random bytes.
"""

import json
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from codetracer_python_recorder.filters.chain import Chain, builtin_file
from codetracer_python_recorder.filters.files import FilterError, FilterFile

GOOD = """[meta]
name = "example"
version = 1
labels = ["a", "b", "a"]
[io]
capture = true
streams = ["stdout", "stderr"]
[scope]
default_exec = "trace"
default_value_action = "allow"
[[scope.rules]]
selector = "pkg:my_app.services.*"
exec = "trace"
value_default = "redact"
[[scope.rules.value_patterns]]
selector = "local:glob:public_*"
action = "allow"
"""
QUOTED = r"""'(?:[^'\\]|\\.)*(?:'|…)|"(?:[^"\\]|\\.)*(?:"|…)"""
PLACE = re.compile(
    rf"^trace filter 'f\.toml': (line \d+, column \d+|the file|"
    rf"(?:[\w.\[\]-]|{QUOTED})+): .+",
    re.DOTALL,
)
"""What an error begins with; a key of other characters than a bare one's is quoted."""


def check(data: bytes) -> None:
    """Nothing but a filter or an error that says where it is."""
    try:
        file = FilterFile("f.toml", data)
    except FilterError as error:
        assert len(str(error)) < 20_000
        assert PLACE.match(str(error)), str(error)
    else:
        assert isinstance(Chain([builtin_file(), file]).dump(), bytes)


words = st.sampled_from(
    ["meta", "scope", "rules", "name", "version", "selector", "exec", "io", "capture"]
    + ["default_exec", "default_value_action", "value_patterns", "action", "reason"]
    + ["streams", "modes", "value_default", "labels", "x"]
)
texts = (
    st.sampled_from(["trace", "skip", "allow", "deny", "inherit", "pkg:a", "local:x"])
    | st.sampled_from(["file:regex:(", "obj:glob:[", "arg:regex:a{9999}", "stdout", ""])
    | st.text(max_size=12)
)
scalars: Any = (
    texts | st.integers() | st.booleans() | st.floats(allow_nan=False) | st.none()
)
values: Any = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(words | texts, inner, max_size=4)
    ),
    max_leaves=12,
)


def toml(value: Any) -> str:
    """A value as inline TOML; None as a date."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {toml(each)}" for key, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if value is None:
        return "1979-05-27"
    if isinstance(value, float):
        return repr(value) if "inf" not in repr(value) else "inf"
    return json.dumps(value)


@given(st.dictionaries(words, values, max_size=5))
@settings(max_examples=400, deadline=None)
def test_tables_of_any_shape(document: dict[str, Any]) -> None:
    lines = (f"{json.dumps(key)} = {toml(value)}" for key, value in document.items())
    check("\n".join(lines).encode("utf-8", "surrogatepass"))


@given(st.integers(0, len(GOOD)), st.integers(0, 12), st.text(max_size=6))
@settings(max_examples=600, deadline=None)
def test_a_good_file_with_a_piece_replaced(start: int, size: int, text: str) -> None:
    changed = GOOD[:start] + text + GOOD[start + size :]
    check(changed.encode("utf-8", "surrogatepass"))


@given(st.sampled_from(GOOD.splitlines()), words, scalars)
@settings(max_examples=300, deadline=None)
def test_a_good_file_with_a_line_added(line: str, key: str, value: Any) -> None:
    check(GOOD.replace(line, f"{line}\n{key} = {toml(value)}", 1).encode())


@given(st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_bytes(data: bytes) -> None:
    check(data)


def test_extremes() -> None:
    for text in (
        "a = " + "[" * 5000,
        "a = " + "9" * 5000,
        "[" + "a." * 2000 + "b]",
        "a = 0000-00-00",
        GOOD.replace("version = 1", f"version = {'9' * 4000}"),
        GOOD.replace("pkg:my_app.services.*", "pkg:" + "{a,b}" * 40),
        GOOD.replace("pkg:my_app.services.*", "pkg:regex:" + "(a" * 4000),
        GOOD.replace("pkg:my_app.services.*", "pkg:regex:" + "a" * 9000),
        GOOD.replace('"example"', '"\\u0000"'),
    ):
        check(text.encode())
