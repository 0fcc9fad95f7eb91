"""Starting and stopping from threads, callbacks and finalizers of the program.

Each program is a process of its own, and prints what it should whatever happens.
"""

from pathlib import Path

import pytest
from recording import FORMATS, Outcome, Recording, run

from .unfinished import wait_for_helper

BEGIN = """
import sys, threading
import codetracer_python_recorder as recorder

def work(n):
    total = 0
    for i in range(n):
        total += i
    return total

def start(name="trace"):
    return recorder.start(name, format=sys.argv[1])
"""

IN_TWO_THREADS = """
wins, refusals = [], []
def attempt(barrier):
    for turn in range(20):
        barrier.wait()
        try:
            wins.append(start(f"trace{turn}"))
        except RuntimeError as error:
            refusals.append(str(error))
        except recorder.RecorderError as error:
            refusals.append(error.code)
        work(5)
        barrier.wait()
        recorder.stop()
        assert not recorder.is_tracing()
barrier = threading.Barrier(2)
def safely():
    try:
        attempt(barrier)
    except BaseException:
        barrier.abort()
        raise
threads = [threading.Thread(target=safely) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(wins), set(refusals), recorder.is_tracing())
"""

WHILE_ANOTHER_WORKS = """
sys.setswitchinterval(1e-4)
go, end = threading.Event(), threading.Event()
def busy():
    n = 0
    while not end.is_set():
        go.set()
        n = work(20)
    return n
results = []
thread = threading.Thread(target=lambda: results.append(busy()))
start()
thread.start()
go.wait()
recorder.stop()
state = recorder.is_tracing()
with recorder.trace("second", format=sys.argv[1]):
    go.clear()
    go.wait()
end.set()
thread.join()
print(results, state)
"""

IN_SIGNAL_HANDLER = """
import os, signal
def handler(number, frame):
    recorder.stop()
    print("stopped", recorder.is_tracing())
signal.signal(signal.SIGUSR1, handler)
start()
work(3)
os.kill(os.getpid(), signal.SIGUSR1)
print(work(4))
"""

IN_SETTRACE = """
calls = []
def tracer(frame, event, arg):
    calls.append(event)
    if len(calls) == 3:
        recorder.stop()
    return tracer
start()
sys.settrace(tracer)
result = work(4)
sys.settrace(None)
print(result, len(calls) > 10, recorder.is_tracing())
"""

IN_GC_CALLBACK = """
import gc
def callback(phase, info):
    recorder.stop()
start()
work(3)
gc.callbacks.append(callback)
gc.collect()
gc.callbacks.remove(callback)
print(work(4), recorder.is_tracing())
"""

STOP_IN_DEL = """
class Dying:
    def __del__(self):
        recorder.stop(exit_code=5)
        print("stopped")
def hold():
    dying = Dying()
    work(3)
start()
hold()
print(work(4), recorder.is_tracing())
"""

START_IN_DEL = """
class Dying:
    def __del__(self):
        start()
        work(3)
def hold():
    dying = Dying()
    work(2)
hold()
print(work(4), recorder.is_tracing())
recorder.stop()
"""

START_IN_DEL_WHILE_ACTIVE = """
class Dying:
    def __del__(self):
        try:
            start("other")
        except RuntimeError as error:
            print(error)
with recorder.trace("trace", format=sys.argv[1]):
    dying = Dying()
    del dying
    work(3)
print(work(4), recorder.is_tracing())
"""

STOP_IN_ATEXIT = """
import atexit
atexit.register(lambda: print("after", recorder.is_tracing()))
atexit.register(recorder.stop)
start()
print(work(4))
"""

START_IN_ATEXIT = """
import atexit
atexit.register(lambda: (start(), work(3)))
print(work(4))
"""

NESTED = """
with recorder.trace("trace", format=sys.argv[1]) as outer:
    try:
        with recorder.trace("inner", format=sys.argv[1]):
            print("never")
    except RuntimeError as error:
        print(error, recorder.is_tracing())
    work(3)
print(work(4), recorder.is_tracing())
"""

STOP_DURING_UNWINDING = """
def fails():
    try:
        raise KeyError("gone")
    finally:
        recorder.stop()
start()
try:
    fails()
except KeyError as error:
    print(error, work(4), recorder.is_tracing())
"""

