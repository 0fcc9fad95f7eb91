"""`--recover`, directories in use, and starts that find an unfinished recording."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from recording import Outcome, Recording, environment, record

from .unfinished import (
    assert_good,
    command,
    has_tape,
    helpers_of,
    recover,
    wait_for_helper,
    wait_until,
)

WAITING = """
import sys
def f(n):
    return n * 2
value = f(21)
# One line, which has begun when it says so and then runs until the end.
print("ready", flush=True); sys.stdin.read()
"""
PLAIN = "print('plain')\n"


class Waiting:
    """A recorded program that waits on its standard input."""

    def __init__(self, directory: Path) -> None:
        (directory / "waiting.py").write_text(WAITING)
        self.trace = directory / "trace"
        self.process = subprocess.Popen(
            command(self.trace, "json", directory / "waiting.py"),
            cwd=directory,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n"

    def helper(self) -> int:
        """Its helper, which on a loaded machine may take a while to begin."""
        wait_until(lambda: helpers_of(self.trace) != [])
        [helper] = helpers_of(self.trace)
        return helper

    def kill_with_helper(self) -> None:
        os.kill(self.helper(), signal.SIGKILL)
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        self.process.communicate()
        return self.process.returncode


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[Waiting]:
    program = Waiting(tmp_path)
    yield program
    program.process.kill()
    program.process.communicate()


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "plain.py"
    path.write_text(PLAIN)
    return path


def open_files(process: int) -> set[str]:
    """The files of a process's descriptors, but of those that go while one looks."""
    found = set()
    for path in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):
            found.add(os.readlink(path))
    return found


def found(trace: Path) -> Recording:
    return Recording(trace, Outcome(0, b"", b""))


def test_recovers_in_the_directory_itself(waiting: Waiting) -> None:
    waiting.kill_with_helper()
    outcome = recover(waiting.trace)
    assert (outcome.status, outcome.stderr) == (0, b"")
    text = outcome.stdout.decode()
    assert text.startswith(f"{waiting.trace}/trace.json: ")
    # Its last line may not have begun when it was killed.
    assert re.search(
        r"waiting\.py:[67]; the process went without finishing its rec", text
    )
    assert_good(found(waiting.trace))
    again = recover(waiting.trace)
    assert again.status == 0
    assert b"holds no unfinished recording; its trace is complete" in again.stdout


def test_recovers_beside_another_trace(
    waiting: Waiting, tmp_path: Path, plain: Path
) -> None:
    other = record("binary", [plain], tmp_path, tmp_path / "other")
    waiting.kill_with_helper()
    for path in other.directory.iterdir():
        path.rename(waiting.trace / path.name)
    assert recover(waiting.trace).status == 0
    assert_good(found(waiting.trace))
    assert found(waiting.trace).metadata["args"] == []
    [beside] = tmp_path.glob("trace.recovered-*")
    assert_good(found(beside))
    identity = beside.name.removeprefix("trace.recovered-")
    assert found(beside).metadata["recording_id"] == identity


def test_nothing_to_recover(tmp_path: Path) -> None:
    for directory in (tmp_path, tmp_path / "missing"):
        outcome = recover(directory)
        assert outcome.status == 1 and outcome.stdout == b""
        assert outcome.stderr.endswith(b"holds no unfinished recording\n")


def test_recover_takes_no_program(tmp_path: Path, plain: Path) -> None:
    outcome = record("json", [plain], tmp_path, tmp_path / "t", ["--recover", "t"])
    assert outcome.outcome.status == 2
    assert b"argument --recover: not allowed with a program" in outcome.outcome.stderr


def test_a_directory_in_use(waiting: Waiting, tmp_path: Path, plain: Path) -> None:
    before = sorted(waiting.trace.rglob("*"))
    second = record("json", [plain], tmp_path, waiting.trace)
    assert (second.outcome.status, second.outcome.stdout) == (1, b"")
    message = second.outcome.stderr.decode()
    assert message.startswith("Failed to start Codetracer session: [ERR_TRACE_DIR_CONF")
    assert f"in use by the recording of process {waiting.process.pid};" in message
    outcome = recover(waiting.trace)
    assert outcome.status == 1 and b"is in use by the recording" in outcome.stderr
    assert sorted(waiting.trace.rglob("*")) == before
    assert waiting.end() == 0
    assert found(waiting.trace).metadata["end"]["complete"]
    assert_good(found(waiting.trace))


def test_a_start_keeps_what_was_not_finished(
    waiting: Waiting, tmp_path: Path, plain: Path
) -> None:
    waiting.kill_with_helper()
    second = record("json", [plain], tmp_path, waiting.trace)
    assert (second.outcome.status, second.outcome.stdout) == (0, b"plain\n")
    [beside] = tmp_path.glob("trace.recovered-*")
    assert second.outcome.stderr.decode() == (
        f"codetracer-python-recorder: '{waiting.trace}' held a recording that was not "
        f"finished; it is now in '{beside}'\n"
    )
    assert_good(second)
    assert_good(found(beside))
    assert found(beside).metadata["end"]["reason"] == "killed"


def test_the_helper_is_nobodys_child_and_goes(waiting: Waiting) -> None:
    helper = waiting.helper()
    stat = Path(f"/proc/{helper}/stat").read_text().rpartition(")")[2].split()
    parent, group, session = (int(field) for field in stat[1:4])
    assert parent not in (waiting.process.pid, os.getpid())
    assert group == session != os.getsid(0)
    lock = str(waiting.trace / "trace.tape" / "lock")
    wait_until(lambda: lock in open_files(helper))
    files = open_files(helper)
    sockets = {name for name in files if name.startswith("socket:")}
    assert len(sockets) == 1  # where the program can ask it (tape_help.h)
    assert files - sockets == {"/dev/null", lock}
    assert os.readlink(f"/proc/{helper}/cwd") == "/"
    children = Path(f"/proc/{waiting.process.pid}/task/{waiting.process.pid}/children")
    assert children.read_text() == ""
    assert waiting.end() == 0
    while helpers_of(waiting.trace):  # it wakes when the process is gone
        pass
    assert not has_tape(waiting.trace)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a file system")
@pytest.mark.parametrize("is_helped", [True, False], ids=["helped", "alone"])
def test_a_file_system_that_drops_the_lock(is_helped: bool, tmp_path: Path) -> None:
    """In a container's overlay a mapping does not hold the lock of its file."""
    lower, upper, work, merged = (tmp_path / name for name in ("l", "u", "w", "m"))
    for path in (lower, upper, work, merged):
        path.mkdir()
    options = f"lowerdir={lower},upperdir={upper},workdir={work}"
    mount = ["mount", "-t", "overlay", "-o", options, "overlay", merged]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("cannot mount an overlay here")
    try:
        program = Waiting(merged)
        plain = merged / "plain.py"
        plain.write_text(PLAIN)
        second = record("json", [plain], merged, program.trace)
        assert second.outcome.status == 1
        assert b"is in use by the recording" in second.outcome.stderr
        assert has_tape(program.trace)
        if not is_helped:
            for helper in helpers_of(program.trace):
                os.kill(helper, signal.SIGKILL)
        program.process.kill()
        # Dead is dead, waited for or not.
        os.waitid(os.P_PID, program.process.pid, os.WEXITED | os.WNOWAIT)
        if is_helped:
            wait_for_helper(program.trace)
        else:
            assert recover(program.trace).status == 0
        assert found(program.trace).metadata["end"]["reason"] == "killed"
        assert_good(found(program.trace))
        program.process.communicate()
    finally:
        subprocess.run(["umount", "--lazy", merged], check=True)
