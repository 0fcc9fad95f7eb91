"""Real programs, recorded in both formats: the program unchanged, the trace right.

Every recording must behave as the plain run, and load in the published readers with
the counts its metadata says. The checker, which is slow, reads small recordings whole
and in both formats; of large programs it reads one recording with few values, and of
the largest the records are only looked through.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from checker import equal_in_both_formats
from checker.vocabulary import EVENT_WRITE
from readers_support import Readers
from recording import FORMATS, PROGRAMS, Outcome, Recording, record, run

REAL = PROGRAMS / "real"
FEW_VALUES = ("--globals", "none", "--max-variables", "1", "--max-nodes", "2")
SECONDS = re.compile(rb"in [0-9.]+s")


@dataclass(frozen=True)
class Program:
    """A program to record.

    command: what follows the interpreter. stdout: a part of what it prints. check: how
    its records are checked, `WHOLE`, `FEW` or `LIGHT`. options: the recorder's.
    """

    name: str
    command: tuple[str, ...]
    stdout: bytes
    check: str
    options: tuple[str, ...] = ()


NO_OUTPUT = ("--io-capture", "off")
WHOLE, FEW, LIGHT = "whole", "few", "light"
PYTEST = ("-m", "pytest", "-q", "--assert=plain", "-p", "no:cacheprovider")
PROGRAM_LIST = [
    # With default options its trace has gigabytes: nearly all is pytest's own.
    Program("pytest", (*PYTEST, "suite_pytest.py"), b"3 passed", LIGHT, FEW_VALUES),
    Program("document", ("document.py",), b"<em>paragraph</em>", FEW),
    Program("highlight", ("highlight.py",), b'<span class="k">def</span>', FEW),
    Program("sql", ("sql.py",), b"\nFROM t\n", FEW),
    Program("loop", ("loop.py",), b"4999950000", LIGHT),
    Program("template", ("template.py",), b"Hello 1. ADA, 2. GRACE!", FEW),
    Program("markdown", ("markdown.py",), b"<th>a</th>", FEW),
    Program("json.tool", ("-m", "json.tool", "data.json"), b'"Ada"', WHOLE),
    Program("deep", ("deep.py",), b"RecursionError", WHOLE),
    # It prints how long it took, which no two runs have in common.
    Program("unittest", ("-m", "unittest", "suite_unittest"), b"", WHOLE, NO_OUTPUT),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A directory for large traces, gone after the test."""
    with TemporaryDirectory(prefix="trace-") as name:
        yield Path(name)


def without_times(outcome: Outcome) -> Outcome:
    """An outcome without what test runners print of their duration."""
    texts = (SECONDS.sub(b"in Ns", text) for text in (outcome.stdout, outcome.stderr))
    return Outcome(outcome.status, *texts)


def look_through(trace: Recording) -> None:
    """Assert what can be seen of the records in one pass, much quicker than the rules.

    Rule 12, that calls and returns match; 9, that definitions come before their use;
    and that no Step is past the end of its file, if there is one.
    """
    paths = trace.bodies("Path")
    highest = [0] * len(paths)
    defined = {"Path": 0, "Function": 0, "VariableName": 0}
    depth = 0
    last = trace.records[-1]
    for each in trace.records:
        [(kind, body)] = each.items()
        if kind == "Step":
            path = body["path_id"]
            assert 0 <= path < defined["Path"] and body["line"] >= 1
            highest[path] = max(highest[path], body["line"])
        elif kind == "Value":
            assert 0 <= body["variable_id"] < defined["VariableName"]
        elif kind == "Call":
            assert 0 <= body["function_id"] < defined["Function"]
            depth += 1
        elif kind == "Return":
            depth -= 1
            assert depth > 0 or each is last
        elif kind in defined:
            defined[kind] += 1
    assert depth == 0
    for path, line in zip(paths, highest, strict=True):
        if Path(path).exists() and line > 1:
            assert line <= len(Path(path).read_bytes().splitlines()), path


