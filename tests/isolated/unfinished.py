"""What a process that died has left, and how it is finished."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from recording import PACKAGE, Outcome, Recording, run

PATIENCE = 60.0
"""Seconds until a helper is given up."""


def has_tape(trace: Path) -> bool:
    """Whether a recording was not finished, or not yet."""
    return (trace / "trace.tape").exists()


def wait_until(has_come: Callable[[], bool]) -> None:
    """Wait for what a helper is about to do."""
    deadline = time.monotonic() + PATIENCE
    while not has_come():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def wait_for_helper(trace: Path) -> None:
    """Wait until the helper of a dead process has finished its trace."""
    wait_until(lambda: not has_tape(trace))


def wait_until_left_alone(trace: Path) -> None:
    """Wait until no helper is at what a process that has ended left."""
    wait_until(lambda: helpers_of(trace) == [])


def recover(trace: Path) -> Outcome:
    """Run the command line's --recover."""
    return run(["-m", PACKAGE, "--recover", trace], trace.parent)


def helpers_of(trace: Path) -> list[int]:
    """The helpers that watch this directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[1:3] == [b"--watch", os.fsencode(trace)]:
            found.append(int(entry.name))
    return found


def assert_good(recording: Recording) -> None:
    """Assert that a trace is whole in itself and that nothing else is there."""
    names = {path.name for path in recording.directory.iterdir()}
    events_file = recording.events_file.name
    assert names == {events_file, "trace_metadata.json", "trace_paths.json"}
    recording.assert_clean()


def command(trace: Path, trace_format: str, *program: str | Path) -> list[str | Path]:
    """The command line that records a program."""
    launcher = [sys.executable, "-m", PACKAGE, "--format", trace_format, "-o", trace]
    return [*launcher, *program]
