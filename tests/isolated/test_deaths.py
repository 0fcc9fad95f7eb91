"""Ways for a program to end, and what the trace holds then.

Each row runs plain and recorded; the program's own outcome is the same, and its last
line is in the trace. `docs/reliability.md` has the table in words.
"""

import errno
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from recording import Outcome, Recording, record, run

from .shims import build_shim, long_program
from .unfinished import (
    assert_good,
    recover,
    wait_for_helper,
    wait_until_left_alone,
)

RUNNING_THREAD = """
import ctypes, os, sys, threading
sys.setswitchinterval(1e-4)
event = threading.Event()
def run():
    for i in range(10**9):
        if i == 1000:
            event.set()
threading.Thread(target=run).start()
event.wait()
"""
"""A thread that runs for long, and has begun."""


@dataclass(frozen=True)
class Death:
    """A row: the program, its status when plain, and how its trace ends.

    last: the line that must be in the trace. label: of the exit status in the metadata.
    """

    name: str
    program: str
    status: int
    reason: str
    label: str | None = None


KILLED = "<exit>"
DEATHS = (
    Death("os._exit", "import os\nos._exit(7)  # last", 7, "killed", KILLED),
    Death(
        "os.execv",
        """
import os, sys
os.execv(sys.executable, [sys.executable, "-c", "print('another program')"])  # last
""",
        0,
        "killed",
        KILLED,
    ),
    Death(
        "SIGKILL",
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)  # last",
        -9,
        "killed",
        KILLED,
    ),
    Death(
        "SIGTERM",
        "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)  # last",
        -15,
        "killed",
        KILLED,
    ),
    Death(
        "SIGTERM handled",
        """
import os, signal, sys
def handler(number, frame):
    sys.exit(3)  # last
signal.signal(signal.SIGTERM, handler)
os.kill(os.getpid(), signal.SIGTERM)
for i in range(100):
    pass
""",
        3,
        "exit",
    ),
    Death(
        "SIGINT",
        "import os, signal\nos.kill(os.getpid(), signal.SIGINT)  # last\nx = 1",
        -2,
        "signal",
    ),
    Death(
        "segmentation fault in C",
        "import ctypes\nctypes.string_at(0)  # last",
        -11,
        "killed",
        KILLED,
    ),
    Death(
        "abort in C",
        "import ctypes\nctypes.CDLL(None).abort()  # last",
        -6,
        "killed",
        KILLED,
    ),
    Death(
        "stack overflow in C",
        """
import ctypes
pattern = b"(" * 10**6
ctypes.CDLL(None).regcomp(ctypes.create_string_buffer(256), pattern, 1)  # last
""",
        -11,
        "killed",
        KILLED,
    ),
    Death(
        "fatal Python error",
        "import ctypes\nctypes.pythonapi.Py_FatalError(b'told')  # last",
        -6,
        "killed",
        KILLED,
    ),
    Death(
        "memory limit",
        """
import resource
resource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29))
try:
    x = bytearray(2**30)
except MemoryError:
    print("no memory")  # last
""",
        0,
        "exit",
    ),
    Death(
        "all descriptors closed",
        "import os\nos.closerange(3, 65536)\nprint(len(os.listdir('/')) > 0)  # last",
        0,
        "exit",
    ),
    Death("chdir", "import os\nos.chdir('/')\nprint(os.getcwd())  # last", 0, "exit"),
    Death(
        "umask 0777",
        """
import os
os.umask(0o777)
def f(i):
    return [i, str(i) * 20]
for i in range(5000):
    x = f(i)
print(i)  # last
""",
        0,
        "exit",
    ),
    Death(
        "daemon threads at the end",
        """
import threading, time
def run():
    while True:
        time.sleep(0.001)
threading.Thread(target=run, daemon=True).start()
print("end")  # last
""",
        0,
        "exit",
    ),
    Death(
        "daemon threads that record at the end",
        """
import threading
event = threading.Event()
def run():
    while True:
        event.set()
        n = sum(range(100_000))
for _ in range(3):
    threading.Thread(target=run, daemon=True).start()
event.wait()
print("end")  # last
""",
        0,
        "exit",
    ),
    Death(
        "exit in C while other threads run",
        RUNNING_THREAD + "ctypes.PyDLL(None).exit(5)  # last\n",
        5,
        "exit",
    ),
    Death(
        "SIGKILL in the first thread but one",
        """
import os, signal, threading
def run():
    os.kill(os.getpid(), signal.SIGKILL)  # last
threading.Thread(target=run).start()
""",
        -9,
        "killed",
        KILLED,
    ),
    Death(
        "os._exit while other threads run",
        RUNNING_THREAD + "os._exit(4)  # last\n",
        4,
        "killed",
        KILLED,
    ),
)

