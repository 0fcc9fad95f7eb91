"""Output of native code and child processes in the trace (`--io-capture proxies+fd`).

Each program runs plain and recorded with the same kind of file as its standard output
and standard error, and what arrives there has to be the same, byte for byte.
"""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from fidelity import Case
from fidelity.run import run_case
from isolated.unfinished import wait_for_helper
from recording import PACKAGE, TIMEOUT, Outcome, Recording, environment, run
from test_streams import Event, content, events_of

OPTIONS = ("-m", PACKAGE, "--io-capture", "proxies+fd", "--format", "json", "-o")

CAN_HAVE_HELPER = os.getpid() != 1


def run_to(
    command: Sequence[str | Path], redirect: str, directory: Path
) -> tuple[Outcome, dict[str, bytes]]:
    """Run the interpreter with its output redirected as in a shell.

    The outcome, with what came through pipes, and the content of the files made.
    """
    line = shlex.join([sys.executable, *map(str, command)])
    directory.mkdir()
    process = subprocess.run(
        ["sh", "-c", f"exec {line} {redirect}"],
        check=False,
        cwd=directory,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT,
    )
    files = {path.name: path.read_bytes() for path in directory.iterdir()}
    outcome = Outcome(process.returncode, process.stdout, process.stderr)
    return outcome, files


def compared(
    tmp_path: Path, program: str, redirect: str = "", flags: tuple[str, ...] = ("-u",)
) -> Recording:
    """The recording of a program whose output is that of the plain run.

    Its outcome has what came in both ways, pipes and the files `out` and `err`.
    """
    script, trace = tmp_path / "main.py", tmp_path / "trace"
    script.write_text(program, encoding="utf-8")
    plain, files = run_to([*flags, script], redirect, tmp_path / "plain")
    recorded = [*flags, *OPTIONS, trace, script]
    outcome, written = run_to(recorded, redirect, tmp_path / "recorded")
    assert (outcome, written) == (plain, files)
    stdout = outcome.stdout + written.get("out", b"")
    stderr = outcome.stderr + written.get("err", b"")
    return Recording(trace, Outcome(outcome.status, stdout, stderr))


EVERYBODY = """import ctypes, multiprocessing, os, subprocess, sys
libc = ctypes.CDLL(None)
def child(number):
    print("forked", number)
    os.write(2, b"forked error\\n")
for number in range(3):
    print("print", number)
    libc.printf(b"printf %d\\n", number)
    libc.fflush(None)
    os.write(1, b"os.write\\n")
    os.writev(2, [b"os.", b"writev\\n"])
    sys.stderr.write("error\\n")
    subprocess.run(["sh", "-c", "echo child; echo child error >&2; echo again"])
    subprocess.run("echo shell; echo its error >&2", shell=True)
    subprocess.run("echo joined; echo error >&2", shell=True, stderr=sys.stdout)
    os.system("echo system; echo system error >&2")
    sys.stdout.buffer.write(b"bytes\\n")
    pid = os.fork()
    if pid == 0:
        child(number)
        os._exit(0)
    os.waitpid(pid, 0)
    open(1, "w", closefd=False).write("a file of its own\\n")
    subprocess.run(["sh", "-c", "printf part; sleep 0.01; echo ' of a line'"])
    print(subprocess.run(["echo", "captured"], stdout=-1).stdout)
"""

APART = ("", ">out", ">>out", ">out 2>err", "2>/dev/null")
JOINED = ("2>&1", ">out 2>&1", ">>out 2>&1")
OTHERS = (">/dev/null", ">/dev/null 2>&1", ">&-", "2>&-", ">&- 2>&-", ">/dev/full")


@pytest.mark.parametrize("redirect", APART)
def test_everything_in_order(tmp_path: Path, redirect: str) -> None:
    recording = compared(tmp_path, EVERYBODY, redirect)
    events = events_of(recording)
    assert content(events, "out") == recording.outcome.stdout.decode()
    if "/dev/null" not in redirect:
        assert content(events, "err") == recording.outcome.stderr.decode()


