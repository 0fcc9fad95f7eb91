"""Programs that take away what their recording began with, or lose it.

Rights, root directory, large files, the disk's being writable, the clock: the program's
own outcome is the plain run's, and the trace is whole wherever the helper can still
write it; else a message says what could not be written and where the rest is.
"""

import errno
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from recording import FORMATS, PACKAGE, Outcome, Recording, environment, record, run

from .shims import build_shim, long_program
from .unfinished import assert_good, has_tape, recover, wait_for_helper

IS_ROOT = os.geteuid() == 0
ROUNDS = 1500
needs_root = pytest.mark.skipif(not IS_ROOT, reason="needs root")


@dataclass(frozen=True)
class Loss:
    """What a program does before its long part, and whether only root can."""

    name: str
    program: str
    needs_root: bool = True


LOSSES = (
    Loss("setuid", "import os\nos.setgid(65534)\nos.setuid(65534)\n"),
    Loss("setgid", "import os\nos.setgroups([])\nos.setgid(65534)\n"),
    Loss("seteuid", "import os\nos.seteuid(65534)\n"),
    Loss("chroot", "import os\nos.mkdir('r')\nos.chroot('r')\nos.chdir('/')\n"),
    Loss(
        "chroot and setuid",
        "import os\nos.mkdir('r')\nos.chroot('r')\nos.setuid(65534)\n",
    ),
    Loss(
        "file sizes",
        """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (30000, hard))
""",
        needs_root=False,
    ),
)

KILLS_HELPER = """
import glob, os, signal
for path in glob.glob("/proc/[0-9]*/cmdline"):
    try:
        with open(path, "rb") as file:
            words = file.read().split(b"\\0")
    except OSError:
        continue  # it has just ended
    if words[1:3] == [b"--watch", os.fsencode(TRACE)]:
        os.kill(int(path.split("/")[2]), signal.SIGKILL)
"""


def is_possible(loss: Loss) -> bool:
    return IS_ROOT or not loss.needs_root


def run_plain(program: Path, directory: Path) -> Outcome:
    """The plain run, and what it has made removed."""
    outcome = run([program], directory)
    if (directory / "r").exists():
        (directory / "r").rmdir()
    return outcome


@pytest.mark.parametrize("trace_format", FORMATS)
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_the_helper_has_what_the_program_lost(
    loss: Loss, trace_format: str, tmp_path: Path
) -> None:
    if not is_possible(loss):
        pytest.skip("needs root")
    program = long_program(tmp_path, loss.program, ROUNDS)
    plain = run_plain(program, tmp_path)
    assert plain == Outcome(0, b"done\n", b"")
    recording = record(trace_format, [program], tmp_path, tmp_path / "trace")
    assert recording.outcome == plain
    assert_good(recording)  # at once: nobody has to wait for the helper
    assert recording.metadata["end"] == {"reason": "exit", "complete": True}
    assert recording.metadata["notes"] == []
    assert recording.metadata["counts"]["steps"] > 2 * ROUNDS


@needs_root
@pytest.mark.parametrize("loss", LOSSES[:5], ids=lambda loss: loss.name)
def test_stop_after_a_loss(loss: Loss, tmp_path: Path) -> None:
    """The trace is there when `stop` returns."""
    text = f"""
import os, {PACKAGE} as recorder
recorder.start({str(tmp_path / "trace")!r}, format="json")
{loss.program}
for i in range({ROUNDS}):
    x = str(i) * 20
recorder.stop()
print("stopped")
"""
    program = tmp_path / "main.py"
    program.write_text(text)
    assert run([program], tmp_path) == Outcome(0, b"stopped\n", b"")
    recording = Recording(tmp_path / "trace", Outcome(0, b"", b""))
    assert_good(recording)
    assert recording.metadata["end"] == {"reason": "stop", "complete": True}


@needs_root
def test_killed_after_a_loss(tmp_path: Path) -> None:
    program = long_program(tmp_path, "import signal\n" + LOSSES[0].program, ROUNDS)
    with program.open("a") as file:
        file.write("os.kill(os.getpid(), signal.SIGKILL)\n")
    recording = record("json", [program], tmp_path, tmp_path / "trace")
    assert recording.outcome == Outcome(-9, b"", b"")
    wait_for_helper(recording.directory)
    assert_good(recording)
    assert recording.metadata["end"]["reason"] == "killed"
    assert recording.metadata["counts"]["steps"] > 2 * ROUNDS


ADOPTS = """
import ctypes, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
sys.exit(subprocess.run(sys.argv[1:]).returncode)
"""
"""Runs a command whose orphans become its own, and are never waited for."""


def test_a_loss_with_a_helper_nobody_has_waited_for(tmp_path: Path) -> None:
    """As in a container whose first process waits for nobody."""
    trace = tmp_path / "trace"
    program = long_program(tmp_path, "import shutil, time\n")
    with program.open("a") as file:
        file.write(f"TRACE = {str(trace)!r}\ntime.sleep(0.5)  # it follows\n")
        file.write(KILLS_HELPER)
        file.write("time.sleep(0.2)\nshutil.rmtree(TRACE)\n")
    recorder = [sys.executable, "-m", PACKAGE, "-o", trace, program]
    outcome = run(["-c", ADOPTS, *recorder], tmp_path)
    assert (outcome.status, outcome.stdout) == (1, b"done\n")
    assert b"is gone" in outcome.stderr


