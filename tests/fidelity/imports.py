"""Imports, import hooks, and code that the program makes itself."""

from .case import Case

CASES = (
    Case(
        "a module that exits while it is imported",
        "import stops\nprint('not reached')\n",
        files={"stops.py": "import sys\nsys.exit(4)\n"},
        status=4,
    ),
    Case(
        "a module with a syntax error",
        "def load():\n    import broken\nload()\n",
        files={"broken.py": "def f(:\n    pass\n"},
        status=1,
        stderr="SyntaxError",
    ),
    Case(
        "a module that raises while it is imported",
        """
import sys
for attempt in range(2):
    try:
        import fails
    except ValueError as error:
        print(error, "fails" in sys.modules, error.__traceback__.tb_next.tb_lineno)
import fails
""",
        files={"fails.py": "print('importing')\n\nraise ValueError('no')\n"},
        status=1,
        stderr="ValueError: no",
    ),
    Case(
        "modules that import each other",
        "import one\nprint(one.two.one is one)\nfrom two import late\n",
        files={
            "one.py": "import two\nlate = 1\n",
            "two.py": "import one\nprint(hasattr(one, 'late'))\n",
        },
        status=1,
        stderr="cannot import name 'late' from 'two'",
    ),
    Case(
        "a name that is not in the module",
        "import helper\nprint(helper.colour)\n",
        files={"helper.py": "color = 1\n"},
        status=1,
        stderr="Did you mean",
    ),
    Case(
        "__getattr__ and __dir__ of a module",
        "import lazy\nprint(lazy.anything, dir(lazy))\nfrom lazy import other\n"
        "print(other)\n"
        "lazy.missing\n",
        files={
            "lazy.py": "def __getattr__(name):\n"
            "    print('asked for', name)\n"
            "    if name == 'missing':\n        raise AttributeError(name)\n"
            "    return name.upper()\n"
            "def __dir__():\n    return ['b', 'a']\n"
        },
        status=1,
        stderr="AttributeError: missing",
    ),
    Case(
        "a module whose class is changed",
        """
import sys, types
class Loud(types.ModuleType):
    def __getattribute__(self, name):
        print("get", name)
        return super().__getattribute__(name)
    def __setattr__(self, name, value):
        print("set", name)
        super().__setattr__(name, value)
    def __repr__(self):
        print("repr")
        return "loud"
import helper
helper.__class__ = Loud
sys.modules["__main__"].__class__ = Loud
x = helper.value
helper.value = 5
print(x, helper.read())
""",
        files={"helper.py": "value = 3\ndef read():\n    return value\n"},
    ),
    Case(
        "importlib.reload",
        """
import importlib, helper
old = helper.f
helper.kept = 1
open("helper.py", "w").write("def f():\\n\\n    return 'second version'\\n")
importlib.invalidate_caches()
new = importlib.reload(helper).f
print(old(), new(), helper.kept, old.__code__.co_firstlineno)
""",
        files={"helper.py": "def f():\n    return 'first'\n"},
        flags=("-B",),
    ),
    Case(
        "finders and loaders of the program",
        """
import sys, importlib.abc, importlib.util
class Loader(importlib.abc.Loader):
    def create_module(self, spec):
        print("create", spec.name)
    def exec_module(self, module):
        exec(compile("def f():\\n    return __name__\\n", "<virtual>", "exec"),
             vars(module))
class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        print("find", name, path)
        if name.startswith("virtual"):
            return importlib.util.spec_from_loader(name, Loader())
sys.meta_path.insert(0, Finder())
import virtual_one
print(virtual_one.f(), virtual_one.__spec__.origin)
import colorsys
try:
    import nosuch_module
except ImportError as error:
    print(error, error.name)
""",
    ),
    Case(
        "__import__ replaced by the program",
        """
import builtins
original = builtins.__import__
def importing(name, globals=None, locals=None, fromlist=(), level=0):
    print("import", name, fromlist, level, (globals or {}).get("__name__"))
    return original(name, globals, locals, fromlist, level)
builtins.__import__ = importing
import colorsys
from string import digits
def f():
    import this_is_not_there
try:
    f()
except ImportError as error:
    print(error)
builtins.__import__ = original
""",
    ),
    Case(
        "names of builtins replaced by the program",
        """
import builtins
original_print, original_len = print, len
def loud(name, function):
    def call(*args, **keywords):
        original_print("called", name)
        return function(*args, **keywords)
    return call
for name in ("len", "repr", "str", "isinstance", "getattr", "iter", "hash", "type"):
    setattr(builtins, name, loud(name, getattr(builtins, name)))
def f(values):
    total = 0
    for value in values:
        total += value
    return total
original_print(f([1, 2, 3]), original_len("abc"))
""",
    ),
    Case(
        "__builtins__ of the program's own",
        """
names = {"__builtins__": {"print": print, "len": len}, "x": [1, 2]}
exec("print(len(x))\\ndef f(y):\\n    return len(y)\\nprint(f(x))", names)
try:
    exec("open('x')", names)
except NameError as error:
    print(error)
""",
    ),
    Case(
        "exec with mappings of the program's own",
        """
class Loud(dict):
    def __getitem__(self, key):
        print("get", key)
        return super().__getitem__(key)
    def __setitem__(self, key, value):
        print("set", key)
        super().__setitem__(key, value)
    def __iter__(self):
        print("iter")
        return super().__iter__()
    def keys(self):
        print("keys")
        return super().keys()
    def __missing__(self, key):
        print("missing", key)
        raise KeyError(key)
class Mapping:
    def __getitem__(self, key):
        print("mapping get", key)
        raise KeyError(key)
    def __setitem__(self, key, value):
        print("mapping set", key, value)
    def __delitem__(self, key):
        print("mapping del", key)
    def keys(self):
        print("mapping keys")
        return []
source = "a = 1\\nb = a + 1\\ndef f(c):\\n    return c\\nprint(f(b))\\ndel a"
code = compile(source, __file__, "exec")
exec(code, Loud())
exec(code, {}, Loud())
try:
    exec(code, {}, Mapping())
except NameError as error:
    print(error)
""",
    ),
    Case(
        "compile, exec and eval of strings",
        """
source = "def made(x):\\n    y = x * 2\\n    return y\\n\\nresult = made(4)\\n"
space = {}
exec(source, space)
print(space["result"], space["made"].__code__.co_filename, list(space))
exec(compile(source, "virtual.py", "exec"), space)
print(eval("made(5) + len([z for z in range(3)])", space))
print(eval(compile("1 + 1", "<expression>", "eval")))
try:
    eval("1 +")
except SyntaxError as error:
    print(error)
def local():
    x = 1
    exec("x = 2; new = 3")
    return x, "new" in locals()
print(local())
exec(compile("made(None)", "virtual.py", "exec"), space)
""",
        status=1,
        stderr='File "virtual.py", line 2, in made',
    ),
    Case(
        "code objects made by hand",
        """
import types
def f(a, b=2):
    c = a + b
    return c
code = f.__code__.replace(co_filename="other.py", co_name="renamed", co_firstlineno=900)
g = types.FunctionType(code, globals(), "g", (7,))
print(g(1), code.co_lines and list(code.co_lines()), code.co_qualname)
h = types.FunctionType(f.__code__.replace(co_linetable=b""), globals())
print(h(1, 2))
lines = f.__code__.replace(co_filename="")
print(types.FunctionType(lines, {})(3, 4))
""",
    ),
    Case(
        "code objects look as if never recorded",
        """
import dis, hashlib, io, marshal, pickle
def f(a):
    for i in range(a):
        if i % 2:
            yield i
    return [x for x in range(3)]
before = f.__code__.co_code, hash(f.__code__), marshal.dumps(f.__code__)
list(f(5))
code = f.__code__
print(before == (code.co_code, hash(code), marshal.dumps(code)))
print(hashlib.md5(code.co_code).hexdigest(), code == code.replace())
text = io.StringIO()
dis.dis(f, file=text)
print(text.getvalue().count("\\n"), "INSTRUMENTED" in text.getvalue())
print(list(code.co_lines()), list(code.co_positions())[-3:], code.co_stacksize)
exec(marshal.loads(marshal.dumps(compile("print('again')", "m", "exec"))))
""",
    ),
    Case(
        "a script that replaces itself while it runs",
        "open('main.py', 'w').write('raise SystemExit(9)')\ndef f():\n    1 / 0\nf()\n",
        status=1,
        stderr="ZeroDivisionError",
    ),
    Case(
        "source that inspect finds",
        """
import inspect, linecache
class C:
    def method(self):
        return 1
def decorated(f): return f
@decorated
def g():
    \"\"\"Doc.\"\"\"
    return lambda: 2
print(inspect.getsource(C), inspect.getsource(g), inspect.getsourcefile(C))
print(inspect.getsourcelines(g()), linecache.getline(__file__, 3), inspect.getdoc(g))
try:
    inspect.getsource(eval("lambda: 1"))
except OSError as error:
    print(error)
""",
    ),
    Case(
        "imports in threads and circular waits",
        """
import threading
def load(name):
    __import__(name)
threads = [threading.Thread(target=load, args=(n,)) for n in ("one", "two")]
for thread in threads: thread.start()
for thread in threads: thread.join()
import one, two
print(one.value + two.value)
""",
        files={"one.py": "value = 1\n", "two.py": "value = 2\n"},
    ),
)
