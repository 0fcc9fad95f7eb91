"""Recording never runs code of the program: objects whose every method tells of it.

The programs print whatever is called. The plain run calls what the program itself asks
for; anything more in the recorded run is the recorder's doing.
"""

from .case import Case

# A class whose every special method prints its name; `quiet` objects can be put where a
# value is looked at, and nothing may be printed while they are only passed around.
LOUD = '''
import sys
out = sys.stdout.write
def special(name):
    def method(self, *args, **keywords):
        out(f"{name} was called\\n")
        raise AssertionError(name)
    method.__name__ = name
    return method
NAMES = """repr str bytes format lt le eq ne gt ge hash bool getattr setattr delattr dir
    get set delete instancecheck subclasscheck call len length_hint getitem setitem
    delitem missing iter reversed contains add sub mul truediv index int float complex
    round enter exit await aiter anext next copy deepcopy reduce reduce_ex getstate
    sizeof fspath buffer keys items values""".split()
SPECIAL = {f"__{name}__": special(name) for name in NAMES}
SPECIAL["keys"] = SPECIAL["items"] = SPECIAL["values"] = special("dict method")
for name in ("__class__", "__dict__", "__name__", "__module__",
             "__doc__", "args", "name", "value", "real", "_fields"):
    SPECIAL[name] = property(special("property " + name))
class LoudMeta(type):
    locals().update(SPECIAL)
    __subclasscheck__ = type.__subclasscheck__
    __hash__ = type.__hash__
    __eq__ = type.__eq__
def loud(*bases):
    return type.__new__(LoudMeta, "Loud", bases, dict(SPECIAL))
Loud = loud(object)
'''

BUILTINS = (
    "list", "tuple", "dict", "set", "frozenset", "str", "bytes", "int", "float",
    "complex", "bytearray", "BaseException", "Exception", "OSError", "StopIteration",
    "KeyError", "UnicodeDecodeError",
)  # fmt: skip