STOP_IN_GENERATOR = """
def numbers():
    yield 1
    recorder.stop()
    yield 2
start()
print(list(numbers()), recorder.is_tracing())
"""

STOP_IN_A_WEAKREF_CALLBACK = """
import weakref
class Thing: pass
start()
thing = Thing()
reference = weakref.ref(thing, lambda _: recorder.stop())
del thing
print(work(4), recorder.is_tracing())
"""

STOP_IN_A_MONITORING_CALLBACK = """
monitoring = sys.monitoring
monitoring.use_tool_id(1, "own")
monitoring.register_callback(1, monitoring.events.LINE, lambda *_: recorder.stop())
start()
monitoring.set_local_events(1, work.__code__, monitoring.events.LINE)
print(work(4), recorder.is_tracing())
"""

START_IN_A_MONITORING_CALLBACK = """
monitoring = sys.monitoring
monitoring.use_tool_id(1, "own")
def on_line(code, line):
    if not recorder.is_tracing():
        start()
monitoring.register_callback(1, monitoring.events.LINE, on_line)
monitoring.set_local_events(1, work.__code__, monitoring.events.LINE)
print(work(4), recorder.is_tracing())
monitoring.set_local_events(1, work.__code__, 0)
recorder.stop()
"""

STOP_IN_A_KEY_FUNCTION = """
def key(n):
    recorder.stop()
    return -n
start()
print(sorted([1, 2, 3], key=key), recorder.is_tracing())
"""

# CPython tells audit hooks when a tool's callbacks change: within start and stop.
IN_AN_AUDIT_HOOK_OF_START = """
refused = set()
def hook(event, args):
    if event == "sys.monitoring.register_callback" and not refused:
        try:
            start("other")
        except RuntimeError as error:
            refused.add(str(error))
sys.addaudithook(hook)
start()
print(work(4), recorder.is_tracing(), refused)
recorder.stop()
"""

IN_AN_AUDIT_HOOK_OF_STOP = """
seen = []
def hook(event, args):
    if event == "sys.monitoring.register_callback" and seen:
        recorder.stop()
        seen.append(event)
sys.addaudithook(hook)
start()
work(3)
seen.append("armed")
recorder.stop()
print(work(4), recorder.is_tracing(), len(seen) > 1)
"""

# The recording detaches itself where its window closes, and the hook would end it.
IN_AN_AUDIT_HOOK_OF_THE_WINDOW = """
import os
open("part.py", "w").write("def part(n):\\n    return n\\n")
sys.path.insert(0, "")
import part
seen = []
def hook(event, args):
    if event == "sys.monitoring.register_callback" and seen:
        recorder.stop()
        seen.append(event)
sys.addaudithook(hook)
recorder.start("trace", format=sys.argv[1], start_on_enter="part.py")
seen.append("armed")
result = part.part(6)
recorder.stop()
os.remove("part.py")
print(result, recorder.is_tracing(), len(seen) > 1)
"""

STOP_TWICE_AT_ONCE = """
start()
work(5000)
states = []
barrier = threading.Barrier(2)
def stop():
    barrier.wait()
    recorder.stop()
    states.append(recorder.is_tracing())
threads = [threading.Thread(target=stop) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(states)
"""

# A thread that waits for who holds the lock of the files, and will never run again when
# the interpreter ends; `Last` goes with the module's globals.
STOP_AT_THE_END = """
import fcntl, time
start()
work(3)
lock = open("trace/trace.tape/output")
fcntl.flock(lock, fcntl.LOCK_EX)
class Last:
    def __del__(self, print=print, is_tracing=recorder.is_tracing, stop=recorder.stop):
        print("last", is_tracing(), flush=True)
        stop()
        print("stopped", flush=True)
last = Last()
def tools():
    return [sys.monitoring.get_tool(number) for number in range(6)]
before = tools()
thread = threading.Thread(target=recorder.stop, daemon=True)
thread.start()
while tools() == before:
    time.sleep(0.01)
print(thread.is_alive())
"""