EXTENSIONS = re.compile(rb"\n*Extension modules: .*\n")


def of_the_program(outcome: Outcome) -> Outcome:
    """The outcome without CPython's own list of what is loaded, and addresses."""
    stderr = EXTENSIONS.sub(b"\n", outcome.stderr)
    stderr = re.sub(rb"0x[0-9a-f]{8,}", b"0x...", stderr).rstrip()
    return Outcome(outcome.status, outcome.stdout, stderr)


@pytest.mark.parametrize("trace_format", ["json", "binary"])
@pytest.mark.parametrize("death", DEATHS, ids=lambda death: death.name)
def test_death(death: Death, trace_format: str, tmp_path: Path) -> None:
    program = tmp_path / "main.py"
    program.write_text(death.program)
    plain = run([program], tmp_path)
    assert plain.status == death.status, plain.stderr
    recording = record(trace_format, [program], tmp_path, tmp_path / "trace")
    assert of_the_program(recording.outcome) == of_the_program(plain)
    if death.reason == "killed":
        wait_for_helper(recording.directory)
    assert_good(recording)
    assert recording.metadata["end"]["reason"] == death.reason
    assert recording.metadata["process_exit_status"]["label"] == death.label
    lines = death.program.splitlines()
    [last] = (n for n, text in enumerate(lines, start=1) if text.endswith("# last"))
    assert last in [body["line"] for body in recording.bodies("Step")]
    modes = {path.stat().st_mode & 0o777 for path in recording.directory.iterdir()}
    mask = os.umask(0)
    os.umask(mask)
    assert modes == {0o666 & ~mask}


# ---- what cannot be written -------------------------------------------------------


def assert_ended_early(recording: Recording, cause: str) -> None:
    """The recording ended before the program, and says so in trace and message."""
    assert_good(recording)
    metadata = recording.metadata
    assert metadata["end"]["reason"] == "recorder_error"
    assert metadata["process_exit_status"]["label"] == "<disabled>"
    assert any(cause in note for note in metadata["notes"])
    assert metadata["counts"]["steps"] > 100


def assert_told(outcome: Outcome, cause: str) -> None:
    """The program ran on; one line names what happened, and a status 0 is 1."""
    assert (outcome.status, outcome.stdout) == (1, b"done\n")
    lines = [line for line in outcome.stderr.decode().splitlines() if "ERR_IO" in line]
    assert len(lines) == 1 and cause in lines[0], outcome.stderr


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_shim("shim", tmp_path_factory.mktemp("shim"))


@pytest.mark.parametrize("error", [errno.EIO, errno.EDQUOT, errno.ENOSPC, errno.EROFS])
def test_the_tape_cannot_grow(error: int, shim: Path, tmp_path: Path) -> None:
    variables = {
        "LD_PRELOAD": str(shim),
        "SHIM_WHAT": "allocate",
        "SHIM_CALL": "4",
        "SHIM_ERRNO": str(error),
    }
    recording = record(
        "json", [long_program(tmp_path)], tmp_path, tmp_path / "trace", (), variables
    )
    assert_told(recording.outcome, os.strerror(error))
    assert_ended_early(recording, os.strerror(error))


def test_a_loss_is_told_when_it_happens(shim: Path, tmp_path: Path) -> None:
    variables = {
        "LD_PRELOAD": str(shim),
        "SHIM_WHAT": "allocate",
        "SHIM_CALL": "4",
        "SHIM_ERRNO": str(errno.EIO),
    }
    program = long_program(tmp_path)
    with program.open("a") as file:
        file.write("import sys\nprint('late', file=sys.stderr)\n")
    outcome = record(
        "json", [program], tmp_path, tmp_path / "trace", (), variables
    ).outcome
    told, late = outcome.stderr.decode().splitlines()
    assert "[ERR_IO] cannot create" in told and late == "late"


