"""Keeping the last part of a recording only, for programs that run for a long time.

What is kept is the end of the trace of the whole run, behind the calls that were open
where it begins, whoever cuts the tape and whatever is killed.
"""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from readers_support import Readers
from recording import FORMATS, Recording, environment, record

from .test_helper import PROGRAM as THREADS
from .test_helper import Waiting, be_subreaper
from .unfinished import assert_good, helpers_of, recover, wait_for_helper, wait_until

SIZE = 300_000
SEGMENT = 65_536
"""Bytes of a segment when so little is kept."""
OPTIONS = ("--keep-last", str(SIZE))
NOTE = (
    f"Only the last part of the recording was kept (keep_last, {SIZE} bytes): the "
    "trace begins with the calls that were open there."
)

# Frames that stay open: one that shows not all of its variables, one in a generator.
# `size`, made by exec, is not recorded. Each run is the same.
PROGRAM = f"""
exec('''
import os, sys
def size():
    folder, used = os.environ["FOLDER"], 0
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        try:
            used += os.path.getsize(os.path.join(folder, name))
        except FileNotFoundError:
            pass  # cut off just now
    size.most = max(used, size.most)
def say():
    print(size.most, file=sys.stderr)
size.most = 0
''')
class Point:
    def __init__(self, x):
        self.x = x
def generate(n):
    for i in range(n):
        yield Point(i)
def work(n, before):
    found = 0
    for point in generate(n):
        found += point.x % 7
        if point.x % 100 == 0:
            size()
    return found
def many(n):
    {"; ".join(f"variable_{i} = {i}" for i in range(70))}
    return work(n, "x" * 50)
def depth(n, left):
    return depth(n, left - 1) if left else many(n)
depth(1000, 3)
result = depth(20000, 5)
print("done")
say()
"""


def steps_of(recording: Recording) -> list[Any]:
    """The Steps with what they show, without ids, but for those that open a Call."""
    names: list[str] = []
    types: list[Any] = []
    steps: list[Any] = []

    def bare(value: Any) -> Any:
        if isinstance(value, list):
            return [bare(item) for item in value]
        if not isinstance(value, dict):
            return value
        found = {key: bare(item) for key, item in value.items() if key != "type_id"}
        if "type_id" in value:
            found["type"] = types[value["type_id"]]["lang_type"]
        return found

    for entry in recording.records:
        [(kind, body)] = entry.items()
        if kind == "VariableName":
            names.append(body)
        elif kind == "Type":
            types.append(body)
        elif kind == "Step":
            steps.append([body["line"]])
        elif kind == "Value":
            steps[-1].append((names[body["variable_id"]], bare(body["value"])))
        elif kind == "Call" and steps:
            steps.pop()
    return steps


def assert_end_of(recording: Recording, whole: Recording) -> None:
    """The trace is the end of the whole one, and says that it is not all of it."""
    assert_good(recording)
    assert recording.metadata["notes"][0] == NOTE
    kept, all_steps = steps_of(recording), steps_of(whole)
    assert 3000 < len(kept) < len(all_steps) / 2
    assert kept == all_steps[-len(kept) :]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("program") / "program.py"
    path.write_text(PROGRAM)
    return path


def record_here(
    program: Path, trace: Path, trace_format: str, options: Sequence[str]
) -> Recording:
    variables = {"FOLDER": str(trace / "trace.tape")}
    return record(trace_format, [program], program.parent, trace, options, variables)


@pytest.fixture(scope="module")
def whole(program: Path) -> Recording:
    trace = program.parent / "whole"
    return record_here(program, trace, "json", ())


@pytest.mark.parametrize("trace_format", FORMATS)
def test_the_end_is_kept(
    trace_format: str,
    program: Path,
    whole: Recording,
    tmp_path: Path,
    optional_readers: Readers | None,
) -> None:
    recording = record_here(program, tmp_path / "t", trace_format, OPTIONS)
    assert (recording.outcome.status, recording.outcome.stdout) == (0, b"done\n")
    assert recording.metadata["end"] == {"reason": "exit", "complete": True}
    assert_end_of(recording, whole)
    recording.assert_loads(optional_readers)


