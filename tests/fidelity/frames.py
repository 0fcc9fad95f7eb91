"""The stack, frames and local variables as the program sees them."""

from .case import PAST_THE_STREAMS, Case

CASES = (
    Case(
        "inspect.stack and the chain of f_back",
        """
import inspect, sys
def f():
    print([(i.filename, i.lineno, i.function, i.code_context) for i in inspect.stack()])
    frame, chain = sys._getframe(), []
    while frame:
        chain.append((frame.f_code.co_qualname, frame.f_lineno, frame.f_lasti))
        frame = frame.f_back
    print(chain)
class C:
    f()
    (lambda: f())()
    [f() for _ in [1]]
""",
    ),
    Case(
        "sys._getframe counts no frame of ours",
        """
import sys
def depth(n=0):
    try:
        while True:
            sys._getframe(n)
            n += 1
    except ValueError as error:
        return n, str(error)
print(depth(), sys._getframe().f_back, sys._getframemodulename())
print([sys._current_frames()[i].f_code.co_name for i in sys._current_frames()])
""",
    ),
    Case(
        "depth at which a RecursionError comes",
        """
import sys
def f(n):
    try:
        return f(n + 1)
    except RecursionError as error:
        return n, str(error)
print(f(0), sys.getrecursionlimit())
class C:
    def __getattr__(self, name):
        return getattr(self, name + "x")
try:
    C().a
except RecursionError as error:
    print(len(str(error)) > 0)
def count(n):
    global deepest
    deepest = n
    count(n + 1)
for limit in (60, 333):
    sys.setrecursionlimit(limit)
    try:
        count(0)
    except RecursionError:
        print(limit, deepest)
""",
    ),
    Case(
        "recursion through C code to its limit",
        """
def count(n):
    global deepest
    deepest = n
    list(map(count, [n + 1]))
try:
    count(0)
except RecursionError as error:
    print(error, deepest)
class A:
    def __repr__(self):
        global deepest
        deepest += 1
        return repr([self])
deepest = 0
try:
    repr(A())
except RecursionError as error:
    print(error, deepest)
""",
        impossible=range(12, 13),
        reason="3.12 counts the call of a monitoring callback as one more level of C "
        "code, so the limit comes one level earlier",
    ),
    Case(
        "deep recursion with a raised limit",
        """
import sys
sys.setrecursionlimit(8_000)
def f(n):
    return 1 + f(n - 1) if n else 0
print(f(6_000))
""",
    ),
    Case(
        "a cleared recursion leaves the depth as it was",
        """
import sys
def deep(n):
    return deep(n + 1)
def measure(n=0):
    try:
        return measure(n + 1)
    except RecursionError:
        return n
first = measure()
for _ in range(3):
    try:
        deep(0)
    except RecursionError:
        pass
def gen():
    try:
        yield measure()
    finally:
        pass
print(first, measure(), next(gen()))
""",
    ),
    Case(
        "locals() is the program's own",
        """
def f(a, *args, b=2, **kwargs):
    c = [a]
    def inner():
        return c, a
    first = locals()
    d = 5
    second = locals()
    first["new"] = 1
    e = 6
    return first is second, list(locals()), list(first), inner()
print(f(1, 2, 3, x=4))
class C:
    a = 1
    b = locals()
    b["c"] = 2
    print(list(locals()), c, b is locals())
print(list(locals())[-3:], locals() is globals())
print([list(locals()) for x in [1]])
""",
    ),
    Case(
        "frame.f_locals is the program's own",
        """
import sys
def f():
    x = 1
    frame = sys._getframe()
    seen = frame.f_locals
    x = 2
    y = 3
    print(seen is frame.f_locals, type(seen).__name__, list(seen), seen["x"])
    print(frame.f_locals["x"], list(frame.f_locals))
    return frame
frame = f()
print({k: v for k, v in frame.f_locals.items() if k in "xy"}, frame.f_back)
frame.clear()
print(dict(frame.f_locals))
""",
    ),
    Case(
        "writing through frame.f_locals",
        """
import sys
def f(cell):
    x = 1
    read = lambda: (cell, x)
    change(sys._getframe())
    return x, cell, read()
def change(frame):
    frame.f_locals["x"] = 10
    frame.f_locals["cell"] = 20
    frame.f_locals["extra"] = 30
def caller():
    value = "old"
    def callee():
        sys._getframe(1).f_locals["value"] = "new"
    callee()
    value_after = value
    return value_after, list(sys._getframe().f_locals)
print(f(0), caller())
""",
    ),
    Case(
        "locals that the recorder must not keep alive",
        """
import sys, weakref
class Thing:
    pass
def f():
    x = Thing()
    ref = weakref.ref(x)
    frame = sys._getframe()
    del x
    print(ref(), "x" in frame.f_locals)
    x = Thing()
    x = None
    return ref
f()
""",
    ),
    Case(
        "attributes of frames",
        """
import sys
def f():
    frame = sys._getframe()
    print(frame.f_trace, frame.f_trace_lines, frame.f_trace_opcodes, frame.f_lineno)
    print(frame.f_globals is globals(), frame.f_builtins["len"] is len, frame.f_lasti)
    try:
        frame.clear()
    except RuntimeError as error:
        print(error)
    try:
        frame.f_lineno = 3
    except ValueError as error:
        print(error)
f()
print(sys.gettrace(), sys.getprofile())
""",
    ),
    Case(
        "frames of generators and coroutines",
        """
import inspect
def g(a):
    b = yield a
    c = yield b
    return c
gen = g(1)
print(inspect.getgeneratorstate(gen), inspect.getgeneratorlocals(gen),
      gen.gi_frame.f_lineno)
next(gen)
print(inspect.getgeneratorstate(gen), inspect.getgeneratorlocals(gen),
      gen.gi_frame.f_lineno)
gen.send(5)
print(gen.gi_running, gen.gi_yieldfrom, gen.gi_suspended, gen.gi_frame.f_lasti)
print(gen.gi_frame.f_back, gen.gi_code is g.__code__)
async def co():
    return await inner()
async def inner():
    return 1
c = co()
print(inspect.getcoroutinestate(c), c.cr_origin)
try:
    c.send(None)
except StopIteration as stop:
    print(stop.value, inspect.getcoroutinestate(c), c.cr_frame)
""",
    ),
    Case(
        "inspect on arguments and callers",
        """
import inspect
def f(a, /, b, *, c=3, **d):
    frame = inspect.currentframe()
    print(inspect.formatargvalues(*inspect.getargvalues(frame)))
    names = sorted(inspect.getclosurevars(f).globals)
    print(inspect.getframeinfo(frame.f_back).lineno, names)
    print(inspect.signature(f))
f(1, 2, x=4)
""",
    ),
    Case(
        "super(), __class__ and cells",
        """
class A:
    def f(self):
        return "A"
class B(A):
    def f(self):
        here = __class__
        return here.__name__ + super().f() + str(sorted(locals()))
print(B().f())
def outer():
    x = 0
    def inc():
        nonlocal x
        x += 1
        return x
    return inc
inc = outer()
print(inc(), inc(), inc.__closure__[0].cell_contents)
def unbound():
    def use():
        return late
    try:
        use()
    except NameError as error:
        print(error)
    late = 1
    del late
    try:
        late
    except UnboundLocalError as error:
        print(error)
unbound()
""",
    ),
    Case(
        "sys.call_tracing, sys.setswitchinterval and friends",
        """
import sys
print(sys.getswitchinterval(), sys.call_tracing(lambda x: x + 1, (1,)))
print(sys.getdlopenflags(), sys.get_asyncgen_hooks(), sys.float_repr_style)
print(sys.get_coroutine_origin_tracking_depth(), sys.is_finalizing(),
      sys.getdefaultencoding())
print(sys.intern("abc") is sys.intern("abc"), sys.is_stack_trampoline_active())
print(len(sys._current_exceptions()), sys.exception(), sys.exc_info())
""",
    ),
    Case(
        "sys.exception inside handlers",
        """
import sys
def show(where):
    print(where, repr(sys.exception()))
def f():
    show("in f")
    try:
        raise KeyError("inner")
    except KeyError:
        show("handler")
    show("after")
show("start")
try:
    raise ValueError("outer")
except ValueError:
    f()
    show("back")
show("end")
""",
    ),
    Case(
        "audit hooks of the program see its own events only",
        """
import sys
events = []
sys.addaudithook(lambda event, args: events.append(event))
def f(path):
    x = 1
    with open(path) as file:
        return len(file.read()) > x
f("main.py")
compile("1", "x", "eval")
import colorsys
print(events)
""",
    ),
    Case(
        "audit hooks of the program see nothing of ours at the end",
        """
import os, sys
def hook(event, args):
    os.write(1, event.encode() + b"\\n")
sys.addaudithook(hook)
def f():
    return open(sys.argv[0]).close()
f()
""",
        stdout="open",
        output_differs=PAST_THE_STREAMS,
    ),
)