@pytest.mark.parametrize("call", [1, 2, 3])
def test_the_tape_cannot_begin(call: int, shim: Path, tmp_path: Path) -> None:
    variables = {
        "LD_PRELOAD": str(shim),
        "SHIM_WHAT": "allocate",
        "SHIM_CALL": str(call),
        "SHIM_ERRNO": str(errno.ENOSPC),
    }
    trace = tmp_path / "trace"
    recording = record("json", [long_program(tmp_path)], tmp_path, trace, (), variables)
    assert (recording.outcome.status, recording.outcome.stdout) == (1, b"")
    assert b"[ERR_IO] cannot create" in recording.outcome.stderr
    assert not trace.exists()


@pytest.mark.parametrize(("what", "calls"), [("write", 3), ("rename", 3)])
@pytest.mark.parametrize("trace_format", ["json", "binary"])
def test_the_trace_cannot_be_written(
    what: str, calls: int, trace_format: str, shim: Path, tmp_path: Path
) -> None:
    """Nothing is lost: the tape stays, and becomes a trace where writing works."""
    trace = tmp_path / "trace"
    for call in range(1, calls + 1):
        variables = {
            "LD_PRELOAD": str(shim),
            "SHIM_WHAT": what,
            "SHIM_DIR": str(trace),
            "SHIM_CALL": str(call),
            "SHIM_ERRNO": str(errno.EDQUOT if call == 2 else errno.EIO),
        }
        # Less than a segment: the process makes the trace itself.
        program = long_program(tmp_path, rounds=500)
        recording = record(trace_format, [program], tmp_path, trace, (), variables)
        assert (recording.outcome.status, recording.outcome.stdout) == (1, b"done\n")
        cause = os.strerror(int(variables["SHIM_ERRNO"]))
        assert f"{cause}; what was recorded is kept: " in str(recording.outcome.stderr)
        wait_for_helper(trace)  # what is preloaded is not in the helper
        assert_good(recording)
        assert recording.metadata["end"] == {"reason": "exit", "complete": True}
        shutil.rmtree(trace)


def test_a_limit_of_descriptors(tmp_path: Path) -> None:
    before = """
import resource
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
held = [open("/dev/null") for _ in range(8)]
resource.setrlimit(resource.RLIMIT_NOFILE, (4, hard))
"""
    program = long_program(tmp_path, before)
    recording = record("json", [program], tmp_path, tmp_path / "trace")
    assert (recording.outcome.status, recording.outcome.stdout) == (1, b"done\n")
    wait_for_helper(recording.directory)  # the limit is not the helper's
    assert_ended_early(recording, "cannot ")


def test_no_room_for_mappings(tmp_path: Path) -> None:
    """An address space that is used up: no further segment can be mapped."""
    before = """
import resource
size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size, size))
"""
    program = long_program(tmp_path, before)
    recording = record("json", [program], tmp_path, tmp_path / "trace")
    assert recording.outcome.stdout == b"done\n"
    wait_for_helper(recording.directory)
    assert_good(recording)
    if recording.outcome.status != 0:  # else there was room enough
        assert_ended_early(recording, "cannot ")


def test_the_directory_is_removed(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    before = f"import shutil\nshutil.rmtree({str(trace)!r})\n"
    program = long_program(tmp_path, before)
    recording = record("json", [program], tmp_path, trace)
    assert_told(recording.outcome, os.strerror(errno.ENOENT))
    assert not trace.exists()


# KiB; the tape alone takes some 500. With fewer than 100 the recording cannot start.
FULL_DISKS = range(100, 500, 4) if os.environ.get("CT_SOAK") else (120, 200, 280, 400)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a file system")
@pytest.mark.parametrize("size", FULL_DISKS)
def test_a_full_disk(size: int, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", disk]
    if subprocess.run(mount, check=False).returncode != 0:
        pytest.skip("cannot mount a file system")
    try:
        options = ["--min-free", "0"]
        recording = record(
            "json", [long_program(tmp_path)], tmp_path, disk / "trace", options
        )
        assert_told(recording.outcome, os.strerror(errno.ENOSPC))
        if not (disk / "trace" / "trace_metadata.json").exists():
            assert b"what was recorded is kept: " in recording.outcome.stderr
        wait_until_left_alone(disk / "trace")
        shutil.copytree(disk / "trace", tmp_path / "trace")
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)
    if not (tmp_path / "trace" / "trace_metadata.json").exists():
        assert recover(tmp_path / "trace").status == 0
    assert_ended_early(
        Recording(tmp_path / "trace", recording.outcome), os.strerror(errno.ENOSPC)
    )