def test_without_a_helper(program: Path, whole: Recording, tmp_path: Path) -> None:
    """The process cuts its tape itself: at any time there is a quarter more, the
    segment that is written, the one that is made, a state, and three small files."""
    variables = {**environment(), "FOLDER": str(tmp_path / "t" / "trace.tape")}
    command = ["-m", "codetracer_python_recorder", "--format", "json", *OPTIONS]
    plain = subprocess.run(
        [sys.executable, *command, "-o", tmp_path / "t", program],
        env=variables,
        capture_output=True,
        check=True,
        preexec_fn=be_subreaper,
    )
    most = int(plain.stderr)
    assert SIZE < most < SIZE * 5 / 4 + 2 * SEGMENT + 20_000 + 3 * 4096
    assert_end_of(Recording(tmp_path / "t", whole.outcome), whole)


# ---- Several threads, and deaths -----------------------------------------------------

THREADS = THREADS.replace(
    "f(3000)\nin_turns",
    """
ready, over = threading.Event(), threading.Event()
def sleep(number):
    ready.set()
    over.wait()
    return number
sleepers = [threading.Thread(target=sleep, args=(i,)) for i in range(3)]
for sleeper in sleepers:
    ready.clear()
    sleeper.start()
    ready.wait()
def finish():
    over.set()
    for sleeper in sleepers:
        sleeper.join()
f(20000)
in_turns""",
    1,
).replace('print("done")', 'finish()\nprint("done")')


@pytest.fixture(scope="module")
def threads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("threads") / "program.py"
    path.write_text(THREADS)
    return path


@pytest.fixture(params=FORMATS)
def waiting(
    request: pytest.FixtureRequest, threads: Path, tmp_path: Path
) -> Iterator[Waiting]:
    found = Waiting(threads, tmp_path / "trace", str(request.param), OPTIONS)
    yield found
    found.discard()


def segments_of(trace: Path) -> int:
    """Bytes of the tape's segments; each thread has one that is not full."""
    total = 0
    for path in (trace / "trace.tape").glob("*.seg"):
        with contextlib.suppress(FileNotFoundError):  # cut off just now
            total += path.stat().st_size
    return total


def wait_until_cut(waiting: Waiting) -> None:
    """Wait until there is at most a quarter more than SIZE, a segment of each sleeper,
    and the two at which the main thread writes, each of twice the size."""
    state = waiting.trace / "trace.tape" / "state"
    most = SIZE * 5 // 4 + 7 * SEGMENT
    wait_until(lambda: state.exists() and segments_of(waiting.trace) <= most)


def assert_kept(recording: Recording, waits: bool) -> None:
    """The sleeping threads are there with their open calls, and the last line is the
    program's."""
    assert_good(recording)
    assert recording.metadata["notes"][0] == NOTE
    text = THREADS.splitlines()
    last = 'print("ready", flush=True)' if waits else 'print("done")'
    lines = [body["line"] for body in recording.bodies("Step")]
    assert text.index(last) + 1 in lines[-4:]
    assert lines.count(text.index("    over.wait()") + 1) >= 3


def test_open_calls_of_threads(
    waiting: Waiting, optional_readers: Readers | None
) -> None:
    wait_until_cut(waiting)
    recording = waiting.end()
    assert_kept(recording, waits=False)
    recording.assert_loads(optional_readers)


@pytest.mark.parametrize("trace_format", FORMATS)
def test_threads_that_were_cut_off(trace_format: str, tmp_path: Path) -> None:
    """Threads are numbered by their first record in the file."""
    (tmp_path / "program.py").write_text(
        """
import threading
def nothing(): pass
def run():
    thread = threading.Thread(target=nothing)
    thread.start()
    thread.join()
waits = threading.Event()
run()
def wait(): waits.wait()
waiting = threading.Thread(target=wait)
waiting.start()
run()
def count():
    for i in range(60000): pass
count()
run()
waits.set()
waiting.join()
"""
    )
    options = ["--keep-last", "64K", "--thread-records", "on"]
    recording = record(trace_format, ["program.py"], tmp_path, tmp_path / "t", options)
    assert_good(recording)
    assert recording.bodies("ThreadStart") == [2, 3]
    assert recording.metadata["counts"]["threads"] == 3


def test_the_program_is_killed(waiting: Waiting) -> None:
    wait_until_cut(waiting)
    waiting.kill()
    wait_for_helper(waiting.trace)
    recording = waiting.left()
    assert_kept(recording, waits=True)
    assert recording.metadata["end"] == {"reason": "killed", "complete": False}


def test_both_are_killed(waiting: Waiting) -> None:
    wait_until_cut(waiting)
    waiting.signal_helper(signal.SIGKILL)
    waiting.kill()
    assert recover(waiting.trace).status == 0
    assert_kept(waiting.left(), waits=True)