@pytest.mark.parametrize("redirect", JOINED)
def test_two_streams_to_one_target(tmp_path: Path, redirect: str) -> None:
    recording = compared(tmp_path, EVERYBODY, redirect)
    events = events_of(recording)
    everything = "".join(event.content for event in events)
    assert everything == recording.outcome.stdout.decode()


@pytest.mark.parametrize("redirect", OTHERS)
def test_other_targets(tmp_path: Path, redirect: str) -> None:
    program = EVERYBODY.replace("libc.fflush(None)", "libc.fflush(None); pass")
    compared(tmp_path, program, redirect).assert_clean()


@pytest.mark.parametrize("redirect", ["", ">out 2>&1"])
def test_buffered(tmp_path: Path, redirect: str) -> None:
    """What waits in a buffer comes out as late as in the plain run."""
    recording = compared(tmp_path, EVERYBODY, redirect, flags=())
    events = events_of(recording)
    recorded = "".join(event.content for event in events if event.stream != "in")
    written = recording.outcome.stdout + recording.outcome.stderr
    assert sorted(recorded.splitlines()) == sorted(written.decode().splitlines())


def test_lines_and_flags(tmp_path: Path) -> None:
    program = """import ctypes, os, subprocess
print("a")
ctypes.CDLL(None).printf(b"b")
os.write(1, b"c\\n")
subprocess.run(["echo", "d"])
x = os.write(2, "\\u20ac".encode()), os.write(2, b"\\xff")
ctypes.CDLL(None).puts(b"at the end")
"""
    mirror = ("newline", "mirror")
    assert events_of(compared(tmp_path, program)) == [
        Event("out", 2, "a\n", ("newline",)),
        Event("out", 3, "b", ("step_boundary", "mirror")),
        Event("out", 4, "c\n", mirror),
        Event("out", 5, "d\n", mirror),
        Event("err", 6, "€\ufffd", ("step_boundary", "mirror")),
        Event("out", 7, "at the end\n", mirror),
    ]


def test_streams_are_recorded_once(tmp_path: Path) -> None:
    program = """
import sys, logging, traceback
print("x" * 100_000, flush=True)
sys.stdout.buffer.write(b"y" * 100_000)
sys.stderr.buffer.raw.write(b"not a stream's\\n")
logging.warning("w")
try: 1 / 0
except ZeroDivisionError: traceback.print_exc()
print("z", flush=True)
1 / 0
"""
    recording = compared(tmp_path, program, flags=())
    events = events_of(recording)
    assert content(events, "out") == recording.outcome.stdout.decode()
    assert all("mirror" not in event.flags for event in events)


def test_filter(tmp_path: Path) -> None:
    (tmp_path / "filter.toml").write_text(
        '[meta]\nname = "n"\nversion = 1\n[io]\ncapture = true\nstreams = ["stderr"]\n'
        '[scope]\ndefault_exec = "inherit"\ndefault_value_action = "inherit"\n'
    )
    (tmp_path / "main.py").write_text(EVERYBODY)
    options = [*OPTIONS, "trace", "--trace-filter", "filter.toml"]
    outcome = run(["-u", *options, "main.py"], tmp_path)
    events = events_of(Recording(tmp_path / "trace", outcome))
    assert {event.stream for event in events} == {"err"}
    assert content(events, "err") == outcome.stderr.decode()


# ---- a terminal ----------------------------------------------------------------------


