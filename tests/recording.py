"""Programs run plain and recorded, for the tests to compare.

Everything runs in a process of its own, with the interpreter of the tests, in an
environment without anything that speaks to Python or to the recorder.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from checker import check_trace, load_records
from readers_support import Readers, Refused, assert_readable, load

from codetracer_python_recorder import codetracer_python_recorder as native

TESTS = Path(__file__).resolve().parent
PROGRAMS = TESTS / "programs"
PACKAGE = "codetracer_python_recorder"
HAS_DIRECT_FRAMES = native._frame_adapter == "direct"
"""Whether the build reads frames itself, not by CPython's public API."""
FORMATS = ("json", "binary")
OLD_READERS = "trace.bin is too large for readers before "
"""How the note begins that names the readers which refuse a trace."""
TIMEOUT = 200.0
"""Seconds after which a run is given up; only a program that hangs gets there."""

_FOREIGN_VARIABLES = ("CODETRACER", "COVERAGE", "HYPOTHESIS", "PYTEST", "PYTHON")

Argument = str | os.PathLike[str]


@dataclass(frozen=True)
class Outcome:
    """What a run ended with; status is negative for a signal."""

    status: int
    stdout: bytes
    stderr: bytes


@dataclass(frozen=True)
class Recording:
    """A finished trace. directory: its folder. outcome: how the program ended."""

    directory: Path
    outcome: Outcome

    @property
    def events_file(self) -> Path:
        """`trace.json` or `trace.bin`."""
        [path] = (path for path in self.directory.iterdir() if path.stem == "trace")
        return path

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """The records, in the shape of `trace.json`."""
        return load_records(self.directory)

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """The content of `trace_metadata.json`."""
        return load_metadata(self.directory)

    def bodies(self, kind: str) -> list[Any]:
        """The bodies of all records of a kind."""
        return [record[kind] for record in self.records if kind in record]

    def assert_clean(self) -> None:
        """Assert that the checker has nothing to say."""
        assert [str(problem) for problem in check_trace(self.directory)] == []

    def assert_loads(self, readers: Readers | None) -> None:
        """Assert that the readers, if there are any, find what the metadata says.

        The old reader must refuse what it is known to refuse, and nothing else: thread
        records, and a `trace.bin` beyond its limit, of which the metadata has a note.
        """
        if readers is None:
            return
        said = self.metadata["counts"]
        has_threads = self.bodies("ThreadStart") if said["threads"] > 1 else []
        is_refused = bool(has_threads) or any(
            note.startswith(OLD_READERS) for note in self.metadata["notes"]
        )
        counts = assert_readable(readers, self.events_file, old_reader=not is_refused)
        assert (counts.step, counts.call, counts.value, counts.event) == tuple(
            said[key] for key in ("steps", "calls", "values", "events")
        )
        if is_refused:
            with pytest.raises(Refused):
                load(readers.old, self.events_file)


def load_metadata(directory: Path) -> dict[str, Any]:
    """The content of a trace's `trace_metadata.json`."""
    text = (directory / "trace_metadata.json").read_text(encoding="utf-8")
    metadata: dict[str, Any] = json.loads(text)
    return metadata


def environment(**variables: str) -> dict[str, str]:
    """The tests' environment without the variables that change how Python runs.

    But for the allocator, which those who look for errors of memory choose.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_FOREIGN_VARIABLES) or name == "PYTHONMALLOC"
    }
    if "t" in sys.abiflags:  # recording needs the GIL; the interpreter would warn of it
        kept["PYTHON_GIL"] = "1"
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"} | variables


def run(
    command: Sequence[Argument],
    directory: Path,
    variables: Mapping[str, str] | None = None,
) -> Outcome:
    """Run the interpreter with what follows it on the command line, in a directory."""
    process = subprocess.run(
        [sys.executable, *command],
        check=False,
        cwd=directory,
        env=environment(**(variables or {})),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT,
    )
    return Outcome(process.returncode, process.stdout, process.stderr)


def record(
    trace_format: str,
    command: Sequence[Argument],
    directory: Path,
    trace: Path,
    options: Sequence[Argument] = (),
    variables: Mapping[str, str] | None = None,
) -> Recording:
    """Record what the recorder's command line names, with its options, into `trace`."""
    launcher = ["-m", PACKAGE, "--format", trace_format, "-o", trace, *options]
    return Recording(trace, run([*launcher, *command], directory, variables))
