"""How a program ends: status, last words, atexit functions."""

import sys

from .case import ENCODED, Case

# An int too large for any status is no error any more (python/cpython#125842).
IS_QUIET = sys.version_info >= (3, 13, 1) or (3, 12, 8) <= sys.version_info < (3, 13)
TOO_LARGE = "" if IS_QUIET else "OverflowError"


def exits(argument: str, status: int, stderr: str = "", differs: str = "") -> Case:
    program = f"import sys\ndef leave():\n    sys.exit({argument})\nleave()\n"
    return Case(
        f"sys.exit({argument})",
        program,
        status=status,
        stderr=stderr,
        output_differs=differs,
    )


CASES = (
    exits("", 0),
    exits("None", 0),
    exits("0", 0),
    exits("3", 3),
    exits("256 + 4", 4),
    exits("-1", 255),
    exits("2**31", 0),
    exits("2**40 + 7", 7),
    exits("-2**63", 0),
    exits("10**30", 255, TOO_LARGE),
    exits("True", 1),
    exits("False", 0),
    exits("1.5", 1, "1.5"),
    exits("'text'", 1, "text"),
    exits("''", 1, "\n"),
    exits("'lone \\udcff surrogate'", 1, "lone \\udcff surrogate", ENCODED),
    exits("[1, 'two']", 1, "[1, 'two']"),
    exits("(1,)", 1),
    exits("()", 0),
    exits("1, 2", 1, "TypeError"),
    Case(
        "sys.exit with an object of the program's",
        """
import sys
class Reason:
    def __str__(self):
        print("str was called")
        return "my reason"
    def __repr__(self):
        print("repr was called")
        return "repr"
sys.exit(Reason())
""",
        status=1,
        stderr="my reason",
    ),
    Case(
        "sys.exit with an object that cannot be printed",
        """
import sys
class Reason:
    def __str__(self):
        raise ValueError("no text")
sys.exit(Reason())
""",
        status=1,
        stderr="\n",
    ),
    Case(
        "sys.exit with an int subclass",
        "import sys\nclass Code(int):\n    def __index__(self):\n        return 9\n"
        "sys.exit(Code(3))\n",
        status=3,
    ),
    Case(
        "a subclass of SystemExit whose code is a property",
        """
class Leave(SystemExit):
    @property
    def code(self):
        print("code was asked for")
        return 6
raise Leave(2)
""",
        status=6,
    ),
    Case("exit() of site", "exit(5)\n", status=5),
    Case("raise SystemExit", "raise SystemExit\n"),
    Case(
        "a SystemExit inside of another",
        """
import sys
try:
    sys.exit(1)
finally:
    sys.exit(2)
""",
        status=2,
    ),
    Case(
        "a SystemExit that is caught",
        "import sys\ntry:\n    sys.exit(1)\nexcept SystemExit as e:\n"
        "    print(e.code)\n",
    ),
    Case(
        "sys.exit runs finally blocks and context managers",
        """
import sys
class Manager:
    def __enter__(self):
        return self
    def __exit__(self, *info):
        print("exit", info[0].__name__, info[1].code)
def leave():
    with Manager():
        try:
            sys.exit("bye")
        finally:
            print("finally")
leave()
""",
        status=1,
        stderr="bye",
    ),
    Case(
        "SystemExit with a cause and notes",
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n"
        "    raise SystemExit(3) from e\n",
        status=3,
    ),
    Case(
        "SystemExit inside an exception group",
        "raise BaseExceptionGroup('several', [SystemExit(3), ValueError()])\n",
        status=1,
        stderr="BaseExceptionGroup: several (2 sub-exceptions)",
    ),
    Case(
        "os._exit",
        "import os\nprint('kept', flush=True)\nprint('lost')\nos._exit(7)\n",
        status=7,
        leaves_trace=False,
    ),
    Case(
        "os.abort",
        "import os\nprint('kept', flush=True)\ndef f():\n    os.abort()\nf()\n",
        status=-6,
        leaves_trace=False,
    ),
    Case(
        "os.execv of another program",
        "import os, sys\nprint('before', flush=True)\n"
        "os.execv('/bin/sh', ['sh', '-c', 'echo after; exit 3'])\n",
        status=3,
        leaves_trace=False,
    ),
    Case(
        "os.execv of the same program",
        "import os, sys\nprint(sys.argv, sys.orig_argv[1:], flush=True)\n"
        "if len(sys.argv) < 3:\n"
        "    os.execv(sys.executable, [sys.executable, __file__, *sys.argv[1:], 'x'])\n"
        "sys.exit(8)\n",
        status=8,
        leaves_trace=False,
    ),
    Case(
        "order of atexit functions",
        """
import atexit
def say(*words, **named):
    print(*words, named)
atexit.register(say, "first", x=1)
atexit.register(say, "second")
@atexit.register
def third():
    atexit.register(say, "from third")
    print("third")
atexit.unregister(print)
print(atexit._ncallbacks(), "end of main")
""",
    ),
    Case(
        "exceptions in atexit functions",
        """
import atexit, sys
def fails():
    raise ValueError("at exit")
def exits():
    sys.exit(9)
atexit.register(print, "last")
atexit.register(fails)
atexit.register(exits)
print("end of main")
""",
        stderr="ValueError: at exit",
    ),
    Case(
        "atexit after an uncaught exception",
        "import atexit\natexit.register(print, 'still')\n"
        "def f(): raise ValueError\nf()\n",
        status=1,
        stderr="ValueError",
    ),
    Case(
        "number of atexit functions at the start",
        "import atexit\nprint(atexit._ncallbacks())\natexit._clear()\n",
    ),
    Case(
        "atexit functions run by the program",
        "import atexit\natexit.register(print, 'called')\natexit._run_exitfuncs()\n"
        "def f():\n    return 'after'\nprint(f())\n",
    ),
    Case(
        "threading's own exit functions",
        """
import threading, atexit
threading._register_atexit(print, "threading exit")
atexit.register(print, "atexit")
print("end of main")
""",
    ),
    Case(
        "objects that die with the interpreter",
        """
import sys
class Last:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        print("del", self.name, sys is None, sys.is_finalizing())
kept = Last("global")
cycle = Last("cycle")
cycle.itself = cycle
sys.kept = Last("in sys")
def function(default=Last("default")):
    pass
del cycle
""",
    ),
    Case(
        "a __del__ at the end that fails",
        "class C:\n    def __del__(self):\n        raise ValueError('too late')\n"
        "c = C()\n",
        stderr="ValueError: too late",
    ),
    Case(
        "weakref.finalize at the end",
        """
import weakref
class C: pass
kept = C()
weakref.finalize(kept, print, "finalized at exit")
other = C()
weakref.finalize(other, print, "finalized at once")
del other
print("end of main")
""",
    ),
    Case(
        "generators that are alive at the end",
        """
def g():
    try:
        yield 1
    finally:
        print("closed")
kept = g()
print(next(kept))
async def h():
    yield 1
agen = h()
""",
    ),
    Case(
        "an uncaught exception ends with 1",
        "def f(x):\n    return 1 / x\nprint('before')\nf(0)\n",
        status=1,
        stderr="ZeroDivisionError: division by zero",
    ),
    Case(
        "the interpreter's state at the end is as the program left it",
        "import sys\nsys.settrace(None)\nsys.modules.clear()\nprint('cleared')\n",
    ),
    Case(
        "a program that clears its own globals",
        "def f():\n    return 1\nx = f()\nprint(x)\nglobals().clear()\n",
    ),
    Case(
        "a MemoryError",
        "def f():\n    return 'x' * (2**62)\ntry:\n    f()\n"
        "except MemoryError as e:\n    print(repr(e))\nf()\n",
        status=1,
        stderr="MemoryError",
    ),
)