# Name: program, what it prints, the traces it leaves.
PROGRAMS = {
    "while_another_works": (
        WHILE_ANOTHER_WORKS,
        "[190] False\n",
        ("trace", "second"),
    ),
    "in_signal_handler": (IN_SIGNAL_HANDLER, "stopped False\n6\n", ("trace",)),
    "in_settrace": (IN_SETTRACE, "6 True False\n", ("trace",)),
    "in_gc_callback": (IN_GC_CALLBACK, "6 False\n", ("trace",)),
    "stop_in_del": (STOP_IN_DEL, "stopped\n6 False\n", ("trace",)),
    "start_in_del": (START_IN_DEL, "6 True\n", ("trace",)),
    "start_in_del_while_active": (
        START_IN_DEL_WHILE_ACTIVE,
        "tracing already active\n6 False\n",
        ("trace",),
    ),
    "stop_in_atexit": (STOP_IN_ATEXIT, "6\nafter False\n", ("trace",)),
    "start_in_atexit": (START_IN_ATEXIT, "6\n", ("trace",)),
    "nested": (NESTED, "tracing already active True\n6 False\n", ("trace",)),
    "stop_during_unwinding": (STOP_DURING_UNWINDING, "'gone' 6 False\n", ("trace",)),
    "stop_in_generator": (STOP_IN_GENERATOR, "[1, 2] False\n", ("trace",)),
    "stop_in_a_weakref_callback": (
        STOP_IN_A_WEAKREF_CALLBACK,
        "6 False\n",
        ("trace",),
    ),
    "stop_in_a_monitoring_callback": (
        STOP_IN_A_MONITORING_CALLBACK,
        "6 False\n",
        ("trace",),
    ),
    "start_in_a_monitoring_callback": (
        START_IN_A_MONITORING_CALLBACK,
        "6 True\n",
        ("trace",),
    ),
    "stop_in_a_key_function": (
        STOP_IN_A_KEY_FUNCTION,
        "[3, 2, 1] False\n",
        ("trace",),
    ),
    "in_an_audit_hook_of_start": (
        IN_AN_AUDIT_HOOK_OF_START,
        "6 True {'tracing already active'}\n",
        ("trace",),
    ),
    "in_an_audit_hook_of_stop": (
        IN_AN_AUDIT_HOOK_OF_STOP,
        "6 False True\n",
        ("trace",),
    ),
    "in_an_audit_hook_of_the_window": (
        IN_AN_AUDIT_HOOK_OF_THE_WINDOW,
        "6 False True\n",
        ("trace",),
    ),
    "stop_twice_at_once": (STOP_TWICE_AT_ONCE, "[False, False]\n", ("trace",)),
}


def run_program(directory: Path, program: str, trace_format: str) -> Outcome:
    (directory / "main.py").write_text(BEGIN + program)
    outcome = run(["main.py", trace_format], directory)
    assert (outcome.status, outcome.stderr) == (0, b"")
    return outcome


@pytest.mark.parametrize("name", PROGRAMS)
def test_stop_or_start_inside(tmp_path: Path, name: str) -> None:
    program, printed, traces = PROGRAMS[name]
    trace_format = FORMATS[len(name) % 2]
    outcome = run_program(tmp_path, program, trace_format)
    assert outcome.stdout.decode() == printed
    directories = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert directories == set(traces)
    for trace in traces:
        recording = Recording(tmp_path / trace, outcome)
        recording.assert_clean()
        assert recording.metadata["counts"]["calls"] > 1


def test_stop_while_the_interpreter_ends(tmp_path: Path) -> None:
    """It does not wait for a thread that will not run again."""
    outcome = run_program(tmp_path, STOP_AT_THE_END, "json")
    assert outcome.stdout.decode() == "True\nlast True\nstopped\n"
    wait_for_helper(tmp_path / "trace")
    Recording(tmp_path / "trace", outcome).assert_clean()


def test_start_and_stop_in_two_threads_at_once(tmp_path: Path) -> None:
    outcome = run_program(tmp_path, IN_TWO_THREADS, "binary")
    wins, _, rest = outcome.stdout.decode().partition(" ")
    assert rest == "{'tracing already active'} False\n"
    assert int(wins) == 20
    for turn in range(20):
        Recording(tmp_path / f"trace{turn}", outcome).assert_clean()
