"""Copying, pickling, comparing and printing the program's data."""

from .case import Case

CASES = (
    Case(
        "pickling in all protocols",
        """
import pickle
class P:
    def __init__(self, x): self.x = x
    def __getstate__(self):
        print("getstate")
        return {"x": self.x}
    def __setstate__(self, state):
        print("setstate", state)
        self.__dict__.update(state)
class R:
    def __reduce__(self):
        print("reduce")
        return (R, ())
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    data = pickle.dumps([P([1, "\u00e9"]), R(), {1: {2}}], protocol)
    print(len(data), pickle.loads(data)[0].x)
try:
    pickle.dumps(lambda: 1)
except (pickle.PicklingError, AttributeError) as error:
    print(type(error))
""",
    ),
    Case(
        "copy and deepcopy",
        """
import copy
class Node:
    def __init__(self): self.me = self; self.items = [1, [2]]
    def __copy__(self):
        print("copy")
        return Node()
    def __deepcopy__(self, memo):
        print("deepcopy", len(memo))
        new = Node()
        memo[id(self)] = new
        return new
n = Node()
a = [n, n, (n,)]
b = copy.deepcopy(a)
print(b[0] is b[1] is b[2][0], copy.copy(n) is n, copy.copy(a)[0] is n)
cycle = []
cycle.append(cycle)
print(copy.deepcopy(cycle)[0][0] is not cycle, cycle)
""",
    ),
    Case(
        "dataclasses, enums and named tuples",
        """
import collections, dataclasses, enum, typing
@dataclasses.dataclass(order=True)
class D:
    a: int
    b: list = dataclasses.field(default_factory=list, compare=False)
    def __post_init__(self):
        print("post", self.a)
@dataclasses.dataclass(frozen=True, slots=True)
class F:
    a: int = 1
class E(enum.Enum):
    RED = 1
    BLUE = enum.auto()
    @classmethod
    def _missing_(cls, value):
        print("missing", value)
class Flags(enum.Flag):
    A = 1
    B = 2
class N(typing.NamedTuple):
    x: int
    y: int = 2
print(D(1) < D(2), D(1, [2]), dataclasses.replace(D(1), a=5), F(),
      hash(F()) == hash((1,)))
print(E.RED, E(2), Flags.A | Flags.B, N(1), N(1)._replace(y=9),
      collections.Counter("aab"))
try:
    E(9)
except ValueError as error:
    print(error)
try:
    F().a = 2
except dataclasses.FrozenInstanceError as error:
    print(error)
""",
    ),
    Case(
        "large and odd values",
        """
import array, collections, datetime, decimal, fractions, pathlib, re, uuid
def f(value):
    kept = value
    return kept
values = [
    10**50, -(2**63), 2**64, float("nan"), float("-inf"), -0.0, 1e308, 5e-324, 1j,
    "\\ud800", "\\x00", "x" * 100_000, b"\\xff" * 1000, bytearray(3), range(9),
    slice(1), ..., NotImplemented, memoryview(b"ab"), array.array("i", [1]),
    {1: {2: {3: {4: {}}}}}, collections.deque([1], 3), collections.OrderedDict(a=1),
    collections.defaultdict(list), decimal.Decimal("1.10"), fractions.Fraction(1, 3),
    pathlib.Path("a"), datetime.date(2024, 2, 29), re.compile("a+"), uuid.UUID(int=5),
    set(range(99)), frozenset(), [[[[[[]]]]]], list(range(10_000)), type, len, f,
    int.__add__, f.__code__,
]
for value in values:
    print(type(f(value)).__name__, len(repr(f(value))) if value is not f else "")
""",
    ),
    Case(
        "sizes of objects are not changed by reading them",
        """
import sys
class C:
    def __init__(self): self.a = 1; self.b = 2
def f(text, wide, obj, number, table):
    local = text + wide
    other = text
    return sys.getsizeof(local), sys.getsizeof(other), sys.getsizeof(wide)
text, wide = "caf\u00e9", "\u20ac" * 50
c = C()
table = {"\u00e9": 1}
for _ in range(3):
    print(f(text, wide, c, 10**30, table), sys.getsizeof(text),
          sys.getsizeof("\u00fc\u00fc"))
print(sys.getsizeof(c), sys.getsizeof(c.__dict__), sys.getsizeof(table),
      sys.getsizeof(C))
print(sys.getsizeof(vars()) > 0, sys.getsizeof(f), sys.getsizeof("\\ud800\\ud801"))
""",
    ),
    Case(
        "names of functions and classes changed by the program",
        """
class Loud(str):
    def __str__(self):
        print("str")
        return "loud"
    __repr__ = __eq__ = __str__
    __hash__ = str.__hash__
    def __len__(self):
        print("len")
        return 1
    def encode(self, *args):
        print("encode")
        return b""
def f():
    return 1
class C: pass
f.__name__ = Loud("renamed")
f.__qualname__ = Loud("q")
C.__name__ = Loud("D")
C.__module__ = Loud("elsewhere")
C.__qualname__ = Loud("Q")
c = C()
print(f(), type(c) is C)
globals()["__name__"] = Loud("other name")
globals()["__file__"] = 5
def g():
    class Inner:
        pass
    return Inner()
g()
print(g.__module__ is __name__)
""",
    ),
    Case(
        "numbers are computed the same",
        """
import math, random, statistics
random.seed(7)
xs = [random.random() for _ in range(50)]
total = 0.0
for x in xs:
    total += math.sin(x) / (1 + x)
print(total.hex(), statistics.fmean(xs), random.getstate()[1][:3], sum(xs),
      math.fsum(xs))
print(2**1000 % 10**9, -7 // 2, divmod(-7, 2), round(2.5), int("9" * 40), hash(1e300))
""",
    ),
    Case(
        "locale and time zone",
        """
import locale, os, time
print(locale.setlocale(locale.LC_ALL), locale.getencoding(),
      locale.localeconv()["decimal_point"])
print(locale.getlocale(), locale.getpreferredencoding(False), time.tzname,
      time.timezone)
os.environ["TZ"] = "Asia/Kolkata"
time.tzset()
print(time.strftime("%Y-%m-%d %H:%M %Z", time.localtime(0)), time.tzname)
try:
    print(locale.setlocale(locale.LC_ALL, ""), locale.getlocale())
except locale.Error as error:
    print(error)
""",
        env={"TZ": "Europe/Berlin", "LC_ALL": None, "LANG": "C.UTF-8"},
    ),
    Case(
        "files, mmap, sqlite and ctypes",
        """
import ctypes, mmap, sqlite3, struct, tempfile
with tempfile.TemporaryFile() as file:
    file.write(b"0123456789" * 1000)
    file.flush()
    with mmap.mmap(file.fileno(), 0) as data:
        print(data[5:9], data.find(b"90"))
base = sqlite3.connect(":memory:")
base.create_function("twice", 1, lambda x: x * 2)
base.set_trace_callback(print)
print(base.execute("select twice(21)").fetchall())
pointer = ctypes.POINTER(ctypes.c_int)
compare = ctypes.CFUNCTYPE(ctypes.c_int, pointer, pointer)
def by_value(a, b):
    return a[0] - b[0]
numbers = (ctypes.c_int * 4)(3, 1, 4, 2)
ctypes.CDLL(None).qsort(numbers, 4, 4, compare(by_value))
print(list(numbers), struct.pack("<hf", 1, 2.5))
def bad(a, b):
    raise ValueError("in callback")
ctypes.CDLL(None).qsort(numbers, 2, 4, compare(bad))
""",
        stderr="ValueError: in callback",
    ),
    Case(
        "sorting with comparisons that fail or change the list",
        """
class K:
    def __init__(self, v): self.v = v
    def __lt__(self, other):
        if self.v == 3:
            raise ValueError("three")
        return self.v < other.v
try:
    sorted([K(3), K(1), K(2)])
except ValueError as error:
    print(error)
xs = [3, 1, 2]
def key(x):
    seen.append(list(xs))
    return x
seen = []
xs.sort(key=key)
print(xs, seen)
try:
    xs.sort(key=lambda x: xs.append(1) or x)
except ValueError as error:
    print(error)
""",
    ),
    Case(
        "dicts and sets that change while they are walked",
        """
d = {"a": 1, "b": 2}
try:
    for key in d:
        d[key + "x"] = 0
except RuntimeError as error:
    print(error)
s = {1, 2}
try:
    for item in s:
        s.add(item + 100)
except RuntimeError as error:
    print(error)
def f(d, s, l):
    del d["a"]
    s.clear()
    l[:] = l * 2
    d.update({n: n for n in range(100)})
    return len(d), len(s), len(l)
print(f(d, s, [1, 2, 3]))
d[d_key := (1, 2)] = d
print(d[d_key] is d)
""",
    ),
)
