"""Object lifetimes, reference counts and the garbage collector."""

from .case import Case

THING = """
import gc, sys, weakref
class Thing:
    def __init__(self, name): self.name = name
    def __del__(self): print("del", self.name)
"""

CASES = (
    Case(
        "objects die at the same line",
        THING
        + """
def f(arg):
    a = Thing("a")
    print("made")
    a = Thing("b")
    print("rebound")
    del a
    print("deleted")
    Thing("temporary")
    print("after temporary")
    b = Thing("returned")
    c = Thing("local")
    return b
print("call")
f(Thing("argument"))
print("called")
x = f(None)
print("kept")
x = None
for y in (Thing(str(n)) for n in range(2)):
    print("loop", y.name)
del y
[Thing("in list")]
print("end")
""",
    ),
    Case(
        "objects in exceptions and tracebacks die at the same line",
        THING
        + """
def f():
    local = Thing("local of failed frame")
    raise ValueError(Thing("argument of exception"))
try:
    f()
except ValueError as error:
    print("handler")
print("after handler")
def g():
    try:
        f()
    except ValueError:
        print("in g")
        return 1
    finally:
        print("finally")
g()
print("after g")
def h():
    x = Thing("unwound")
    try:
        raise KeyError
    finally:
        del x
        print("x is gone")
try:
    h()
except KeyError:
    pass
""",
    ),
    Case(
        "objects in generators die at the same line",
        THING
        + """
def g():
    a = Thing("a")
    yield 1
    a = None
    print("a gone")
    yield Thing("yielded")
    b = Thing("b")
    yield 3
gen = g()
next(gen)
next(gen)
next(gen)
gen.close()
print("closed")
gen = g()
next(gen)
del gen
print("dropped")
async def co():
    x = Thing("in coroutine")
    return x
try:
    co().send(None)
except StopIteration as stop:
    print("stop")
print("end")
""",
    ),
    Case(
        "weak references end when the last reference does",
        """
import weakref
class C: pass
def f():
    x = C()
    ref = weakref.ref(x, lambda r: print("callback"))
    print(ref() is x)
    del x
    print(ref())
    return ref
f()
cache = weakref.WeakValueDictionary()
def fill():
    value = C()
    cache["k"] = value
    print(len(cache))
fill()
print(len(cache), len(weakref.WeakSet([C()])))
def function(): pass
ref = weakref.ref(function)
function()
del function
print(ref())
ref = weakref.ref(compile("1", "x", "eval"))
print(ref())
class D:
    def m(self): return weakref.ref(self)
print(D().m()())
""",
    ),
    Case(
        "functions, classes and code die with their last reference",
        """
import gc, weakref
gc.disable()
def make():
    def inner(x):
        y = x
        return y
    inner(1)
    return weakref.ref(inner), weakref.ref(inner.__code__)
f, code = make()
print(f(), code() is not None)
del make
print(code())
space = {}
exec(compile("def g(a):\\n    b = a\\n    return b\\ng(1)", __file__, "exec"), space)
code = weakref.ref(space["g"].__code__)
space.clear()
print(code())
def classes():
    class Local:
        def method(self): return 1
    Local().method()
    return weakref.ref(Local)
c = classes()
gc.collect()
print(c())
""",
    ),
    Case(
        "reference counts",
        """
import sys
class C: pass
def f(arg, *args):
    local = arg
    print(sys.getrefcount(arg), sys.getrefcount(local), sys.getrefcount(args))
    return local
def g():
    x = yield sys.getrefcount(c)
    yield sys.getrefcount(x)
c = C()
f(c)
f(c, c)
print(sys.getrefcount(c), sys.getrefcount(C), sys.getrefcount(f),
      sys.getrefcount(f.__code__))
gen = g()
print(next(gen), gen.send(c), sys.getrefcount(gen))
text, number, table = "a b c".upper(), 10**20, {"k": 1}
def h(text, number, table):
    return [sys.getrefcount(v) for v in (text, number, table)]
print(h(text, number, table), h("".join(["x", "y"]), number + 1, dict(table)))
try:
    raise ValueError(c)
except ValueError as error:
    print(sys.getrefcount(error), sys.getrefcount(c),
          sys.getrefcount(error.__traceback__))
print(sys.getrefcount(c), sys.getrefcount(globals()),
      sys.getrefcount(f.__code__.co_filename))
print(sys.getrefcount(f.__code__.co_consts), sys.getrefcount(f.__code__.co_varnames))
""",
    ),
    Case(
        "objects made between two looks at the collector",
        """
import gc
gc.collect()
gc.disable()
def work(n):
    kept = []
    for i in range(n):
        kept.append([i])
        {"x": i}
    return kept
def measure():
    before = len(gc.get_objects()), gc.get_count()
    kept = work(100)
    after = len(gc.get_objects()), gc.get_count()
    return after[0] - before[0], after[1][0] - before[1][0]
print(measure(), measure(), measure())
gc.enable()
print(gc.get_threshold(), gc.isenabled(), gc.get_debug(), gc.get_freeze_count())
""",
    ),
    Case(
        "no growth of objects or blocks over many calls",
        """
import gc, sys
def f(n):
    x = [n] * 3
    try:
        raise ValueError(n)
    except ValueError:
        return x
def many(count):
    for i in range(count):
        f(i)
many(100)
gc.collect()
objects, blocks = len(gc.get_objects()), sys.getallocatedblocks()
many(500)
gc.collect()
print(len(gc.get_objects()) - objects, abs(sys.getallocatedblocks() - blocks) < 100)
""",
    ),
    Case(
        "the collector runs and tells its callbacks",
        """
import gc
log = []
def callback(phase, info):
    log.append((phase, info["generation"], info["collected"], info["uncollectable"]))
gc.collect()
gc.callbacks.append(callback)
class Node:
    pass
def cycle():
    a, b = Node(), Node()
    a.b, b.a = b, a
for _ in range(3):
    cycle()
print(gc.collect(), gc.collect(0), log, gc.garbage)
log.clear()
gc.set_threshold(50)
gc.collect()
kept = []
for _ in range(200):
    cycle()
    kept.append([])
gc.set_threshold(0)
print(len(log) > 4, log[1][0])
""",
    ),
    Case(
        "the collector's counts at the start",
        """
import gc
print(gc.get_count(), [(g["collections"], g["collected"]) for g in gc.get_stats()])
""",
        impossible=range(12, 99),
        reason="loading the extension makes some objects that the collector counts "
        "before the program's first own one",
    ),
    Case(
        "collections come at the same allocations",
        """
import gc
def callback(phase, info):
    events.append((phase, info["generation"], len(kept)))
def work():
    for _ in range(400):
        kept.append([])
events, kept = [], []
gc.collect()
gc.set_threshold(40, 3, 3)
gc.collect()
gc.callbacks.append(callback)
work()
gc.callbacks.clear()
print(events)
""",
        needs_direct_frames=True,
        impossible=range(14, 99),
        reason="from 3.14 on CPython makes a list, an object that the collector "
        "counts, whenever it instruments a code object for the first time",
    ),
    Case(
        "a cycle is collected and its finalizers run",
        THING
        + """
def f():
    a, b = Thing("a"), Thing("b")
    a.other, b.other = b, a
    a.reference = weakref.ref(a, lambda r: print("never"))
f()
print("made")
print(gc.collect())
class Back:
    def __del__(self):
        global revived
        print("revived")
        revived = self
Back()
print(revived)
del revived
print(gc.is_finalized(Thing("t")))
""",
    ),
    Case(
        "who refers to an object",
        """
import gc
class C: pass
gc.collect()
def f(c):
    local = c
    return [type(r).__name__ for r in gc.get_referrers(c)]
c = C()
print(sorted(f(c)), [type(r).__name__ for r in gc.get_referents(f.__code__)])
print(sorted(type(r).__name__ for r in gc.get_referrers(f)))
print(sorted(type(r).__name__ for r in gc.get_referrers(f.__code__)))
print(sorted(type(r).__name__ for r in gc.get_referrers(C)))
print(gc.is_tracked((1, 2)), gc.is_tracked({"a": 1}), gc.is_tracked({}),
      gc.is_tracked(c))
""",
    ),
    Case(
        "memory that tracemalloc sees the program allocate",
        """
import tracemalloc
def work(n):
    kept = [str(i) * 3 for i in range(n)]
    table = {i: [i] for i in range(n)}
    return kept, table
work(10)
tracemalloc.start(5)
first = work(100)
shot = tracemalloc.take_snapshot()
tracemalloc.stop()
mine = shot.filter_traces([tracemalloc.Filter(True, __file__)])
print([(str(s.traceback[0].lineno), s.size,
      s.count) for s in mine.statistics("lineno")])
print(tracemalloc.get_object_traceback(first), tracemalloc.is_tracing())
""",
    ),
    Case(
        "objects whose memory is used again",
        """
def same():
    first = id(object())
    second = id(object())
    return first == second
print(same())
def interned():
    a = "hello"
    b = "".join(["hel", "lo"])
    c = 256
    d = int("256")
    e = int("257")
    return a is b, c is d, e is int("257"), () is tuple([]), "" is str()
print(interned())
""",
        stderr="SyntaxWarning",
    ),
)
