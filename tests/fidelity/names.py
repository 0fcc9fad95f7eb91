"""Scripts with names that are hard to handle."""

from .case import ENCODED, Case

PROBE = """
import os, sys, traceback
def f():
    raise ValueError
print(ascii([__file__, sys.argv, sys.path[0], f.__code__.co_filename]))
try:
    f()
except ValueError:
    text = traceback.format_exc()
    print(ascii(text))
"""

FAILURE = PROBE + "f()\n"

CASES = (
    Case("a script name with spaces", PROBE, script="a  b c .py"),
    Case("a script name with a newline", PROBE, script="a\nb.py"),
    Case("a script name with accents", PROBE, script="caf\u00e9 \U0001f40d.py"),
    Case("a script name that is not UTF-8", PROBE, script=b"latin\xe9\xff.py"),
    Case("a script name without an extension", PROBE, script="program"),
    Case(
        "a script name like an option",
        PROBE,
        script="-m.py",
        command=("--", "-m.py"),
        args=("--", "y"),
    ),
    Case(
        "a failing script whose name is not UTF-8",
        FAILURE,
        script=b"sub\xfe/latin\xe9.py",
        status=1,
        stderr="ValueError",
        output_differs=ENCODED,
    ),
    Case(
        "a script name in the C locale",
        FAILURE,
        script="caf\u00e9.py",
        env={"LC_ALL": "C"},
        status=1,
        stderr="ValueError",
    ),
    Case(
        "a script name in the C locale without UTF-8 mode",
        FAILURE,
        script="caf\u00e9.py",
        env={"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"},
        flags=("-X", "utf8=0"),
        status=1,
        stderr="ValueError",
        output_differs=ENCODED,
    ),
    Case(
        "names in the program that are not ASCII",
        "\u00e9t\u00e9 = 5\nclass \u00c9: pass\n"
        "def fa\u00e7ade(\u00f1):\n    return \u00f1\n"
        "print(fa\u00e7ade(\u00e9t\u00e9), \u00c9)\n",
    ),
    Case(
        "a working directory that is removed",
        """
import os, shutil
os.mkdir("gone")
os.chdir("gone")
os.rmdir("../gone")
try:
    os.getcwd()
except FileNotFoundError as error:
    print(error)
def after():
    return 1
print(after())
""",
    ),
)
