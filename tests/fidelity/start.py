"""How a program starts: script, module, code, container, and what it finds then."""

from .case import PAST_THE_STREAMS, Case

# What a program can see of how it was started.
PROBE = """
import sys
main = sys.modules["__main__"]
print(sys.argv, sys.orig_argv[1:], sys.path, sys.flags)
print(__name__, globals().get("__file__"), __package__, type(__loader__).__name__)
print(__spec__ and (__spec__.name, __spec__.origin, __spec__.parent))
print(list(vars(main)), main is sys.modules[__name__])
print(type(__builtins__), __debug__,
      __annotations__ if "__annotations__" in vars() else 0)
"""

PACKAGE = {
    "pkg/__init__.py": "print('package', __name__, __path__)\n",
    "pkg/__main__.py": "from . import part\n" + PROBE,
    "pkg/part.py": "print('part', __name__, __package__, __file__)\n",
    "pkg/sub/__init__.py": "print('sub', __name__)\n",
    "pkg/sub/mod.py": "from .. import part\n" + PROBE,
}

CASES = (
    Case("a script sees a plain start", PROBE),
    Case("a script in another directory", PROBE, script="some/where/main.py"),
    Case("an empty script", ""),
    Case("a script with nothing but a docstring", '"""Hello."""\n'),
    Case("a script without a last newline", "print('no newline')"),
    Case("a script with CRLF line ends", "def f():\r\n    return 1\r\nprint(f())\r\n"),
    Case("a script with a byte order mark", b"\xef\xbb\xbfprint('\xc3\xa9')\n"),
    Case("a script in Latin-1", b"# coding: latin-1\nprint(ascii('\xe9'))\n"),
    Case(
        "a script with its first line skipped", "@echo off\nprint(1)\n", flags=("-x",)
    ),
    Case(
        "modules beside the script are found",
        "import helper; print(helper.__file__, helper.__name__, helper.answer())",
        files={"helper.py": "def answer():\n    return 42\n"},
    ),
    Case(
        "modules beside the script are found from another directory",
        "import helper; print(helper.__file__, helper.answer())",
        script="app/main.py",
        files={
            "app/helper.py": "def answer():\n    return 42\n",
            "helper.py": "raise SystemExit('the wrong one')\n",
        },
    ),
    Case(
        "a module beside the script hides one of the standard library",
        "import argparse, pathlib; print(argparse.mine, pathlib.mine)",
        files={"argparse.py": "mine = 1\n", "pathlib.py": "mine = 2\n"},
    ),
    Case(
        "a relative import in a script fails",
        "from . import helper",
        files={"helper.py": ""},
        status=1,
        stderr="ImportError: attempted relative import with no known parent package",
    ),
    Case(
        "arguments reach the script", PROBE, args=("-o", "x", "--format", "", "--", "-")
    ),
    Case("arguments that are not UTF-8", PROBE, args=(b"caf\xe9", "a\nb", "\u00e9")),
    Case("a module by -m", command=("-m", "pkg"), args=("-m", "x"), files=PACKAGE),
    Case("a module in a package by -m", command=("-m", "pkg.sub.mod"), files=PACKAGE),
    Case(
        "a module in a namespace package by -m",
        command=("-m", "space.mod"),
        files={"space/mod.py": PROBE},
    ),
    Case(
        "a package with __main__ in a namespace package by -m",
        command=("-m", "space"),
        files={"space/__main__.py": PROBE},
    ),
    Case(
        "a namespace package by -m cannot be executed",
        command=("-m", "space"),
        files={"space/mod.py": ""},
        status=1,
        stderr="No module named space.__main__; 'space' is a package",
        runs_code=False,
        leaves_trace=False,
    ),
    Case(
        "a package without __main__ by -m",
        command=("-m", "pkg"),
        files={"pkg/__init__.py": "print('init')\n"},
        status=1,
        stderr="No module named pkg.__main__; 'pkg' is a package",
    ),
    Case(
        "a module by -m that is not there",
        command=("-m", "nosuch.module"),
        status=1,
        stderr="Error while finding module specification for 'nosuch.module'",
        runs_code=False,
        leaves_trace=False,
    ),
    Case(
        "a package by -m whose import fails",
        command=("-m", "pkg.mod"),
        files={"pkg/__init__.py": "import nosuch\n", "pkg/mod.py": ""},
        status=1,
        stderr="ModuleNotFoundError: No module named 'nosuch'",
    ),
    Case(
        "a module by -m that its package imported before",
        command=("-m", "pkg.mod"),
        files={
            "pkg/__init__.py": "from . import mod\n",
            "pkg/mod.py": "print(__name__)\n",
        },
        stderr="'pkg.mod' found in sys.modules after import of package 'pkg'",
    ),
    Case(
        "a module of the standard library by -m",
        command=("-m", "json.tool"),
        stdin=b'{"b": [1, 2], "a": null}',
        stdout='"b"',
    ),
    Case("code by -c", command=("-c", PROBE), args=("--", "-c", "x")),
    Case(
        "code attached to -c", command=("-cimport sys; print(sys.argv)",), args=("x",)
    ),
    Case(
        "code by -c that fails inside a function",
        command=("-c", "def f():\n    1 / 0\nf()"),
        status=1,
        stderr="ZeroDivisionError",
    ),
    Case(
        "a directory with __main__", command=("app",), files={"app/__main__.py": PROBE}
    ),
    Case(
        "a directory without __main__",
        command=("app",),
        files={"app/mod.py": PROBE},
        status=1,
        stderr="can't find '__main__' module in",
        runs_code=False,
        leaves_trace=False,
    ),
    Case(
        "a zip with __main__ and a module",
        command=("app.pyz", "x"),
        files={
            "app.pyz": {
                "__main__.py": "import part\n" + PROBE,
                "part.py": "print(__file__, __name__)\n",
            }
        },
    ),
    Case(
        "a zip whose program fails",
        command=("app.pyz",),
        files={
            "app.pyz": {
                "__main__.py": "import part\npart.f()\n",
                "part.py": "def f():\n    raise ValueError('in zip')\n",
            }
        },
        status=1,
        stderr="ValueError: in zip",
    ),
    Case(
        "a compiled file as the script",
        "import sys, py_compile\n"
        "path = py_compile.compile('code.py', cfile='code.pyc')\n"
        "import os; os.execv(sys.executable, [sys.executable, 'code.pyc'])\n",
        files={"code.py": PROBE},
        leaves_trace=False,
    ),
    Case(
        "classes of __main__ can be pickled",
        """
import pickle, sys
class Point:
    def __init__(self, x):
        self.x = x
def function():
    return 5
text = pickle.dumps([Point(3), Point, function], protocol=0)
print(text)
point, cls, func = pickle.loads(text)
print(point.x, cls is Point, func is function, Point.__module__)
import __main__
print(__main__.Point is Point, sys.modules["__main__"] is __main__)
""",
    ),
    Case(
        "sys.modules holds what a plain start loads",
        """
import sys
own = "codetracer_python_recorder"
print([name for name in sys.modules if name.partition(".")[0] != own])
""",
    ),
    Case(
        "subclasses of object are those of a plain start",
        """
import sys
names = sorted(f"{c.__module__}.{c.__qualname__}" for c in object.__subclasses__())
print([n for n in names if "codetracer" not in n])
print(sorted(sys.path_importer_cache), len(sys.path_hooks), len(sys.meta_path))
""",
    ),
    Case(
        "the environment is that of a plain start",
        "import os; print(os.environb); os.environ['X'] = '1'; os.system('env | sort')",
        env={"LD_PRELOAD": "libm.so.6", "EMPTY": "", "ODD": "a=b\n\u00e9"},
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "frozen and zipped parts of the interpreter are as in a plain start",
        "import sys, zipimport, os; print(zipimport.__spec__, os.__spec__.origin);"
        "print(sys.builtin_module_names, sorted(sys._framework), sys.hexversion)",
    ),
)
