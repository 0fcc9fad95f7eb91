"""Programs run under the usual tools: profilers, test runners, coverage.py."""

from .case import Case

MODULE = {
    "helper.py": "def f(x):\n    if x > 1:\n        return x\n"
    "    return [y for y in range(x)]\n"
    "def unused():\n    return 1\nclass C:\n    def m(self):\n        return f(2)\n"
}
COVERAGE = """
import coverage, sys
cover = coverage.Coverage(data_file=None, include=["*/helper.py"], branch=False)
cover.start()
import helper
helper.f(1)
helper.C().m()
cover.stop()
_, statements, excluded, missing, text = cover.analysis2(helper)
print(statements, excluded, missing, text)
print(sorted(cover.get_data().lines(helper.__file__)), cover.get_data().has_arcs())
helper.unused()
"""

# Most lines are coverage.py's own, and show large objects that nobody looks at.
FEW_VALUES = {
    "CODETRACER_GLOBALS": "none",
    "CODETRACER_MAX_VARIABLES": "1",
    "CODETRACER_MAX_NODES": "2",
}

CASES = (
    Case(
        "coverage.py with its core on sys.settrace",
        COVERAGE,
        files=MODULE,
        env={"COVERAGE_CORE": "ctrace", **FEW_VALUES},
        stdout="[6]",
        needs="coverage",
    ),
    Case(
        "coverage.py with its core on sys.monitoring",
        COVERAGE,
        files=MODULE,
        env={"COVERAGE_CORE": "sysmon", **FEW_VALUES},
        stdout="[6]",
        needs="coverage",
    ),
    Case(
        "a program run by coverage.py",
        "import helper\nprint(helper.f(3))\nimport sys\nsys.exit(2)\n",
        files=MODULE,
        command=("-m", "coverage", "run", "--data-file=data", "main.py", "x"),
        env=FEW_VALUES,
        status=2,
        needs="coverage",
    ),
    Case(
        "cProfile counts the program's calls only",
        """
import cProfile, pstats
def f(n):
    return g(n) + sum(map(g, range(n)))
def g(n):
    return len([n])
profile = cProfile.Profile()
profile.runcall(f, 3)
stats = pstats.Stats(profile)
print(stats.total_calls, stats.prim_calls)
print(sorted((name[1:], calls[:2]) for name, calls in stats.stats.items()))
""",
    ),
    Case(
        "a program run by cProfile",
        "def f():\n    print('run')\nf()\nraise SystemExit(0)\n",
        command=("-m", "cProfile", "-o", "stats", "main.py", "x"),
    ),
    Case(
        "a program run by profile and trace",
        """
import sys, trace
def f(n):
    for i in range(n):
        n -= 1
    return n
tracer = trace.Trace(count=True, trace=True, ignoredirs=[sys.prefix])
tracer.runfunc(f, 2)
print(sorted(k[1] for k in tracer.results().counts))
calls = trace.Trace(countcallers=True)
calls.runfunc(f, 1)
print(len(calls.results().callers))
""",
    ),
    Case(
        "timeit",
        """
import timeit
def f():
    global count
    count += 1
count = 0
timer = timeit.Timer(f, setup="x = 1")
timer.timeit(number=50)
print(count, timeit.timeit("y = x + 1", "x = 1", number=10) > 0)
""",
    ),
    Case(
        "doctest",
        '''
"""
>>> 1 + 1
2
>>> f(2)
4
>>> f("x")
Traceback (most recent call last):
    ...
TypeError: no text
"""
import doctest
def f(x):
    """
    >>> f(3)
    7
    """
    if isinstance(x, str):
        raise TypeError("no text")
    return x * 2
print(doctest.testmod())
''',
        stdout="Expected:",
    ),
    Case(
        "unittest's main",
        """
import unittest
class Tests(unittest.TestCase):
    def setUp(self): self.x = 1
    def test_good(self): self.assertEqual(self.x, 1)
    def test_bad(self): self.assertEqual([1, 2], [1, 3], "differs")
    def test_error(self): self.missing
    @unittest.skip("not now")
    def test_skipped(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail()
    def test_sub(self):
        for n in range(2):
            with self.subTest(n=n):
                self.assertFalse(n)
class Runner(unittest.TextTestRunner):
    def run(self, test):
        result = unittest.TestResult()
        test.run(result)
        print(result.testsRun, [text for _, text in result.failures + result.errors])
        return result
unittest.main(testRunner=Runner)
""",
        status=1,
        stdout="AssertionError",
    ),
    Case(
        "the faulthandler module",
        """
import faulthandler, re, tempfile
def f():
    with tempfile.TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        return re.sub("0x[0-9a-f]+", "ID", file.read())
print(f(), faulthandler.is_enabled())
faulthandler.enable()
faulthandler.dump_traceback_later(100)
faulthandler.cancel_dump_traceback_later()
""",
    ),
    Case(
        "compileall, ast and tokenize of the program itself",
        """
import ast, py_compile, symtable, tokenize
tree = ast.parse(open(__file__).read())
print(len(list(ast.walk(tree))), ast.unparse(tree.body[1]))
with open(__file__, "rb") as file:
    print(sum(1 for _ in tokenize.tokenize(file.readline)))
print(symtable.symtable("x = 1", "f", "exec").get_symbols())
print(py_compile.compile(__file__, "out.pyc"))
""",
    ),
)
