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

from .unfinished import assert_good, recover, wait_for_helper


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
for i in range(20000):
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
        "os._exit while other threads run",
        """
import os, threading
event = threading.Event()
def run():
    for i in range(10**9):
        if i == 1000:
            event.set()
threading.Thread(target=run).start()
event.wait()
os._exit(4)  # last
""",
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

LONG = """
def f(n):
    found = []
    for i in range(n):
        found = [i, str(i) * 20]
    return found
f(20000)
print("done")
"""


def long_program(tmp_path: Path, before: str = "") -> Path:
    path = tmp_path / "long.py"
    path.write_text(before + LONG)
    return path


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
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    library = tmp_path_factory.mktemp("shim") / "shim.so"
    source = Path(__file__).with_name("shim.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
    return library


@pytest.mark.parametrize("error", [errno.EIO, errno.EDQUOT, errno.ENOSPC])
def test_the_tape_cannot_grow(error: int, shim: Path, tmp_path: Path) -> None:
    variables = {
        "LD_PRELOAD": str(shim),
        "SHIM_CALL": "4",
        "SHIM_ERRNO": str(error),
    }
    recording = record(
        "json", [long_program(tmp_path)], tmp_path, tmp_path / "trace", (), variables
    )
    assert_told(recording.outcome, os.strerror(error))
    assert_ended_early(recording, os.strerror(error))


@pytest.mark.parametrize("call", [1, 2])
def test_the_tape_cannot_begin(call: int, shim: Path, tmp_path: Path) -> None:
    variables = {
        "LD_PRELOAD": str(shim),
        "SHIM_CALL": str(call),
        "SHIM_ERRNO": str(errno.ENOSPC),
    }
    trace = tmp_path / "trace"
    recording = record("json", [long_program(tmp_path)], tmp_path, trace, (), variables)
    assert (recording.outcome.status, recording.outcome.stdout) == (1, b"")
    assert b"[ERR_IO] cannot allocate" in recording.outcome.stderr
    assert not trace.exists()


@pytest.mark.parametrize("limit", ["RLIMIT_NOFILE, (4", "RLIMIT_FSIZE, (30000"])
def test_a_limit_of_the_program(limit: str, tmp_path: Path) -> None:
    before = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
_, hard = resource.getrlimit(resource.{limit.partition(",")[0]})
held = [open("/dev/null") for _ in range(8)]
resource.setrlimit(resource.{limit}, hard))
"""
    program = long_program(tmp_path, before)
    recording = record("json", [program], tmp_path, tmp_path / "trace")
    assert (recording.outcome.status, recording.outcome.stdout) == (1, b"done\n")
    wait_for_helper(recording.directory)  # the limit is not the helper's
    assert_ended_early(recording, "cannot ")


def test_the_directory_is_removed(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    before = f"import shutil\nshutil.rmtree({str(trace)!r})\n"
    program = long_program(tmp_path, before)
    recording = record("json", [program], tmp_path, trace)
    assert_told(recording.outcome, os.strerror(errno.ENOENT))
    assert not trace.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a file system")
@pytest.mark.parametrize("size", [120, 200, 280, 400])
def test_a_full_disk(size: int, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={size}k"]
    if subprocess.run(["mount", *options, "none", disk], check=False).returncode != 0:
        pytest.skip("cannot mount a file system")
    try:
        recording = record("json", [long_program(tmp_path)], tmp_path, disk / "trace")
        assert_told(recording.outcome, os.strerror(errno.ENOSPC))
        if not (disk / "trace" / "trace_metadata.json").exists():
            assert b"what was recorded is kept: " in recording.outcome.stderr
        shutil.copytree(disk / "trace", tmp_path / "trace")
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)
    if not (tmp_path / "trace" / "trace_metadata.json").exists():
        assert recover(tmp_path / "trace").status == 0
    assert_ended_early(
        Recording(tmp_path / "trace", recording.outcome), os.strerror(errno.ENOSPC)
    )