def test_terminal(tmp_path: Path) -> None:
    program = """
import ctypes, os, subprocess, sys
print(input("name? "), [os.isatty(fd) for fd in (0, 1)], os.ttyname(1)[:5])
print(os.get_terminal_size().columns, os.tcgetpgrp(1) == os.getpgrp())
ctypes.CDLL(None).puts(b"native")
os.write(1, b"os.write\\n")
subprocess.run([sys.executable, "-c", "import os; print(os.isatty(1))"])
"""
    case = Case("", program, on_terminal=True, dialogue=((b"name? ", b"Bob\n"),))
    plain = run_case(case, [sys.executable], tmp_path / "work")
    launcher = [sys.executable, *OPTIONS, str(tmp_path / "trace")]
    assert run_case(case, launcher, tmp_path / "work") == plain
    recording = Recording(tmp_path / "trace", None)  # type: ignore[arg-type]
    events = events_of(recording)
    mirrored = [event.content for event in events if "mirror" in event.flags]
    assert mirrored == ["native\n", "os.write\n"]
    [note] = recording.metadata["notes"]
    assert note.endswith("descriptor 1 is not recorded: it is a terminal.")
    assert content(events, "out").startswith("name? Bob [True, True] /dev/\n")


# ---- ends ----------------------------------------------------------------------------


def killed(tmp_path: Path, program: str) -> list[Event]:
    """The Events of a program that dies; the plain one writes the same."""
    recording = compared(tmp_path, program)
    wait_for_helper(recording.directory)
    return events_of(recording)


@pytest.mark.skipif(not CAN_HAVE_HELPER, reason="no helper in process 1")
def test_killed(tmp_path: Path) -> None:
    program = """import os, signal, subprocess
subprocess.run(["echo", "child"])
os.write(1, b"last\\n"), os.kill(os.getpid(), signal.SIGKILL)
"""
    assert killed(tmp_path, program) == [
        Event("out", 2, "child\n", ("newline", "mirror")),
        Event("out", 3, "last\n", ("newline", "mirror")),
    ]


@pytest.mark.skipif(not CAN_HAVE_HELPER, reason="no helper in process 1")
def test_killed_by_its_child(tmp_path: Path) -> None:
    program = """import subprocess
subprocess.run(["sh", "-c", "echo last words; kill -9 $PPID"])
"""
    [event] = killed(tmp_path, program)
    assert event == Event("out", 2, "last words\n", ("newline", "mirror"))


@pytest.mark.skipif(not CAN_HAVE_HELPER, reason="no helper in process 1")
def test_fault(tmp_path: Path) -> None:
    """What faulthandler says of a crash is in the trace."""
    program = """import faulthandler, os, signal, sys
faulthandler.enable()
print("before")
os.kill(os.getpid(), signal.SIGSEGV)
"""
    (tmp_path / "main.py").write_text(program)
    outcome = run(["-u", *OPTIONS, "trace", "main.py"], tmp_path)
    assert outcome.status == -signal.SIGSEGV
    wait_for_helper(tmp_path / "trace")
    events = events_of(Recording(tmp_path / "trace", outcome))
    assert content(events, "err") == outcome.stderr.decode()
    assert "Fatal Python error: Segmentation fault" in content(events, "err")


def test_exec(tmp_path: Path) -> None:
    program = """import os
os.write(1, b"before\\n")
os.execvp("sh", ["sh", "-c", "echo another program"])
"""
    recording = compared(tmp_path, program)
    assert recording.outcome.stdout == b"before\nanother program\n"


def test_a_child_outlives_the_program(tmp_path: Path) -> None:
    """It neither holds the program up nor loses what it writes."""
    program = """
import os, subprocess
reader, writer = os.pipe()  # the child reads until the program is gone
child = "read x; echo late; echo late error >&2"
p = subprocess.Popen(["sh", "-c", child], stdin=reader)
print("end", flush=True)
"""
    recording = compared(tmp_path, program)
    assert recording.outcome.stdout == b"end\nlate\n"
    assert recording.outcome.stderr == b"late error\n"
    assert content(events_of(recording), "out") == "end\n"


