"""Programs that do their worst to a recorder that looks at them.

Each runs plain and recorded: same output, same status, and a trace that the checker
accepts. Nothing the recorder does may run their code, or go wrong when other code of
theirs runs in between.
"""

import sys
from pathlib import Path

import pytest
from recording import record, run

RAISING = """
def refuse(*args, **named):
    print("called")
    raise SystemError("called")
NAMES = '''repr str bytes format lt le eq ne gt ge hash bool getattr dir len length_hint
    getitem missing iter reversed contains add int float complex index enter exit call
    instancecheck subclasscheck sizeof reduce_ex get set fspath await aiter'''.split()
"""

PROGRAMS = {
    "every dunder raises": RAISING
    + """
body = {f"__{name}__": refuse for name in NAMES}
def show(value):
    kept = value
    return None
for base in (object, list, dict, str, int, float, tuple, set, bytes, Exception):
    class Hostile(base):
        locals().update(body)
    value = base.__new__(Hostile)
    show(value)
    show([value])
    show({"k": value})
print("end")
""",
    "metaclasses that raise, and classes that lie": RAISING
    + """
class Meta(type):
    __getattribute__ = __instancecheck__ = __subclasscheck__ = __call__ = refuse
    __repr__ = __dir__ = __hash__ = refuse
    mro = lambda cls: type.mro(cls)
class Made(metaclass=Meta):
    pass
class Lying:
    __class__ = property(lambda self: dict)
    __dict__ = property(refuse)
    __slots__ = ("a", "b")
def show(value):
    kept = value
    return None
show(Made)
show(object.__new__(Made))
lying = Lying()
show(lying)
lying.a = lying
show([lying])
print(isinstance(lying, dict))
""",
    "an object in its own __del__, kept alive there": """
KEPT = []
class Dying:
    def __init__(self):
        self.self = self.parts = [self]
    def __del__(self):
        KEPT.append(self)
        self.parts.clear()
        del self.self
        print("gone", len(KEPT))
import gc
for _ in range(3):
    dying = Dying()
    dying = None
    gc.collect()
    KEPT.clear()
""",
    "half-made objects": """
class Half:
    __slots__ = ("a", "__dict__", "__weakref__")
def show(value):
    kept = value
for base in (Half, ValueError, list, dict, type, property, BaseException):
    show(base.__new__(base, *(("N", (), {}) if base is type else ())))
import io, datetime, collections, threading, functools
for base in (io.BytesIO, io.TextIOWrapper, io.FileIO, collections.deque, classmethod,
             collections.OrderedDict, threading.Thread, super, staticmethod):
    show(base.__new__(base))
print("end")
""",
    "containers that change from within while they are used": """
ITEMS = []
class Changes:
    def __eq__(self, other):
        ITEMS.clear()
        DICT.clear()
        return False
    def __hash__(self):
        return 1
    def __del__(self):
        ITEMS.extend(range(40))
        DICT.update(dict.fromkeys(range(40)))
DICT = {}
def run():
    for round in range(20):
        ITEMS.append(Changes())
        DICT[Changes()] = ITEMS
        found = Changes() in ITEMS
        other = DICT.get(Changes())
        del ITEMS[:]
        DICT.clear()
run()
print("end")
""",
    "threads that change what others show": """
import sys, threading
sys.setswitchinterval(1e-6)
class Thing:
    pass
THING, DICT, LIST, SET = Thing(), {}, [], set()
def change(seed):
    for i in range(150):
        DICT[i % 50] = [seed, i]
        LIST.append(DICT)
        SET.add(i)
        setattr(THING, f"a{i % 40}", LIST)
        if i % 37 == 0:
            LIST.clear(); DICT.clear(); SET.clear(); vars(THING).clear()
            THING.__dict__ = {}
def show(*values):
    for i in range(60):
        kept = values
threads = [threading.Thread(target=change, args=[n]) for n in range(3)]
threads += [threading.Thread(target=show, args=[THING, DICT, LIST, SET])]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("end")
""",
    "a recursion without end, in methods of the shown object": """
class Deep:
    def __repr__(self):
        return repr(self)
    def __eq__(self, other):
        return self == other
    def __getattr__(self, name):
        return getattr(self, name + "x")
for attempt in (repr, lambda d: d == d, lambda d: d.x):
    try:
        attempt(Deep())
    except RecursionError:
        print("too deep")
nested = []
for _ in range(2000):
    nested = [nested]
print(len(nested))
while nested:
    nested = nested.pop()
""",
    "code that runs first when there are no modules any more": """
import os
import sys
import types

source = "def later(self):\\n    write(1, b'late\\\\n')\\n"
code = compile(source, types.__file__, "exec").co_consts[0]
later = types.FunctionType(code, {"write": os.write})
late = type("Late", (), {"__del__": later})()
late.itself = sys.late = late
del late, later
""",
    "stop and start from everywhere": """
import sys, threading
import codetracer_python_recorder as recorder
class Stops:
    def __del__(self):
        recorder.stop()
        print("stopped", recorder.is_tracing())
def f():
    value = Stops()
    value = None
    return [1]
f()
thread = threading.Thread(target=recorder.stop)
thread.start()
thread.join()
print("end", recorder.is_tracing())
""",
}
SUBINTERPRETERS = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
import threading
CODE = '''
def f(x):
    y = [x]
    return y
for i in range(5):
    f(i)
'''
def run():
    try:
        made = interpreters.create()
    except TypeError:
        made = interpreters.create("legacy")
    interpreters.run_string(made, CODE)
    interpreters.destroy(made)