@pytest.mark.parametrize("program", PROGRAM_LIST, ids=lambda program: program.name)
def test_program(
    program: Program,
    folder: Path,
    optional_readers: Readers | None,
) -> None:
    variables = {"PYTHONHASHSEED": "0", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    plain = without_times(run(program.command, REAL, variables))
    assert plain.status == 0
    assert program.stdout in plain.stdout

    def recording(name: str, trace: str, options: tuple[str, ...]) -> Recording:
        return record(name, program.command, REAL, folder / trace, options, variables)

    traces = {name: recording(name, name, program.options) for name in FORMATS}
    for trace in traces.values():
        assert without_times(trace.outcome) == plain
        trace.assert_loads(optional_readers)
        assert trace.metadata["end"] == {"reason": "exit", "complete": True}
    if program.check == LIGHT:
        look_through(traces["json"])
    elif program.check == FEW:
        few = recording("json", "few", FEW_VALUES)
        few.assert_clean()
        look_through(few)
    else:
        for trace in traces.values():
            trace.assert_clean()
        assert equal_in_both_formats(folder / "json", folder / "binary") == []


def test_template_has_a_path_of_its_own(tmp_path: Path) -> None:
    trace = record("json", ["template.py"], REAL, tmp_path)
    template = REAL / "greeting.txt"
    functions = trace.bodies("Function")
    [path_id] = [
        path_id
        for path_id, path in enumerate(trace.bodies("Path"))
        if path.startswith(str(template))
    ]
    assert trace.bodies("Path")[path_id] == f"{template} (generated)"
    assert [each["name"] for each in functions if each["path_id"] == path_id] == [
        "<greeting.txt>",
        "root",
    ]
    lines = [
        step["line"] for step in trace.bodies("Step") if step["path_id"] == path_id
    ]
    assert max(lines) > len(template.read_text().splitlines())


def test_loop_has_every_iteration(tmp_path: Path) -> None:
    trace = record("json", ["loop.py"], REAL, tmp_path)
    names = trace.bodies("VariableName")
    seen = [
        each["value"]["i"]
        for each in trace.bodies("Value")
        if names[each["variable_id"]] == "n"
    ]
    # Each number is shown at both lines of the loop, the last one once more at the end.
    assert seen == [n for n in range(100_000) for _ in range(2)] + [99_999]


def test_recursion_reaches_the_limit(tmp_path: Path) -> None:
    trace = record("binary", ["deep.py"], REAL, tmp_path)
    functions = trace.bodies("Function")
    arguments = [
        call["args"][0]["value"]["i"]
        for call in trace.bodies("Call")
        if functions[call["function_id"]]["name"] == "down"
    ]
    assert arguments == list(range(len(arguments)))
    assert 900 < len(arguments) < 1000
    error, *output = trace.bodies("Event")
    assert all(event["kind"] == EVENT_WRITE for event in output)
    assert error["content"] == "RecursionError: maximum recursion depth exceeded"


def test_module_with_many_names(
    tmp_path: Path, optional_readers: Readers | None
) -> None:
    lines = [f"name_{n % 2000} = {n}" for n in range(5000)]
    (tmp_path / "many.py").write_text("\n".join(lines) + "\n")
    trace = record("json", ["many.py"], tmp_path, tmp_path / "trace")
    assert trace.outcome.status == 0
    trace.assert_loads(optional_readers)
    assert trace.events_file.stat().st_size < 40_000_000
    counts = trace.metadata["counts"]
    assert counts["steps"] == 5001
    # All names until there are more than 64; then 64 and the mark, also at the end.
    assert counts["values"] == sum(range(65)) + 65 * (5001 - 65)


FROZEN = """\
from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    x: int


Point(1).x = 2
"""


def test_error_in_generated_code_is_where_its_class_is(tmp_path: Path) -> None:
    """The code of `__setattr__` has lines, but they are of no file."""
    program = tmp_path / "program.py"
    program.write_text(FROZEN)
    trace = record("json", ["program.py"], tmp_path, tmp_path / "trace")
    trace.assert_clean()
    told = [json.loads(event["metadata"]) for event in trace.bodies("Event")]
    errors = [each for each in told if each.get("type") == "FrozenInstanceError"]
    assert {(each["path"], each["line"]) for each in errors} == {(str(program), 5)}