def test_nobody_reads(tmp_path: Path) -> None:
    """Children and the program learn that nobody reads any more."""
    program = """
import os, signal, subprocess, sys
reader, writer = os.pipe()
os.dup2(writer, 1)
os.close(writer)
p = subprocess.Popen(["yes"])
os.read(reader, 100)
os.close(reader)
print(p.wait() == -signal.SIGPIPE, file=sys.stderr)
try:
    os.write(1, b"x")
except BrokenPipeError as error:
    print(error, file=sys.stderr)
"""
    recording = compared(tmp_path, program)
    assert recording.outcome.stderr.startswith(b"True\n")


def test_a_full_pipe(tmp_path: Path) -> None:
    """A child whose output nobody takes waits, and nothing is lost."""
    program = """
import os, subprocess, sys
reader, writer = os.pipe()
os.dup2(writer, 1)
os.close(writer)
p = subprocess.Popen([sys.executable, "-c", "print('x' * 1_000_000)"])
try:
    p.wait(0.5)
except subprocess.TimeoutExpired:
    print("waits", file=sys.stderr)
size = 0
while size < 1_000_001:
    size += len(os.read(reader, 100_000))
print(p.wait(), file=sys.stderr)
"""
    recording = compared(tmp_path, program)
    assert recording.outcome.stderr == b"waits\n0\n"
    events = events_of(recording)
    assert content(events, "out") == "x" * 1_000_000 + "\n"


def test_a_full_pipe_of_another_stream(tmp_path: Path) -> None:
    """A child that has ended is known to have, even if nobody takes its output."""
    program = """
import os, subprocess, sys, time
reader, writer = os.pipe()
os.dup2(writer, 1)
os.close(writer)
p = subprocess.Popen([sys.executable, "-c", "print('x' * 100_000)"])
deadline = time.monotonic() + 1
while p.poll() is None and time.monotonic() < deadline:
    time.sleep(0.01)
sys.stderr.write("goes on\\n")
size = 0
while size < 100_001:
    size += len(os.read(reader, 10_000))
print(p.wait(), file=sys.stderr)
"""
    recording = compared(tmp_path, program)
    assert recording.outcome.stderr == b"goes on\n0\n"


def test_much_output_in_little_memory(tmp_path: Path) -> None:
    """Neither the program nor its helper keeps what children and native code write."""
    size = 1 << 26
    program = f"""
import os, re, subprocess, sys
subprocess.run(["head", "-c", "{size}", "/dev/zero"])
os.write(1, b"x" * 1000)
most = re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())
print(int(most[1]) < 50_000, file=sys.stderr)
"""
    recording = compared(tmp_path, program)
    assert recording.outcome.stderr == b"True\n"
    written = sum(map(len, (event.content for event in events_of(recording))))
    assert written == size + 1000 + len("True\n")


# ---- recordings of the API -----------------------------------------------------------


def test_from_start_to_stop(tmp_path: Path) -> None:
    """What is written outside of recordings is not in them, and nothing is left."""
    program = f"""
import ctypes, os, subprocess
import {PACKAGE} as recorder
libc = ctypes.CDLL(None)
def write(text):
    libc.puts(text)
    libc.fflush(None)
    os.write(1, text + b" written\\n")
    subprocess.run(["echo", text + b" child"])
def files():
    return {{fd: os.fstat(int(fd))[:3] for fd in os.listdir("/proc/self/fd")[:3]}}
before = files()
write(b"before")
for name in ("first", "second"):
    recorder.start(name, format="json", policy={{"io_capture_fd_fallback": True}})
    write(name.encode())
    recorder.stop()
    assert files() == before and os.listdir(name)
    write(b"between")
"""
    (tmp_path / "main.py").write_text(program)
    outcome = run(["main.py"], tmp_path)
    assert (outcome.status, outcome.stderr) == (0, b"")
    for name in ("first", "second"):
        recording = Recording(tmp_path / name, outcome)
        assert content(events_of(recording), "out").splitlines() == [
            name,
            f"{name} written",
            f"{name} child",
        ]
    assert sorted(path.name for path in (tmp_path / "first").iterdir()) == [
        "trace.json",
        "trace_metadata.json",
        "trace_paths.json",
    ]
