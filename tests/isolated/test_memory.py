"""Memory that runs out: the n-th allocation made for the recorder fails.

Whatever n is, nothing crashes, the program's outcome is its own or what the policy
says, and what is left on disk is a trace in order, a tape to recover, or nothing.
"""

import os
from pathlib import Path

import pytest
from checker import check_trace
from recording import FORMATS, Outcome, record, run

from .shims import build_shim

PROGRAM = """
import dataclasses, enum, threading

class Color(enum.Enum):
    RED = 1

@dataclasses.dataclass
class Point:
    x: int
    y: object = None

class Node:
    def __init__(self, value, rest):
        self.value = value
        self.rest = rest

def numbers(n):
    for i in range(n):
        yield i * 10 ** 20

def fails(n):
    try:
        raise ValueError("no " * n)
    except ValueError as error:
        return str(error)

def deep(n, *args, **kwargs):
    return 0 if n == 0 else 1 + deep(n - 1, *args, **kwargs)

def work(name):
    chain = None
    password = "secret"
    for i in range(2):
        chain = Node([i, str(i) * 400, {i: (name, b"bytes")}], chain)
    point = Point(3, Color.RED)
    squares = [i * i for i in numbers(3)]
    total = lambda: len(squares) + len(password)
    return name, point.x, squares[-1], total(), chain.value[0], fails(3)

exec("\\n".join(f"a{i} = {i}" for i in range(66)))
thread = threading.Thread(target=lambda: print(work("thread")))
thread.start()
thread.join()
print(work("main"), deep(66, 1, word="x"))
n = 3
while n: n -= 1
print("done", n)
"""
API_PROGRAM = """
import sys
import codetracer_python_recorder as recorder
try:
    recorder.start("trace", format=sys.argv[1])
except (recorder.RecorderError, MemoryError) as error:
    print("start:", error, file=sys.stderr)
def work(n):
    return [str(i) * 30 for i in range(n)]
try:
    print(len(work(9)), end="")
except (recorder.RecorderError, MemoryError) as error:
    print("event:", error, file=sys.stderr)
try:
    recorder.stop(exit_code=3)
except (recorder.RecorderError, MemoryError) as error:
    print("stop:", error, file=sys.stderr)
print("", recorder.is_tracing(), work(1))
sys.exit(3)
"""
SPREAD = (*range(1, 60, 5), *range(60, 600, 45), *range(600, 3000, 150))
"""Of the soak's 3,000; most of what is different happens early."""
NUMBERS = range(1, 3001) if os.environ.get("CT_SOAK") else SPREAD
CHUNKS = [NUMBERS[i::4] for i in range(4)]
START = "Failed to start Codetracer session: "
IGNORED = "Exception ignored in PySys_GetObject()"
"""What CPython 3.13 prints on its own where it cannot make a key."""


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_shim("memory_shim", tmp_path_factory.mktemp("shim"))


def variables(shim: Path, scope: str, number: int, count: int = 1) -> dict[str, str]:
    """The environment in which an allocation fails; the number says the policy, too.

    Within captured streams run the program's own reads and writes, whose allocations
    are no concern of the recorder's: the other scopes leave capture off.
    """
    return {
        "LD_PRELOAD": str(shim),
        "PYTHONMALLOC": "malloc",
        "SHIM_SCOPE": scope,
        "CODETRACER_CAPTURE_IO": "proxies" if scope == "own" else "off",
        "SHIM_PROGRAM": "1",
        "SHIM_FAIL": str(number),
        "SHIM_COUNT": str(count),
        "CODETRACER_ON_RECORDER_ERROR": ("abort", "disable")[number % 2],
        "CODETRACER_KEEP_PARTIAL_TRACE": str(number // 2 % 2),
    }


def assert_directory(directory: Path, said: str) -> None:
    """A good trace, nothing, or a tape of which the message tells."""
    names = {path.name for path in directory.iterdir()} if directory.exists() else set()
    if "trace.tape" in names:
        assert "--recover" in said
    elif names:
        assert [str(problem) for problem in check_trace(directory)] == []


def assert_outcome(outcome: Outcome, plain: Outcome, policy: str, number: int) -> None:
    """The program's own, but for what start, `abort` and a lost trace may do."""
    said = outcome.stderr.decode()
    context = f"allocation {number}, {policy}: {outcome}"
    if said.startswith(START):
        assert (outcome.status, outcome.stdout) == (1, b""), context
        assert len(said) > len(START) + 1, context
        return
    own = (outcome.status, outcome.stdout) == (plain.status, plain.stdout)
    if policy == "disable":
        assert own, context
        assert "Traceback" not in said or IGNORED in said, context
    elif not own:
        assert outcome.status == 1, context
        assert "out of memory" in said or "MemoryError" in said, context
        printed = outcome.stdout.splitlines(keepends=True)
        assert [
            line for line in plain.stdout.splitlines(keepends=True) if line in printed
        ] == printed, context


def assert_failures(
    directory: Path,
    shim: Path,
    scope: str,
    numbers: range | tuple[int, ...],
    count: int,
) -> None:
    (directory / "main.py").write_text(PROGRAM)
    plain = run(["main.py"], directory)
    for number in numbers:
        trace = directory / f"trace{number}"
        environment = variables(shim, scope, number, count)
        outcome = record(
            FORMATS[number // 4 % 2], ["main.py"], directory, trace, (), environment
        ).outcome
        policy = environment["CODETRACER_ON_RECORDER_ERROR"]
        assert_outcome(outcome, plain, policy, number)
        assert_directory(trace, outcome.stderr.decode())


@pytest.mark.parametrize("numbers", CHUNKS, ids=str)
@pytest.mark.parametrize("scope", ["own", "any"])
def test_allocation_that_fails(
    tmp_path: Path, shim: Path, scope: str, numbers: range | tuple[int, ...]
) -> None:
    assert_failures(tmp_path, shim, scope, numbers, 1)


def test_start_up(tmp_path: Path, shim: Path) -> None:
    """Of the native module, too: what it makes, CPython must not crash over.

    CPython 3.13.0 does when it makes a type with many methods.
    """
    numbers = range(1, 301) if os.environ.get("CT_SOAK") else range(1, 301, 12)
    assert_failures(tmp_path, shim, "start", numbers, 1)


def test_memory_that_stays_out(tmp_path: Path, shim: Path) -> None:
    assert_failures(tmp_path, shim, "own", NUMBERS[5::3], 1_000_000)


def test_allocation_that_fails_under_the_api(tmp_path: Path, shim: Path) -> None:
    (tmp_path / "main.py").write_text(API_PROGRAM)
    for number in NUMBERS[::4]:
        environment = variables(shim, "own", number)
        del environment["SHIM_PROGRAM"]
        trace_format = FORMATS[number // 4 % 2]
        outcome = run(["main.py", trace_format], tmp_path, environment)
        said = outcome.stderr.decode()
        assert outcome.status == 3, outcome
        assert outcome.stdout in (b"9 False ['" + b"0" * 30 + b"']\n",) or (
            "event: " in said and "abort" in environment.values()
        ), outcome
        assert_directory(tmp_path / "trace", said)
        run(["-c", "import shutil; shutil.rmtree('trace', True)"], tmp_path)