@needs_root
def test_a_loss_without_a_helper(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    before = f"TRACE = {str(trace)!r}\n" + KILLS_HELPER + LOSSES[0].program
    recording = record(
        "json", [long_program(tmp_path, before, ROUNDS)], tmp_path, trace
    )
    assert (recording.outcome.status, recording.outcome.stdout) == (1, b"done\n")
    message = recording.outcome.stderr.decode()
    assert message.count("[ERR_IO]") == 1
    assert os.strerror(errno.EACCES) in message
    assert f"what was recorded is kept: {PACKAGE.replace('_', '-')}" in message
    assert has_tape(trace)
    assert recover(trace).status == 0
    assert_good(recording)
    metadata = recording.metadata
    assert metadata["end"]["reason"] == "recorder_error"
    assert any(os.strerror(errno.EACCES) in note for note in metadata["notes"])


def test_others_are_not_served(tmp_path: Path) -> None:
    """The helper's socket serves the recording process alone, not even its children."""
    before = """
import os, socket, struct
names = {line.split()[-1] for line in open("/proc/net/unix") if "@" in line}
child = os.fork()
if child == 0:
    for name in names:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
                other.settimeout(5)
                other.connect("\\0" + name[1:])
                other.send(struct.pack("=IIQQ", 0, 0o666, 1000, 65536))
                if other.recv(1000):
                    os._exit(1)
        except OSError:
            pass
    os._exit(0)
print(os.waitpid(child, 0)[1])
"""
    recording = record(
        "json", [long_program(tmp_path, before, ROUNDS)], tmp_path, tmp_path / "t"
    )
    assert recording.outcome == Outcome(0, b"0\ndone\n", b"")
    assert_good(recording)


# ---- disks ------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "none", path]
    if not IS_ROOT or subprocess.run(mount, check=False).returncode != 0:
        pytest.skip("cannot mount a file system")
    yield path
    subprocess.run(["umount", "--lazy", path], check=True)


def test_a_disk_that_is_read_only(disk: Path, tmp_path: Path) -> None:
    (disk / "trace").mkdir()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    for name in ("trace", "new"):
        recording = record("json", [long_program(tmp_path)], tmp_path, disk / name)
        assert (recording.outcome.status, recording.outcome.stdout) == (1, b"")
        assert os.strerror(errno.EROFS).encode() in recording.outcome.stderr
    assert list(disk.iterdir()) == [disk / "trace"]
    assert list((disk / "trace").iterdir()) == []


@pytest.mark.skipif(IS_ROOT, reason="root may write everywhere")
def test_a_directory_that_is_read_only(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    trace.mkdir(mode=0o555)
    recording = record("json", [long_program(tmp_path)], tmp_path, trace)
    assert (recording.outcome.status, recording.outcome.stdout) == (1, b"")
    assert os.strerror(errno.EACCES).encode() in recording.outcome.stderr


def test_the_directory_is_moved(tmp_path: Path) -> None:
    trace, moved = tmp_path / "trace", tmp_path / "moved"
    before = f"import os\nos.rename({str(trace)!r}, {str(moved)!r})\n"
    outcome = record(
        "json", [long_program(tmp_path, before, ROUNDS)], tmp_path, trace
    ).outcome
    assert (outcome.status, outcome.stdout) == (1, b"done\n")
    assert os.strerror(errno.ENOENT) in outcome.stderr.decode()
    assert not trace.exists()
    assert recover(moved).status == 0
    assert_good(Recording(moved, outcome))


# ---- the system -------------------------------------------------------------------


@needs_root
def test_without_shared_memory(tmp_path: Path) -> None:
    """The tape is a file of the trace directory: `/dev/shm` may not be there."""
    program = long_program(tmp_path)
    script = 'umount -l /dev/shm 2>/dev/null; rmdir /dev/shm 2>/dev/null; exec "$@"'
    unshare = ["unshare", "--mount", "sh", "-c", script, "sh"]
    if subprocess.run([*unshare, "true"], check=False).returncode != 0:
        pytest.skip("cannot make a mount namespace")
    interpreter = sys.executable
    command = [interpreter, "-m", PACKAGE, "--format", "json", "-o", tmp_path / "trace"]
    process = subprocess.run(
        [*unshare, *command, program],
        check=False,
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
    )
    assert (process.returncode, process.stdout, process.stderr) == (0, b"done\n", b"")
    assert_good(Recording(tmp_path / "trace", Outcome(0, b"", b"")))


@pytest.mark.parametrize("back", [3600, 10**9, 4 * 10**9])
def test_the_clock_is_set_back(back: int, tmp_path: Path) -> None:
    """By an hour, to last century, and to before 1970."""
    variables = {
        "LD_PRELOAD": str(build_shim("clock_shim", tmp_path)),
        "SHIM_BACK": str(back),
    }
    program = tmp_path / "main.py"
    program.write_text(
        "import time\nprint(time.time() < NOW)\n".replace(
            "NOW", str(time.time() - back / 2)
        )
    )
    plain = run([program], tmp_path, variables)
    assert plain == Outcome(0, b"True\n", b"")
    recording = record("json", [program], tmp_path, tmp_path / "t", (), variables)
    assert recording.outcome == plain
    assert_good(recording)
    assert recording.metadata["end"] == {"reason": "exit", "complete": True}
    assert re.fullmatch(
        "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        recording.metadata["recording_id"],
    )
