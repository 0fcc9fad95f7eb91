"""A recorded program killed at a random instant leaves a prefix of its whole trace.

The program is deterministic and says on standard output how far it has come; a trace
must not end before that. `CT_SOAK=1` kills many more.
"""

import os
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from readers_support import Readers
from recording import FORMATS, Outcome, Recording, environment, record

from .unfinished import assert_good, command, recover, wait_for_helper

KILLS = 1000 if os.environ.get("CT_SOAK") else 30
ROUNDS = 80
SPIN = 20_000
"""Passes of an empty loop, at most, between what the program says and its death."""

PROGRAM = f"""
import os

class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

def generate(n):
    for i in range(n):
        yield Point(i, str(i) * 20)

def fail(n):
    if n % 3 == 0:
        raise ValueError("number %d" % n)
    return [n] * 5

def work(number):
    found = []
    for point in generate(4):
        try:
            found.append(fail(point.x + number))
        except ValueError as error:
            found.append(point.y)
    return found

for number in range({ROUNDS}):
    result = work(number)
    done = os.write(1, b"%d\\n" % number)
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("program") / "main.py"
    path.write_text(PROGRAM)
    return path


@pytest.fixture(scope="module")
def whole(program: Path) -> Recording:
    """The trace of a run to the end."""
    recording = record("json", [program], program.parent, program.parent / "whole")
    assert recording.outcome.status == 0
    assert_good(recording)
    return recording


def kill_somewhere(seed: int, trace: Path, trace_format: str, program: Path) -> int:
    """Start the program, kill it, and return the number it said last, or -1."""
    chance = random.Random(seed)
    rounds = chance.randrange(-1, ROUNDS)
    process = subprocess.Popen(
        command(trace, trace_format, program),
        cwd=program.parent,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with process.stdout as said:
        for _ in range(rounds + 1):
            said.readline()
        if rounds < 0:  # before or while the recording starts
            while chance.randrange(4) and not (trace / "trace.tape").exists():
                pass
        for _ in range(chance.randrange(SPIN)):
            pass
        process.kill()
        rest = said.read().split(b"\n")
    process.wait()
    return rounds + len(rest) - 1


def assert_is_prefix(cut: list[dict[str, Any]], whole: list[dict[str, Any]]) -> None:
    """Assert that `cut` goes as `whole` does, and then only closes what is open."""
    same = 0
    while same < min(len(cut), len(whole)) and cut[same] == whole[same]:
        same += 1
    closing = [kind for entry in cut[same:] for kind in entry]
    # A first call that is the last record of all gets the Step its path needs.
    assert set(closing) <= {"Type", "Return"} or same < 12, (same, closing)


@pytest.mark.parametrize("seed", range(KILLS))
def test_killed(
    seed: int,
    tmp_path: Path,
    program: Path,
    whole: Recording,
    optional_readers: Readers | None,
) -> None:
    trace, trace_format = tmp_path / "trace", FORMATS[seed % len(FORMATS)]
    said = kill_somewhere(seed, trace, trace_format, program)
    if seed % 3 == 0:
        wait_for_helper(trace)
    else:
        recover(trace)  # a helper may be at it already
    if not (trace / "trace_metadata.json").exists():
        assert said < 0, "nothing is left of a recording"
        return
    recording = Recording(trace, Outcome(-9, b"", b""))
    assert_good(recording)
    recording.assert_loads(optional_readers)
    if recording.metadata["end"] == whole.metadata["end"]:
        assert said == ROUNDS - 1
        return
    assert recording.metadata["end"] == {"reason": "killed", "complete": False}
    assert recording.metadata["process_exit_status"]["label"] == "<exit>"
    cut = recording.records
    if trace_format == "json":
        assert_is_prefix(cut, whole.records)
    numbers = [
        body["value"]["i"]
        for body in recording.bodies("Value")
        if body["value"]["kind"] == "Int"
    ]
    assert said <= max(numbers, default=-1)
