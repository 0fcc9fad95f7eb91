"""Whatever is written into a filter file, it is a filter or an error with its place.

Files are made by taking a good one and putting other things into it, by writing TOML
of random shape, and from random bytes. `CT_SOAK=1` tries many more.
"""

import json
import marshal
import os
from pathlib import Path
from typing import Any

import pytest
from filter_checks import check_chain, check_file, check_selector, check_target
from hypothesis import given, settings
from hypothesis import strategies as st
from recording import PACKAGE, run

from codetracer_python_recorder.filters.chain import Chain, builtin_file
from codetracer_python_recorder.filters.files import MAX_SIZE

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
SOAK = 50 if os.environ.get("CT_SOAK") else 1

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
@settings(max_examples=400 * SOAK, deadline=None)
def test_tables_of_any_shape(document: dict[str, Any]) -> None:
    lines = (f"{json.dumps(key)} = {toml(value)}" for key, value in document.items())
    check_file("\n".join(lines).encode("utf-8", "surrogatepass"))


@given(st.integers(0, len(GOOD)), st.integers(0, 12), st.text(max_size=6))
@settings(max_examples=600 * SOAK, deadline=None)
def test_a_good_file_with_a_piece_replaced(start: int, size: int, text: str) -> None:
    changed = GOOD[:start] + text + GOOD[start + size :]
    check_file(changed.encode("utf-8", "surrogatepass"))


@given(st.sampled_from(GOOD.splitlines()), words, scalars)
@settings(max_examples=300 * SOAK, deadline=None)
def test_a_good_file_with_a_line_added(line: str, key: str, value: Any) -> None:
    check_file(GOOD.replace(line, f"{line}\n{key} = {toml(value)}", 1).encode())


@given(st.binary(max_size=60))
@settings(max_examples=300 * SOAK, deadline=None)
def test_any_bytes(data: bytes) -> None:
    check_file(data)


CHAIN = marshal.loads(Chain([builtin_file()]).dump())
odd: Any = (
    st.integers(-3, 6)
    | st.sampled_from([2**31, 2**63, -(2**70), None, (), "", b"", b"\xff" * 20, 1.5])
    | st.binary(max_size=24)
    | st.lists(st.integers(0, 2**32 - 1), max_size=9).map(
        lambda words: b"".join(word.to_bytes(4, "little") for word in words)
    )
)


@given(st.data())
@settings(max_examples=400 * SOAK, deadline=None)
def test_a_compiled_chain_with_a_part_exchanged(data: st.DataObject) -> None:
    def exchanged(part: Any, depth: int) -> Any:
        if type(part) is not tuple or not part or depth == 0:
            return data.draw(odd)
        at = data.draw(st.integers(0, len(part) - 1))
        rest = part[at + data.draw(st.integers(0, 2)) :]
        return (*part[:at], exchanged(part[at], depth - 1), *rest)

    check_chain(exchanged(CHAIN, data.draw(st.integers(0, 6))))


@pytest.mark.parametrize("number", [2**70, -(2**70), 2**31, -1, 3])
def test_numbers_of_a_chain_are_in_their_range(number: int) -> None:
    for at in (1, 2):
        check_chain((*CHAIN[:at], number, *CHAIN[at + 1 :]))
    rule = CHAIN[3][0]
    for at in (0, 1, 3, 4):
        changed = (*rule[:at], number, *rule[at + 1 :])
        check_chain((*CHAIN[:3], (changed,), CHAIN[4]))


pieces = st.sampled_from(
    ["pkg", "local", "attr", ":", ":regex:", ":glob:", ":literal:", "(", ")", "[", "]"]
    + ["{", "}", "*", "**/", "a+", "{1000}", "(?i)", "\\", "|", "^", "$", "\\b", "é"]
) | st.text(max_size=3)


@given(st.lists(pieces, max_size=12).map("".join), st.text(max_size=40))
@settings(max_examples=500 * SOAK, deadline=None)
def test_any_selector_and_any_name(selector: str, name: str) -> None:
    check_selector(selector, name)


@pytest.mark.parametrize(
    "selector",
    [
        "pkg:regex:" + "a?" * 900 + "a" * 900,
        "pkg:regex:(?:(?:a{30}){30}){4}[ab]",
        "pkg:regex:" + "(?:" * 49 + "a?" + ")?" * 49,
        "pkg:regex:" + "a*" * 1300 + "b",
        "pkg:regex:^" + "[^b]*" * 1300 + "$",
        "pkg:glob:" + "*a" * 2000,
        "pkg:glob:" + "**/" * 1000 + "b",
        "pkg:glob:" + "{a,aa}" * 9 + "b",
    ],
)
def test_patterns_that_take_backtracking_matchers_for_ever(selector: str) -> None:
    check_selector(selector, "a" * 1024)
    check_selector(selector, "a/" * 512)


targets = st.sampled_from(
    ["json", ".", ":", "loads", "os.path", "/", "~", "1", "<module>", __file__, " "]
    + ["\0", "\ud800", "é", "x.py", "9" * 30, "..", "encodings", "/dev", "/tmp"]
)


@given(st.lists(targets, max_size=5).map("".join))
@settings(max_examples=150 * SOAK, deadline=None)
def test_any_target(text: str) -> None:
    check_target(text)


@pytest.mark.parametrize(
    "text", ["a." * 2000, "a" * 50_000, __file__ + ":" + "9" * 4000]
)
def test_long_targets(text: str) -> None:
    check_target(text)


def test_a_target_that_cannot_be_compiled(tmp_path: Path) -> None:
    nested = "f = " + "lambda: " * 3000 + "0\n"
    for number, source in enumerate(
        (
            nested,
            "(" * 5000,
            "x = \0",
            "\ud800",
            "-" * 100_000 + "1",
            "é = " + "[" * 150,
        )
    ):
        path = tmp_path / f"t{number}.py"
        path.write_bytes(source.encode("utf-8", "surrogatepass"))
        check_target(f"{path}:1")


def test_questions_of_the_command_line_in_any_bytes(tmp_path: Path) -> None:
    """File names need not be text, and standard output may not take all text."""
    name = b"f\xff.toml"
    Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).write_text(GOOD)
    variables = {"PYTHONIOENCODING": "ascii"}
    for options in (["--check-filter", name], ["--explain-filter", b"x\xff.y"]):
        done = run(["-m", PACKAGE, *options], tmp_path, variables=variables)
        assert b"Traceback" not in done.stderr
        assert b"\\udcff" in done.stdout + done.stderr


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
        GOOD.replace('"example"', '"a\0b"'),
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        "a = {" * 3000,
        "a = " + "{a=" * 3000,
        "a." * 3000 + "a = 1",
        "a = 1e" + "9" * 4000,
        "a = 0x" + "f" * 4000,
        "[[" + "scope." * 500 + "rules]]",
        "x" * (10 << 20),
        GOOD + "# " + "x" * (MAX_SIZE - len(GOOD) - 3),
        GOOD + "\n" * (MAX_SIZE - len(GOOD)),
        GOOD + "[[scope.rules]]\nselector = 'pkg:a'\n" * 3000,
    ):
        check_file(text.encode("utf-8", "surrogatepass"))
