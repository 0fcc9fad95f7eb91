"""The interpreter's own options and variables, which `python -m` takes over."""

from .case import PAST_THE_STREAMS, Case

PROBE = """
import gc, os, sys, warnings
def f(x):
    '''Docstring.'''
    assert x, "asserted"
    return f.__doc__, __debug__
try:
    print(f(0))
except AssertionError as error:
    print(repr(error))
print(sys.flags, sys._xoptions, sys.warnoptions, sys.dont_write_bytecode)
print(sys.path, sys.pycache_prefix, [str(w) for w in warnings.filters])
print(sys.stdout.line_buffering, sys.stdout.write_through, sys.stderr.errors)
print(sys.orig_argv[1:], sys.get_int_max_str_digits(), sys.executable)
import helper
"""
FILES = {
    "helper.py": "print('helper', __file__, __spec__.cached)\n",
    "lib/x.py": "",
}


def option(*flags: str) -> Case:
    return Case(f"python {' '.join(flags)}", PROBE, flags=flags, files=FILES)


def variable(name: str, value: str) -> Case:
    return Case(f"{name}={value}", PROBE, env={name: value}, files=FILES)


CASES = (
    option("-O"),
    option("-OO"),
    option("-E"),
    option("-s"),
    option("-B"),
    option("-u"),
    option("-q"),
    option("-b"),
    option("-X", "dev"),
    option("-W", "error"),
    option("-Werror", "-Xdev"),
    option("-W", "error::BytesWarning", "-bb"),
    option("-X", "utf8=0"),
    option("-X", "int_max_str_digits=1000"),
    option("-X", "frozen_modules=off"),
    option("-X", "no_debug_ranges"),
    option("-X", "tracemalloc=5"),
    option("-X", "pycache_prefix=main.py/cache"),
    option("-X", "warn_default_encoding"),
    option("-X", "faulthandler"),
    option("-X", "perf"),
    option("-X", "anything=else"),
    Case(
        "python -I",
        "import sys; print(sys.path, sys.flags)",
        flags=("-I",),
        env={"PYTHONPATH": "lib", "PYTHONOPTIMIZE": "2"},
    ),
    Case(
        "python -P",
        "import sys; print(sys.path, sys.flags)\nimport helper\n",
        flags=("-P",),
        files=FILES,
        status=1,
        stderr="No module named 'helper'",
    ),
    variable("PYTHONMALLOC", "debug"),
    variable("PYTHONMALLOC", "malloc"),
    variable("PYTHONMALLOC", "malloc_debug"),
    variable("PYTHONHASHSEED", "0"),
    variable("PYTHONUNBUFFERED", "1"),
    variable("PYTHONIOENCODING", "latin-1:backslashreplace"),
    variable("PYTHONOPTIMIZE", "2"),
    variable("PYTHONDONTWRITEBYTECODE", "1"),
    variable("PYTHONDEVMODE", "1"),
    variable("PYTHONWARNINGS", "error,ignore::DeprecationWarning"),
    variable("PYTHONPATH", "lib:other"),
    variable("PYTHONNODEBUGRANGES", "1"),
    variable("PYTHONTRACEMALLOC", "3"),
    variable("PYTHONASYNCIODEBUG", "1"),
    variable("PYTHONUTF8", "1"),
    variable("PYTHONPYCACHEPREFIX", "main.py/cache"),
    variable("PYTHONVERBOSE", ""),
    variable("LC_ALL", "C"),
    variable("LC_ALL", "C.UTF-8"),
    variable("LANG", "C"),
    Case(
        "PYTHONSTARTUP with python -i",
        "x = 1\n",
        flags=("-i",),
        env={"PYTHONSTARTUP": "startup.txt"},
        files={"startup.txt": "print('start-up')\n"},
        stdin=b"print(x)\n",
        stderr=">>>",
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "colours of a traceback",
        "def f():\n    1 / 0\nf()\n",
        env={"FORCE_COLOR": "1"},
        status=1,
        stderr="ZeroDivisionError",
    ),
    Case(
        "a traceback on a terminal",
        "def f():\n    1 / 0\nf()\n",
        env={"TERM": "xterm"},
        on_terminal=True,
        status=1,
        stdout="ZeroDivisionError",
    ),
    Case(
        "hashes of strings under PYTHONHASHSEED",
        "print([hash(text) for text in ('', 'a', 'abc')], {'x', 'y', 'z', 'w'})",
        env={"PYTHONHASHSEED": "12345"},
    ),
    Case(
        "dev mode warns of a file left open",
        "def f():\n    open('main.py')\nf()\n",
        flags=("-X", "dev"),
        stderr="ResourceWarning: unclosed file",
    ),
    Case(
        "dev mode warns with the place of the allocation",
        "def f():\n    file = open('main.py')\nf()\n",
        flags=("-X", "dev", "-X", "tracemalloc=5"),
        stderr="Object allocated at (most recent call last):",
    ),
    Case(
        "python -W error makes a warning an exception",
        "import warnings\ndef f():\n    warnings.warn('careful')\nf()\n",
        flags=("-W", "error"),
        status=1,
        stderr="UserWarning: careful",
    ),
    Case(
        "python -bb makes a comparison an exception",
        "print(b'a' == 'a')\n",
        flags=("-bb",),
        status=1,
        stderr="BytesWarning: Comparison between bytes and string",
    ),
    Case(
        "python -W error for warnings of the compiler",
        "assert (1, 'message')\n",
        flags=("-W", "error"),
        status=1,
        stderr="SyntaxError: assertion is always true",
        runs_code=False,
    ),
    Case(
        "python -i goes on with standard input",
        "import sys\nx = 5\nprint('script')\n",
        flags=("-i",),
        stdin=b"print(x + 1)\ndef f():\n    return x\n\nprint(f())\n1 / 0\n",
        stderr="ZeroDivisionError",
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "python -i after an uncaught exception",
        "def f(a):\n    1 / a\nf(0)\n",
        flags=("-i",),
        stdin=b"import sys; print(sys.last_value, sys.last_traceback.tb_lineno)\n",
        stderr="ZeroDivisionError",
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "python -i after sys.exit",
        "import sys\nsys.exit(5)\n",
        flags=("-i",),
        stdin=b"print('still here')\nimport sys; sys.exit(6)\n",
        stderr="SystemExit: 5",
        status=6,
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "PYTHONINSPECT set by the program",
        "import os\nos.environ['PYTHONINSPECT'] = '1'\nprint('script')\n",
        env={"PYTHON_BASIC_REPL": "1", "TERM": "dumb"},
        on_terminal=True,
        dialogue=((b">>> ", b"print(6 * 7)\n"), (b">>> ", b"\x04")),
        stdout="42",
        output_differs=PAST_THE_STREAMS,
    ),
)