def test_the_helper_is_killed(waiting: Waiting) -> None:
    """The process goes on cutting where the helper has stopped."""
    wait_until_cut(waiting)
    waiting.signal_helper(signal.SIGKILL)
    wait_until(lambda: helpers_of(waiting.trace) == [])
    assert_kept(waiting.end(), waits=False)


def test_a_kill_in_the_middle_of_a_cut(waiting: Waiting) -> None:
    """A state that was not renamed is no state, and one that was replaces segments that
    have not been removed."""
    wait_until_cut(waiting)
    waiting.signal_helper(signal.SIGKILL)
    waiting.kill()
    tape = waiting.trace / "trace.tape"
    (tape / "state.new").write_bytes((tape / "state").read_bytes()[:1000])
    names = (f"{number:08}.seg" for number in range(1000))
    removed = next(name for name in names if not (tape / name).exists())
    (tape / removed).write_bytes(b"\xff" * SEGMENT)
    assert recover(waiting.trace).status == 0
    assert_kept(waiting.left(), waits=True)


def test_a_state_that_is_damaged(waiting: Waiting) -> None:
    wait_until_cut(waiting)
    waiting.signal_helper(signal.SIGKILL)
    waiting.kill()
    state = waiting.trace / "trace.tape" / "state"
    data = state.read_bytes()
    state.write_bytes(data[:-10])
    refused = recover(waiting.trace)
    assert refused.status == 1
    assert b"no readable segment" in refused.stderr
    state.write_bytes(data)
    assert recover(waiting.trace).status == 0
    assert_kept(waiting.left(), waits=True)


def test_a_forked_child(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("""
import os
def work(n):
    total = 0
    for i in range(n):
        total += i
    return total
work(100000)
child = os.fork()
if child == 0:
    work(100000)
    os._exit(0)
os.waitpid(child, 0)
result = work(100000)
print(result)
""")
    recording = record("json", [program], tmp_path, tmp_path / "t", OPTIONS)
    assert (recording.outcome.status, recording.outcome.stderr) == (0, b"")
    assert_good(recording)
    assert recording.metadata["notes"] == [NOTE]
    assert recording.bodies("Step")[-1]["line"] == 15


# ---- The setting ---------------------------------------------------------------------


def test_a_size_that_is_never_reached(program: Path, tmp_path: Path) -> None:
    recording = record_here(program, tmp_path / "t", "json", ("--keep-last=1G",))
    assert recording.metadata["notes"] == []
    assert recording.bodies("Call")[0] == {"function_id": 0, "args": []}


def test_from_the_environment(program: Path, tmp_path: Path) -> None:
    variables = {"CODETRACER_KEEP_LAST": str(SIZE), "FOLDER": "/nowhere"}
    recording = record("json", [program], tmp_path, tmp_path / "t", (), variables)
    assert recording.metadata["notes"] == [NOTE]


def test_the_least_size(program: Path, tmp_path: Path) -> None:
    """A segment: the trace is the end of the run all the same."""
    options = ["--keep-last", "64K"]
    recording = record_here(program, tmp_path / "t", "json", options)
    assert_good(recording)
    assert recording.metadata["notes"] == [NOTE.replace(str(SIZE), "65536")]
    assert recording.bodies("Step")[-1]["line"] == len(PROGRAM.splitlines())


def test_less_is_refused(program: Path, tmp_path: Path) -> None:
    variables = {"CODETRACER_KEEP_LAST": "63K"}
    trace = tmp_path / "t"
    refused = record("json", [program], tmp_path, trace, (), variables).outcome
    text = "invalid value '63K' for CODETRACER_KEEP_LAST: expected a number of bytes of"
    assert refused.status == 1
    assert f"{text} at least 65536" in refused.stderr.decode()
    assert not trace.exists()


def test_not_with_max_trace_size(program: Path, tmp_path: Path) -> None:
    both = [*OPTIONS, "--max-trace-size", "1G"]
    refused = record("json", [program], tmp_path, tmp_path / "t", both)
    message, advice = refused.outcome.stderr.decode().splitlines()[-2:]
    assert refused.outcome.status == 2
    assert message.endswith("argument --keep-last: not allowed with --max-trace-size")
    assert advice == "Type: --keep-last SIZE"
    variables = {"CODETRACER_MAX_TRACE_SIZE": "1G"}
    trace = tmp_path / "t"
    refused = record("json", [program], tmp_path, trace, OPTIONS, variables)
    assert refused.outcome.status != 0
    assert b"keep_last and max_trace_size do not go together" in refused.outcome.stderr
    assert not trace.exists()
