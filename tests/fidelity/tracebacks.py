"""Uncaught exceptions, hooks, and the text of tracebacks."""

from .case import Case

CASES = (
    Case(
        "a traceback through several functions and a module",
        "import helper\ndef f(x):\n    return helper.g(lambda: 1 / x)\nf(0)\n",
        files={"helper.py": "def g(callback):\n    return [callback() for _ in [0]]\n"},
        status=1,
        stderr='File "',
    ),
    Case(
        "exceptions with cause, context and notes",
        """
def f():
    try:
        {}["missing"]
    except KeyError as error:
        raise ValueError("second") from error
def g():
    try:
        f()
    except ValueError as error:
        error.add_note("a note\\nof two lines")
        undefined_name
g()
""",
        status=1,
        stderr="The above exception was the direct cause",
    ),
    Case(
        "raise from None and a bare raise",
        """
def f():
    try:
        1 / 0
    except ZeroDivisionError:
        raise ValueError("shown") from None
try:
    f()
except ValueError:
    raise
""",
        status=1,
        stderr="ValueError: shown",
    ),
    Case(
        "an exception group",
        """
def f(n):
    raise TypeError(n)
errors = []
for n in range(3):
    try:
        f(n)
    except TypeError as error:
        errors.append(error)
try:
    raise ExceptionGroup("several", [*errors, ExceptionGroup("inner", [ValueError(1)])])
except* ValueError as group:
    print("caught", group.exceptions)
""",
        status=1,
        stderr="TypeError: 2",
    ),
    Case(
        "a recursive traceback is shortened",
        "def f(n):\n    return g(n - 1)\ndef g(n):\n"
        "    return f(n) if n else 1 / n\nf(99)\n",
        status=1,
        stderr="ZeroDivisionError",
    ),
    Case(
        "an uncaught RecursionError",
        "def f():\n    return f()\nf()\n",
        status=1,
        stderr="Previous line repeated 99",
    ),
    Case(
        "a syntax error in the script",
        "print('never')\nif True\n    pass\n",
        status=1,
        stderr="SyntaxError: expected ':'",
        runs_code=False,
    ),
    Case(
        "an indentation error in the script",
        "if True:\n        x = 1\n    y = 2\n",
        status=1,
        stderr="IndentationError",
        runs_code=False,
    ),
    Case(
        "a script with a null byte",
        b"print(1)\n\0\n",
        status=1,
        stderr="SyntaxError: source code",
        runs_code=False,
    ),
    Case(
        "a script with bytes that are no UTF-8",
        b"print('caf\xe9')\n",
        status=1,
        stderr="SyntaxError: ",
        runs_code=False,
    ),
    Case(
        "a script whose encoding is unknown",
        "# coding: nothing\nprint(1)\n",
        status=1,
        stderr="nothing",
        runs_code=False,
    ),
    Case(
        "a warning of the compiler about the script",
        "def f(x):\n    return x is 1\nprint(f(1), '\\d')\n",
        stderr="SyntaxWarning",
    ),
    Case(
        "sys.excepthook of the program",
        """
import sys, traceback
def hook(kind, error, trace):
    print("hook", kind.__name__, error)
    frames = traceback.extract_tb(trace)
    print([(frame.name, frame.lineno, frame.line) for frame in frames])
    frame = trace.tb_frame
    print(frame.f_back, frame.f_code.co_name)
sys.excepthook = hook
def f():
    raise ValueError("bad")
f()
""",
        status=1,
        stdout="hook ValueError bad",
    ),
    Case(
        "a sys.excepthook that fails",
        "import sys\ndef hook(*args):\n    raise KeyError('hook')\n"
        "sys.excepthook = hook\n"
        "raise ValueError('first')\n",
        status=1,
        stderr="Error in sys.excepthook:",
    ),
    Case(
        "a sys.excepthook that is gone",
        "import sys\ndel sys.excepthook\nraise ValueError('first')\n",
        status=1,
        stderr="sys.excepthook is missing",
    ),
    Case(
        "a sys.excepthook that exits",
        "import sys\nsys.excepthook = lambda *args: sys.exit(33)\nraise ValueError\n",
        status=33,
    ),
    Case(
        "sys.last_exc after an uncaught exception",
        """
import atexit, sys
def look():
    print(repr(sys.last_value), sys.last_type, sys.last_traceback.tb_lineno)
    print(repr(sys.last_exc))
atexit.register(look)
raise ValueError("bad")
""",
        status=1,
        stderr="ValueError: bad",
    ),
    Case(
        "sys.unraisablehook",
        """
import sys
class C:
    def __del__(self):
        raise ValueError("in del")
C()
def hook(info):
    print(info.exc_type, info.exc_value, info.err_msg, info.exc_traceback.tb_lineno)
    print(info.object.__qualname__)
sys.unraisablehook = hook
c = C()
del c
""",
        stderr="ValueError: in del",
    ),
    Case(
        "an exception that cannot be printed",
        """
class Bad(Exception):
    def __str__(self):
        print("str called")
        raise RuntimeError("no text")
def f():
    raise Bad("x")
try:
    f()
except Bad as error:
    print("caught")
f()
""",
        status=1,
        stderr="Bad: <exception str() failed>",
    ),
    Case(
        "an exception class with odd attributes",
        """
class Odd(Exception):
    __module__ = 5
    args = property(lambda self: print("args") or ())
    def __getattribute__(self, name):
        print("get", name)
        return super().__getattribute__(name)
try:
    raise Odd("x")
except Odd:
    print("caught")
""",
    ),
    Case(
        "raising things that are no exceptions",
        """
class Unmade(Exception):
    def __init__(self):
        raise TypeError("cannot be made")
class NoException:
    def __new__(cls):
        print("new")
        return super().__new__(cls)
for thing in (Unmade, NoException, 5, "text", None):
    try:
        raise thing
    except TypeError as error:
        print(error)
""",
    ),
    Case(
        "exceptions in class creation",
        """
class Base:
    def __init_subclass__(cls, **keywords):
        raise ValueError(f"no subclass {cls.__name__} {keywords}")
class Attribute:
    def __set_name__(self, owner, name):
        raise KeyError(name)
try:
    class Child(Base, x=1):
        def method(self): pass
except ValueError as error:
    print(error)
try:
    class Owner:
        attribute = Attribute()
except (KeyError, RuntimeError) as error:
    print(type(error), error, getattr(error, "__notes__", None))
class Again(Base):
    pass
""",
        status=1,
        stderr="ValueError: no subclass Again {}",
    ),
    Case(
        "positions in a traceback",
        """
import traceback
def f(a, b):
    return (a.x +
            b.y.z)
class A:
    x = 1
    y = None
try:
    f(A, A)
except AttributeError as error:
    traceback.print_exc()
    for frame in traceback.extract_tb(error.__traceback__):
        print(frame.lineno, frame.end_lineno, frame.colno, frame.end_colno)
    print(error.__traceback__.tb_lasti, error.__traceback__.tb_next.tb_lasti)
    traceback.print_stack()
""",
        stderr="AttributeError",
    ),
    Case(
        "a traceback with the values of locals",
        """
import sys, traceback
def f(x):
    local = [x] * 2
    raise ValueError(local)
try:
    f(3)
except ValueError as error:
    text = traceback.TracebackException.from_exception(error, capture_locals=True)
    lines = [line for line in text.format() if "f(3)" not in line]
    print("local = [3, 3]" in "".join(lines), len(lines))
""",
    ),
    Case(
        "logging with the caller's place",
        """
import logging, sys
logging.basicConfig(stream=sys.stdout, level=logging.DEBUG,
                    format="%(levelname)s %(lineno)d %(funcName)s %(pathname)s %(msg)s")
def f():
    logging.info("here", stack_info=True)
    logging.getLogger("x").warning("up", stacklevel=2)
    try:
        1 / 0
    except ZeroDivisionError:
        logging.exception("oops")
f()
""",
    ),
    Case(
        "warnings' places and stack levels",
        """
import warnings
import helper
def f(level):
    warnings.warn(f"level {level}", stacklevel=level)
def g(level):
    f(level)
for level in range(1, 6):
    g(level)
g(1)
helper.old(2)
warnings.warn_explicit("explicit", DeprecationWarning, "file.py", 3)
print(sorted(k for k in globals() if k.startswith("__warning")))
""",
        files={
            "helper.py": "import warnings\ndef old(level):\n"
            "    warnings.warn('old', DeprecationWarning, level)\n"
        },
        flags=("-W", "default"),
        stderr="UserWarning: level 5",
    ),
    Case(
        "warnings are shown once per place",
        """
import warnings
def f():
    warnings.warn("again")
for _ in range(3):
    f()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    f()
    f()
print([(w.lineno, str(w.message)) for w in caught])
""",
        stderr="UserWarning: again",
    ),
)
