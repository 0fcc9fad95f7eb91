"""Kills a recorded program at random instants and looks at what its trace holds.

The program is deterministic and says on standard output how far it has come. Whenever
it is killed: the checker and both published readers accept the trace; it is a prefix of
the trace of the whole run and then only closes what is open; and it does not end before
what the program had said. `test_kill.py` runs some hundreds of kills; more of them, in
pieces, from the folder `tests`, with the environment that the tests use:

    python -m isolated.kill_harness FIRST COUNT DIRECTORY

prints one line for the piece, and each seed that failed.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from readers_support import Readers
from recording import FORMATS, PACKAGE, Outcome, Recording, environment, record

from .unfinished import assert_good, has_tape, recover, wait_for_helper

ROUNDS = 20
SPIN = 20_000
"""Passes of an empty loop, at most, between what the program says and its death."""
CLOSING = re.compile("(Type |Return )*((Step Call )+(Type |Return )+)?(Step Return )?")
"""Records behind a prefix: Returns; if it ends in another thread, the frames of the
first one open again to be closed; and a Step before the last Return if the last Event
is an Error that no Step follows (trace-formats.md 2.8; the checker knows when)."""
BATCH = 50
"""Traces that a reader is started for."""

PROGRAM = f"""
import os
from concurrent.futures import ThreadPoolExecutor

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

def make(number):  # code that is defined in the thread
    def other(): work(number)
    return other

for number in range({ROUNDS}):
    result = work(number)
    if number % 10 == 1:
        ThreadPoolExecutor(1).submit(make(number)).result()
    done = os.write(1, b"%d\\n" % number)
"""


class Broken(Exception):
    """What a kill has shown to be wrong; the text begins with the seed."""


class Harness:
    """The program, and the trace of its whole run."""

    def __init__(self, directory: Path, readers: Readers | None) -> None:
        self.directory = directory
        self.readers = readers
        self.program = directory / "main.py"
        self.program.write_text(PROGRAM)
        self.whole = record("json", [self.program], directory, directory / "whole")
        assert self.whole.outcome.status == 0, self.whole.outcome.stderr
        assert_good(self.whole)

    def kill_many(self, seeds: Iterable[int]) -> int:
        """Kill once for each seed; the number of traces. Raises `Broken`."""
        waiting: list[Recording] = []
        count = 0
        for seed in seeds:
            try:
                recording = self._kill_once(seed)
            except AssertionError as error:
                raise Broken(f"seed {seed}: {error}") from error
            if recording is not None:
                count += 1
                waiting.append(recording)
            if len(waiting) == BATCH:
                self._have_read(waiting)
                waiting = []
        self._have_read(waiting)
        return count

    def _have_read(self, recordings: list[Recording]) -> None:
        """Both readers find in each file what its metadata says; then it goes."""
        for reader in (self.readers.old, self.readers.new) if self.readers else ():
            is_old = reader == self.readers.old if self.readers else False
            taken = [each for each in recordings if not is_old or _is_for_old(each)]
            files = [recording.events_file for recording in taken]
            said = subprocess.run(
                [reader, *files], check=False, capture_output=True, text=True
            ).stdout.splitlines()
            for recording, line in zip(taken, said, strict=True):
                counts = recording.metadata["counts"]
                wanted = {
                    f"{name}={counts[name + 's']}"
                    for name in ("step", "call", "value", "event")
                }
                if not line.startswith("ok ") or not wanted <= set(line.split()):
                    raise Broken(f"{reader.name}: {line}, said {counts}")
        for recording in recordings:
            shutil.rmtree(recording.directory)

    def _kill_once(self, seed: int) -> Recording | None:
        trace = self.directory / f"trace-{seed}"
        trace_format = FORMATS[seed % len(FORMATS)]
        said = self._kill_somewhere(seed, trace, trace_format)
        if seed % 3 == 0:
            wait_for_helper(trace)
        elif seed % 50 == 1:
            recover(trace)  # a helper may be at it already
        else:
            subprocess.run([_finish_program(), trace], check=False, capture_output=True)
        assert not has_tape(trace)
        if not (trace / "trace_metadata.json").exists():
            assert said < 0, "nothing is left of a recording"
            shutil.rmtree(trace, ignore_errors=True)
            return None
        recording = Recording(trace, Outcome(-9, b"", b""))
        assert_good(recording)
        self._compare(recording, said, trace_format)
        return recording

    def _kill_somewhere(self, seed: int, trace: Path, trace_format: str) -> int:
        """Start the program, kill it, and return the number it said last, or -1."""
        chance = random.Random(seed)
        rounds = chance.randrange(-1, ROUNDS)
        launcher = [sys.executable, "-m", PACKAGE, "--format", trace_format]
        process = subprocess.Popen(
            [*launcher, "-o", trace, self.program],
            cwd=self.directory,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        with process.stdout as output:
            for _ in range(rounds + 1):
                output.readline()
            if rounds < 0:  # before or while the recording starts
                while chance.randrange(4) and not (trace / "trace.tape").exists():
                    pass
            for _ in range(chance.randrange(SPIN)):
                pass
            process.kill()
            rest = output.read().split(b"\n")
        process.wait()
        return rounds + len(rest) - 1

    def _compare(self, recording: Recording, said: int, trace_format: str) -> None:
        if recording.metadata["end"] == self.whole.metadata["end"]:
            assert said == ROUNDS - 1
            return
        assert recording.metadata["end"] == {"reason": "killed", "complete": False}
        assert recording.metadata["notes"] == []
        assert recording.metadata["process_exit_status"]["label"] == "<exit>"
        if trace_format == "json":
            _assert_is_prefix(recording.records, self.whole.records)
        numbers = [
            body["value"]["i"]
            for body in recording.bodies("Value")
            if body["value"]["kind"] == "Int"
        ]
        assert said <= max(numbers, default=-1)


def _is_for_old(recording: Recording) -> bool:
    """Whether the old reader takes it: it refuses the thread records of trace.bin."""
    is_json = recording.events_file.suffix == ".json"
    return is_json or recording.metadata["counts"]["threads"] == 1


def _finish_program() -> Path:
    """What the command line's --recover runs, without starting an interpreter."""
    return Path(sysconfig.get_path("platlib")) / PACKAGE / "ct-finish"


def _assert_is_prefix(cut: list[dict[str, Any]], whole: list[dict[str, Any]]) -> None:
    """Assert that `cut` goes as `whole` does, and then only closes what is open."""
    same = 0
    while same < min(len(cut), len(whole)) and cut[same] == whole[same]:
        same += 1
    closing = [kind for entry in cut[same:] for kind in entry]
    is_closed = CLOSING.fullmatch("".join(f"{kind} " for kind in closing)) is not None
    # A first call that is the last record of all gets the Step its path needs.
    assert is_closed or same < 12, (
        f"record {same} is not that of the whole run, and is followed by",
        closing[:9],
    )


def _main() -> None:
    first, count, directory = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    target = os.environ.get("CARGO_TARGET_DIR", "")
    folder = Path(target) / "debug"
    readers = Readers(folder / "read_old", folder / "read_new") if target else None
    directory.mkdir(parents=True, exist_ok=True)
    harness = Harness(directory, readers)
    traces = harness.kill_many(range(first, first + count))
    who = "checker and both readers" if readers else "checker"
    print(f"{count} kills from seed {first}: {traces} traces, accepted by {who}")


if __name__ == "__main__":
    _main()