CASES = (
    Case(
        "objects whose every method prints, as arguments and locals",
        LOUD
        + """
thing = object.__new__(Loud)
def f(a, *args, b, **keywords):
    c = a
    d = [a, (a, b), {1: a}, {"k": [a]}]
    e = lambda: c
    del a
    for x in args:
        y = x
    return c
f(thing, thing, thing, b=thing, z=thing)
def g():
    yield thing
    yield [thing]
for value in g():
    pass
class Holder:
    attribute = thing
    def __init__(self):
        self.kept = thing
holder = Holder()
result = f(holder.kept, holder, b=[thing] * 50)
out("quiet\\n")
""",
        stdout="quiet",
    ),
    Case(
        "subclasses of built-in types whose every method prints",
        LOUD
        + f"""
import builtins
make = {{
    "UnicodeDecodeError": lambda c, b: b.__new__(c, "utf8", b"x", 0, 1, "r"),
    "str": lambda c, b: b.__new__(c, "abc"),
    "bytes": lambda c, b: b.__new__(c, b"abc"),
    "int": lambda c, b: b.__new__(c, 7),
    "float": lambda c, b: b.__new__(c, 1.5),
    "tuple": lambda c, b: b.__new__(c, (1, 2)),
    "frozenset": lambda c, b: b.__new__(c, (1, 2)),
}}
for name in {BUILTINS}:
    base = getattr(builtins, name)
    cls = loud(base)
    thing = make.get(name, lambda c, b: b.__new__(c))(cls, base)
    if name == "list": list.extend(thing, [1, 2])
    if name == "dict": dict.update(thing, a=1)
    if name == "set": set.update(thing, [1, 2])
    def f(value):
        inner = [value, (value,), {{1: value}}]
        return value
    kept = f(thing)
    out(f"{{name}} quiet\\n")
""",
        stdout="dict quiet",
    ),
    Case(
        "exceptions whose every method prints",
        LOUD
        + """
for base in (Exception, ValueError, KeyError, OSError, SystemExit, StopIteration):
    cls = loud(base)
    error = base.__new__(cls)
    def f():
        raise error
    def g():
        f()
    try:
        g()
    except base:
        out(f"caught {base.__name__}\\n")
    def h():
        try:
            yield 1
        except base:
            yield error
    gen = h()
    next(gen)
    gen.throw(error)
    del gen
""",
        stdout="caught StopIteration",
    ),
    Case(
        "an uncaught exception whose methods print",
        """
class Loud(Exception):
    def __str__(self):
        print("str")
        return "text"
    def __repr__(self):
        print("repr")
        return "repr"
    @property
    def __notes__(self):
        print("notes")
        return ["note"]
def f():
    raise Loud("x")
f()
""",
        status=1,
        stderr="Loud: text",
    ),
    Case(
        "keys whose __hash__ and __eq__ print",
        """
class Key:
    def __init__(self, n): self.n = n
    def __hash__(self):
        print("hash", self.n)
        return 1
    def __eq__(self, other):
        print("eq", self.n)
        return self is other
def f(table, members):
    local = table
    copy = members
    return local
keys = [Key(n) for n in range(3)]
table = {key: key.n for key in keys}
print("made")
f(table, set(keys))
f(table, frozenset(keys))
print("passed")
table.pop(keys[1])
""",
        stdout="passed",
    ),
    Case(
        "module globals and builtins with keys that are no strings",
        """
class Key:
    def __hash__(self):
        print("hash")
        return hash("x")
    def __eq__(self, other):
        print("eq", type(other))
        return False
class Name(str):
    def __hash__(self):
        print("name hash")
        return str.__hash__(self)
    def __eq__(self, other):
        print("name eq", str(other))
        return str.__eq__(self, other)
globals()[Key()] = 1
globals()[5] = 2
globals()[Name("named")] = 3
print("set")
x = 1
def f():
    return x + x
print(f())
other = {Key(): 1, Name("y"): 2, Name("__name__"): "n", "x": 4}
code = compile("z = x\\ndef g():\\n    return x, z\\ng()", __file__, "exec")
print("exec")
exec(code, other)
class C:
    locals()[Name("attribute")] = 1
    b = 2
print("class")
""",
        env={"PYTHONHASHSEED": "1"},
        stdout="exec",
    ),
    Case(
        "keyword arguments whose names are subclasses of str",
        """
class Name(str):
    def __hash__(self):
        print("hash")
        return str.__hash__(self)
    def __eq__(self, other):
        print("eq")
        return str.__eq__(self, other)
    def __str__(self):
        print("str")
        return "?"
def f(a=1, **keywords):
    b = keywords
    return len(b)
print(f(**{Name("a"): 2, Name("z"): 3}))
""",
    ),
    Case(
        "module names and files that are odd objects",
        LOUD
        + """
thing = object.__new__(Loud)
source = "def f(x):\\n    y = x\\n    return y\\nclass C:\\n    a = 1\\nf(1)\\n"
for name in ("__name__", "__file__", "__spec__", "__package__", "__loader__"):
    exec(compile(source, __file__, "exec"), {name: thing})
out("quiet\\n")
""",
        stdout="quiet",
    ),
    Case(
        "weak references, proxies and mocks",
        """
import types, weakref
from unittest import mock
class C:
    def __getattr__(self, name):
        print("getattr", name)
        raise AttributeError(name)
def f(value):
    local = value
    return local
c = C()
proxy = f(weakref.proxy(c, lambda p: print("dead")))
ref = f(weakref.ref(c))
del c
print(ref())
f(proxy)
m = mock.MagicMock()
f(m)
f([m, m])
print(m.mock_calls, m.method_calls)
f(types.MappingProxyType({1: m}))
print(len(m.mock_calls))
""",
    ),
    Case(
        "descriptors and attributes that compute",
        """
class Descriptor:
    def __get__(self, instance, owner):
        print("get")
        return 1
class C:
    d = Descriptor()
    __slots__ = ("s",)
    def __getattribute__(self, name):
        print("getattribute", name)
        return object.__getattribute__(self, name)
    @property
    def p(self):
        print("p")
class Lying:
    @property
    def __class__(self):
        print("class")
        return dict
def f(value):
    return [value]
f(C())
f(Lying())
c = C()
c.s = 1
f(c)
print(isinstance(Lying(), dict))
""",
    ),
    Case(
        "iterators are not consumed",
        """
def f(value):
    kept = value
    return kept
def gen():
    print("started")
    yield 1
values = [iter([1, 2]), gen(), map(print, [1]), zip([1], [2]), (print(x) for x in [1]),
          enumerate([5]), filter(print, [1]), reversed([1]), open("main.py"),
                iter({1: 2})]
for value in values:
    f(value)
    f([value])
    print(type(value).__name__, next(value, "end") is None)
""",
    ),
    Case(
        "objects that are not complete yet",
        """
class C:
    def __init__(self):
        self.a = 1
        helper(self)
    def __new__(cls):
        self = super().__new__(cls)
        helper(self)
        return self
class L(list):
    def __init__(self, *args):
        helper(self)
        super().__init__(*args)
def helper(value):
    return value
C()
print(L([1, 2]))
def f():
    for i in range(3):
        xs = [helper(x) for x in range(i)]
    return xs
print(f(), tuple(helper(x) for x in range(3)))
e = ValueError.__new__(ValueError)
helper(e)
""",
    ),
)
