"""The helper that writes the trace while the program runs, and what can befall it.

Whatever happens on the way, the trace is byte for byte that of a run without a helper,
or the beginning of it when the process was killed.
"""

import ctypes
import os
import pty
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from recording import Outcome, Recording, environment

from .unfinished import (
    PATIENCE,
    assert_good,
    command,
    has_tape,
    helpers_of,
    recover,
    wait_for_helper,
    wait_until_left_alone,
)

# Each thread runs to its end within one line of the main one, so the order is always
# the same; code made by exec is not recorded, and no value holds a number of a thread.
PROGRAM = """
import sys, threading
def f(n):
    found = []
    for i in range(n):
        found = [i, str(i) * 20]
    return found
def in_turns(n):
    for i in range(n):
        run(threading.Thread(target=f, args=(40,)))
exec("def run(thread): thread.start(); thread.join()")
f(3000)
in_turns(20)
print("ready", flush=True)
sys.stdin.readline()
f(3000)
print("done")
"""
# Before 3.13 a thread that was joined may not quite have ended: a record more or less.
SAME = ("--thread-records", "off")
READ = 24  # where the page of trace.tape/output counts what is in the trace
PR_SET_CHILD_SUBREAPER = 36


class Waiting:
    """The program, which waits in its middle until it is told to go on."""

    def __init__(
        self,
        program: Path,
        trace: Path,
        trace_format: str,
        options: Sequence[str] = (),
        arguments: Sequence[str] = (),
        stderr: int = subprocess.PIPE,
        before: Callable[[], object] | None = None,
    ) -> None:
        self.trace = trace
        self.process = subprocess.Popen(
            command(trace, trace_format, *SAME, *options, program, *arguments),
            cwd=program.parent,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            preexec_fn=before,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n"

    def read(self) -> int:
        """Bytes of the tape's segments that the helper has taken into the trace."""
        page = (self.trace / "trace.tape" / "output").read_bytes()
        (read,) = struct.unpack_from("<Q", page, READ)
        return int(read)

    def wait_until_followed(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.read() == 0:
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def signal_helper(self, number: int) -> None:
        [helper] = helpers_of(self.trace)
        os.kill(helper, number)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> Recording:
        stdout, stderr = self.process.communicate(b"\n", timeout=PATIENCE)
        outcome = Outcome(self.process.returncode, stdout, stderr or b"")
        assert (outcome.status, outcome.stdout, outcome.stderr) == (0, b"done\n", b"")
        return Recording(self.trace, outcome)

    def left(self) -> Recording:
        """The trace that somebody else has finished."""
        return Recording(self.trace, Outcome(0, b"", b""))

    def discard(self) -> None:
        self.process.kill()
        self.process.communicate()
        for helper in helpers_of(self.trace):
            os.kill(helper, signal.SIGKILL)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("program") / "program.py"
    path.write_text(PROGRAM)
    return path


def be_subreaper() -> None:
    """The process gets no helper then (docs/reliability.md)."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@pytest.fixture(scope="module", params=["json", "binary"])
def whole(request: pytest.FixtureRequest, program: Path) -> Recording:
    """The run without a helper; its `events_file` tells the format."""
    trace = program.parent / str(request.param)
    waiting = Waiting(program, trace, request.param, before=be_subreaper)
    assert helpers_of(trace) == []
    return waiting.end()


@pytest.fixture
def waiting(whole: Recording, program: Path, tmp_path: Path) -> Iterator[Waiting]:
    trace_format = "json" if whole.events_file.suffix == ".json" else "binary"
    found = Waiting(program, tmp_path / "trace", trace_format)
    found.wait_until_followed()
    yield found
    found.discard()


def assert_same(recording: Recording, whole: Recording) -> None:
    assert_good(recording)
    assert recording.events_file.read_bytes() == whole.events_file.read_bytes()
    assert recording.metadata["counts"] == whole.metadata["counts"]


def assert_begins(recording: Recording, whole: Recording, least: int = 6000) -> None:
    """The trace of a killed process: a beginning, and calls that are closed."""
    assert_good(recording)
    assert recording.metadata["end"] == {"reason": "killed", "complete": False}
    steps = recording.metadata["counts"]["steps"]
    assert least < steps <= whole.metadata["counts"]["steps"]
    assert recording.bodies("Step")[:steps] == whole.bodies("Step")[:steps]


def test_it_writes_while_the_program_runs(waiting: Waiting, whole: Recording) -> None:
    """And the tape stays, until the trace has its names."""
    name = whole.events_file.name
    assert (waiting.trace / f"{name}.tmp").exists()
    assert not (waiting.trace / name).exists()
    assert (waiting.trace / "trace.tape" / "00000000.seg").exists()
    assert_same(waiting.end(), whole)
    while helpers_of(waiting.trace):
        pass  # it goes by itself


def test_it_is_killed(waiting: Waiting, whole: Recording) -> None:
    waiting.signal_helper(signal.SIGKILL)
    assert_same(waiting.end(), whole)


def test_it_is_killed_while_the_process_waits_for_it(
    waiting: Waiting, whole: Recording
) -> None:
    waiting.signal_helper(signal.SIGSTOP)
    killer = threading.Timer(0.2, waiting.signal_helper, [signal.SIGKILL])
    killer.start()
    assert_same(waiting.end(), whole)
    killer.join()


def test_the_process_is_killed(waiting: Waiting, whole: Recording) -> None:
    waiting.kill()
    wait_for_helper(waiting.trace)
    assert_begins(waiting.left(), whole)


def test_both_are_killed(waiting: Waiting, whole: Recording) -> None:
    waiting.signal_helper(signal.SIGKILL)
    waiting.kill()
    assert has_tape(waiting.trace)
    assert recover(waiting.trace).status == 0
    assert_begins(waiting.left(), whole)


def test_recovery_waits_for_it(waiting: Waiting, whole: Recording) -> None:
    """Who comes while it is at work makes no second trace."""
    waiting.kill()
    outcome = recover(waiting.trace)
    assert (outcome.status, outcome.stderr) == (0, b"")
    assert not has_tape(waiting.trace)
    assert_begins(waiting.left(), whole)
    assert list(waiting.trace.parent.glob("trace.recovered-*")) == []


def test_it_cannot_write(program: Path, whole: Recording, tmp_path: Path) -> None:
    """Its file is in the way: the process, and later --recover, say so."""
    trace = tmp_path / "trace"
    (trace / f"{whole.events_file.name}.tmp").mkdir(parents=True)
    trace_format = "json" if whole.events_file.suffix == ".json" else "binary"
    found = Waiting(program, trace, trace_format)
    try:
        _, stderr = found.process.communicate(b"\n", timeout=PATIENCE)
        assert found.process.returncode == 1
        assert b"Failed to stop Codetracer session: [ERR_IO] cannot create" in stderr
        assert b"codetracer-python-recorder --recover" in stderr
    finally:
        found.discard()
    (trace / f"{whole.events_file.name}.tmp").rmdir()
    assert recover(trace).status == 0
    assert_same(found.left(), whole)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a file system")
def test_its_disk_is_full(program: Path, whole: Recording, tmp_path: Path) -> None:
    """There is room for the tape, but not for the trace: nothing is lost."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1500k", "none", disk]
    if subprocess.run(mount, check=False).returncode != 0:
        pytest.skip("cannot mount a file system")
    trace_format = "json" if whole.events_file.suffix == ".json" else "binary"
    found = Waiting(program, disk / "trace", trace_format, ["--min-free", "0"])
    try:
        _, stderr = found.process.communicate(b"\n", timeout=PATIENCE)
        assert found.process.returncode == 1
        assert b"No space left on device" in stderr
        wait_until_left_alone(disk / "trace")  # the helper tries again, and goes
        shutil.copytree(disk / "trace", tmp_path / "trace")
    finally:
        found.discard()
        subprocess.run(["umount", "--lazy", disk], check=True)
    assert recover(tmp_path / "trace").status == 0
    recording = Recording(tmp_path / "trace", Outcome(0, b"", b""))
    if recording.metadata["end"]["reason"] == "exit":
        assert_same(recording, whole)
    else:  # the tape was in the helper's way just then
        assert recording.metadata["end"]["reason"] == "recorder_error"
        assert_good(recording)


def test_a_line_on_the_terminal(
    program: Path, whole: Recording, tmp_path: Path
) -> None:
    """It shows when the wait is long, and goes."""
    terminal, side = pty.openpty()
    trace_format = "json" if whole.events_file.suffix == ".json" else "binary"
    found = Waiting(program, tmp_path / "trace", trace_format, stderr=side)
    os.close(side)
    try:
        found.wait_until_followed()
        found.signal_helper(signal.SIGSTOP)
        assert found.process.stdin is not None
        found.process.stdin.write(b"\n")
        found.process.stdin.flush()
        shown = b""
        while b"%" not in shown:
            shown += os.read(terminal, 4096)
        assert b"\rcodetracer-python-recorder: writing the trace, " in shown
        found.signal_helper(signal.SIGCONT)
        recording = found.end()
        while not shown.endswith(b"\r\x1b[K"):
            shown += os.read(terminal, 4096)
        assert b"\n" not in shown
        assert_same(recording, whole)
    finally:
        found.discard()
        os.close(terminal)


FLUSHING = """
import codetracer_python_recorder as recorder
import os, signal, sys
def f(n):
    return n * 2
with recorder.trace(sys.argv[1], format="json") as session:
    value = f(21)
    session.flush()  # last
    print("ready", flush=True)
    sys.stdin.readline()
    recorder.flush()
recorder.flush()
"""


def test_flush(tmp_path: Path) -> None:
    """What was recorded is safe from the death of all, and is in the trace already."""
    script = tmp_path / "script.py"
    script.write_text(FLUSHING)
    trace = tmp_path / "trace"
    for is_killed in (True, False):
        process = subprocess.Popen(
            [sys.executable, script, trace],
            cwd=tmp_path,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        deadline = time.monotonic() + PATIENCE
        while not (trace / "trace.json.tmp").exists():  # no segment is full yet
            assert time.monotonic() < deadline
            time.sleep(0.005)
        if is_killed:
            for helper in helpers_of(trace):
                os.kill(helper, signal.SIGKILL)
            process.kill()
            process.communicate()
            assert recover(trace).status == 0
        else:
            assert process.communicate(b"\n")[0] == b""
            assert process.returncode == 0
        recording = Recording(trace, Outcome(0, b"", b""))
        assert_good(recording)
        last = FLUSHING.splitlines().index("    session.flush()  # last") + 1
        assert last in [body["line"] for body in recording.bodies("Step")]
        shutil.rmtree(trace)


GROWING = """
import sys
def f(n):
    for i in range(n):
        pass
f(int(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
"""
SEGMENT_MB = 4


def peak_mb(process: int) -> float:
    """The largest resident set of a process so far."""
    status = Path(f"/proc/{process}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


@pytest.mark.parametrize("trace_format", ["json", "binary"])
def test_memory_does_not_grow(trace_format: str, tmp_path: Path) -> None:
    """Ten times the lines, and neither process needs more but a segment or two."""
    peaks = []
    program = tmp_path / "program.py"
    program.write_text(GROWING)
    for lines in (100_000, 1_000_000):
        trace = tmp_path / str(lines)
        found = Waiting(program, trace, trace_format, arguments=[str(lines)])
        try:
            deadline = time.monotonic() + PATIENCE
            while found.read() < lines:  # a byte or more for each turn
                assert time.monotonic() < deadline
                time.sleep(0.005)
            [helper] = helpers_of(trace)
            peaks.append((peak_mb(found.process.pid), peak_mb(helper)))
            found.process.communicate(b"\n", timeout=PATIENCE)
            steps = Recording(trace, Outcome(0, b"", b"")).metadata["counts"]["steps"]
            assert steps > 2 * lines
        finally:
            found.discard()
    for few, many in zip(*peaks, strict=True):
        assert many < few + 2.5 * SEGMENT_MB