run()
threads = [threading.Thread(target=run) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("end")
"""
IMPORT_INSIDE = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
made = interpreters.create()
try:
    failed = interpreters.run_string(made, "import codetracer_python_recorder")
    print(getattr(failed, "formatted", failed))
except interpreters.RunFailedError as error:
    print(error)
"""
CONCURRENT = """
from concurrent import interpreters
made = interpreters.create()
made.exec("def f(x):\\n    return [x]\\nf(1)")
made.close()
print("end")
"""


def assert_same(program: str, directory: Path) -> None:
    script = directory / "program.py"
    script.write_text(program, encoding="utf-8")
    plain = run([script], directory)
    recording = record("json", [script], directory, directory / "trace")
    assert recording.outcome.status == plain.status == 0, recording.outcome
    assert (recording.outcome.stdout, recording.outcome.stderr) == (
        plain.stdout,
        plain.stderr,
    )
    recording.assert_clean()


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str, tmp_path: Path) -> None:
    assert_same(PROGRAMS[name], tmp_path)


@pytest.mark.parametrize("time", range(5))
def test_subinterpreters(time: int, tmp_path: Path) -> None:
    assert_same(SUBINTERPRETERS, tmp_path)


@pytest.mark.skipif(sys.version_info < (3, 14), reason="3.14 has the module")
def test_concurrent_interpreters(tmp_path: Path) -> None:
    assert_same(CONCURRENT, tmp_path)


def test_import_in_a_subinterpreter_is_refused(tmp_path: Path) -> None:
    outcome = run(["-c", IMPORT_INSIDE], tmp_path)
    assert outcome.status == 0, outcome.stderr
    assert b"does not support loading in subinterpreters" in outcome.stdout


@pytest.mark.skipif("t" not in sys.abiflags, reason="needs a free-threaded CPython")
def test_without_the_gil_start_is_refused(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("print(1)\n", encoding="utf-8")
    variables = {"PYTHON_GIL": "0"}
    recording = record(
        "json", ["program.py"], tmp_path, tmp_path / "trace", variables=variables
    )
    assert recording.outcome.status == 1
    assert recording.outcome.stdout == b""
    assert b"[ERR_TRACER_INSTALL_CONFLICT] recording needs" in recording.outcome.stderr
