"""Golden traces: small programs, one idea each, and the records they must give.

A file `golden/NAME.trace` begins with what follows the recorder on a command line, run
in `programs`; the rest is the trace as `trace_text` writes it. `--update-golden` writes
that anew; a new golden trace begins as a file of one line. Where versions of CPython
report other lines, `golden/NAME.3.N.trace` holds for 3.N alone.
"""

import os
import shlex
import sys
from pathlib import Path

import pytest
from checker import equal_in_both_formats
from readers_support import Readers
from recording import PROGRAMS, TESTS, Recording, record
from trace_text import trace_lines

GOLDEN = TESTS / "golden"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.trace") if "." not in path.stem)


def golden_file(name: str) -> Path:
    """The file that holds for this version of CPython.

    NAME.3.13.9.trace holds for 3.13.0 to 3.13.9, NAME.3.13.trace for all of 3.13.
    """
    major, minor, micro = sys.version_info[:3]
    until = [
        int(path.suffixes[-2][1:])
        for path in GOLDEN.glob(f"{name}.{major}.{minor}.*.trace")
    ]
    limits = [limit for limit in until if limit >= micro]
    version = f"{major}.{minor}.{min(limits)}" if limits else f"{major}.{minor}"
    variant = GOLDEN / f"{name}.{version}.trace"
    return variant if variant.exists() else GOLDEN / f"{name}.trace"


def golden_command(name: str) -> list[str]:
    """What follows the recorder on the command line."""
    first = golden_file(name).read_text(encoding="utf-8").splitlines()[0]
    return shlex.split(first.removeprefix("$ "))


def test_there_are_golden_traces() -> None:
    assert len(NAMES) > 20


@pytest.mark.parametrize("name", NAMES)
def test_golden(
    name: str,
    tmp_path: Path,
    optional_readers: Readers | None,
    pytestconfig: pytest.Config,
) -> None:
    golden = golden_file(name)
    command, *expected = golden.read_text(encoding="utf-8").splitlines()
    arguments = golden_command(name)
    json_trace = record("json", arguments, PROGRAMS, tmp_path / "json")
    binary_trace = record("binary", arguments, PROGRAMS, tmp_path / "binary")
    for trace in (json_trace, binary_trace):
        trace.assert_clean()
        trace.assert_loads(optional_readers)
    assert equal_in_both_formats(json_trace.directory, binary_trace.directory) == []
    assert json_trace.outcome == binary_trace.outcome

    lines = [*trace_lines(json_trace.records, PROGRAMS), end_line(json_trace)]
    if pytestconfig.getoption("--update-golden"):
        write(golden, [command, *lines])
    else:
        assert lines == expected


def end_line(trace: Recording) -> str:
    """What the metadata says about the end."""
    reason = trace.metadata["end"]["reason"]
    cut = trace.metadata["counts"]["truncated_values"]
    return f"end {reason}  status={trace.outcome.status} truncated_values={cut}"


def write(golden: Path, lines: list[str]) -> None:
    """Replace a golden trace at once: workers may write variants side by side."""
    new = golden.with_suffix(f".new-{os.getpid()}")
    new.write_text("\n".join([*lines, ""]), encoding="utf-8")
    new.replace(golden)
