"""Every line and every value, against a recorder written with `sys.settrace`.

The programs in `programs/oracle` show one idea each. What the reference says of them
must be what the trace says, but for what `oracle.differences` lists with its reason.
"""

import json
import sys
from pathlib import Path

import pytest
from checker import check_trace
from oracle.client import Outcome, Worker
from oracle.differences import first_difference, reason_to_skip, reason_to_skip_far
from oracle.reference import Reference
from oracle.render import render
from oracle.spreading import PROGRAMS as PROGRAMS_OF_FAR_LINES
from oracle.spreading import cut, spread
from oracle.traces import events_of
from recording import PROGRAMS

CORPUS = sorted((PROGRAMS / "oracle").glob("*.py"))


def test_there_are_programs() -> None:
    assert len(CORPUS) >= 150


def compare(program: Path, worker: Worker, trace: Path) -> None:
    """Record a program and have the reference watch it."""
    answer = worker.run(program, trace)
    assert answer.plain == answer.recorded
    if program.stem.startswith("inert"):
        assert answer.plain.exception == "", "what follows in it is not tested"
    assert [str(problem) for problem in check_trace(trace)] == []
    records = json.loads((trace / "trace.json").read_text(encoding="utf-8"))
    difference = first_difference(events_of(records), answer.events)
    assert difference is None, difference


@pytest.mark.parametrize("program", CORPUS, ids=lambda path: path.stem)
def test_program(program: Path, worker: Worker, tmp_path: Path) -> None:
    reason = reason_to_skip(program)
    if reason is not None:
        pytest.skip(reason)
    compare(program, worker, tmp_path / "trace")


slow_lines = pytest.mark.skipif(
    sys.version_info >= (3, 13, 3), reason="LINE events are fast there"
)


@slow_lines
@pytest.mark.parametrize("name", PROGRAMS_OF_FAR_LINES)
def test_far_lines(name: str, worker: Worker, tmp_path: Path) -> None:
    reason = reason_to_skip_far(name)
    if reason is not None:
        pytest.skip(reason)
    program = tmp_path / "program.py"
    program.write_text(cut(PROGRAMS_OF_FAR_LINES[name]))
    compare(program, worker, tmp_path / "trace")


@slow_lines
@pytest.mark.parametrize("program", CORPUS, ids=lambda path: path.stem)
def test_program_of_far_lines(program: Path, worker: Worker, tmp_path: Path) -> None:
    """The lines of long modules and functions are told by INSTRUCTION events."""
    reason = reason_to_skip(program) or reason_to_skip_far(program.stem)
    if reason is not None:
        pytest.skip(reason)
    long = tmp_path / program.name
    long.write_text(spread(program.read_text(encoding="utf-8")), encoding="utf-8")
    compare(long, worker, tmp_path / "trace")


def test_reference_sees_what_is_there(worker: Worker, tmp_path: Path) -> None:
    """The oracle itself, on a program whose events are written out here."""
    program = tmp_path / "program.py"
    program.write_text("def f(x):\n    x.append(1)\n\n\ny = []\nf(y)\n")
    events = worker.run(program, tmp_path / "trace").events
    empty, full = (["Sequence", "list", each] for each in ([], [["Int", "int", 1]]))
    function = ["Raw", "function", "<function f>"]
    none = ["None", "None", None]
    assert events == [
        ["call", "<__main__>", 1, []],
        ["line", 1, []],
        ["line", 5, [["f", function]]],
        ["line", 6, [["y", empty]]],
        ["call", "f", 1, [["x", empty]]],
        ["line", 2, [["x", empty]]],
        ["line", 2, [["x", full]]],
        ["return", none],
        ["line", 6, [["y", full]]],
        ["return", none],
    ]
    assert Outcome("", "") == worker.run(program, tmp_path / "again").plain
    assert Reference(program).events == []


def test_bounds_of_the_reference() -> None:
    """The examples of the contract."""
    assert render([[[5]]])[2][0][2][0][2] == [["Int", "int", 5]]
    assert render([[[[5]]]])[2][0][2][0][2] == [["Raw", "list", "<list, 1 item>"]]
    wide = render([[0] * 20] * 10)
    assert wide[2] == [["Raw", "list", "<list, 20 items>"]] * 10
    assert render(list(range(33)))[2][32] == ["Raw", "Cut", "… +1 more"]
