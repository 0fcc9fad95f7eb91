"""The language's ways of control: generators, async, with, match, class bodies."""

import sys

from .case import Case

CASES = (
    Case(
        "generators: send, throw, close, return, delegation",
        """
def inner():
    try:
        got = yield "a"
        print("got", got)
        yield "b"
    except ValueError as error:
        print("thrown", error)
        yield "c"
    finally:
        print("inner closed")
    return "result"
def outer():
    result = yield from inner()
    print("result", result)
    yield "d"
g = outer()
print(next(g), g.send(5), g.throw(ValueError("x")), next(g))
g.close()
print(list(outer()))
h = outer()
next(h)
h.close()
def stops():
    yield 1
    raise StopIteration("turned")
try:
    list(stops())
except RuntimeError as error:
    print(error, repr(error.__cause__))
k = inner()
next(k)
del k
print([*(x * y for x in range(3) for y in range(x))])
def refuses():
    try:
        yield
    except GeneratorExit:
        yield "no"
r = refuses()
next(r)
try:
    r.close()
except RuntimeError as error:
    print(error)
""",
    ),
    Case(
        "asyncio.run with tasks and context variables",
        """
import asyncio, contextvars
user = contextvars.ContextVar("user", default="nobody")
async def work(name, delay):
    user.set(name)
    for _ in range(delay):
        await asyncio.sleep(0)
    print(name, user.get())
    return name
async def ticks(n):
    for i in range(n):
        yield i
        await asyncio.sleep(0)
async def main():
    print(await asyncio.gather(work("a", 3), work("b", 1), work("c", 2)), user.get())
    print([x async for x in ticks(3) if x])
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work("d", 0))
    print(task.result())
    try:
        async with asyncio.timeout(0):
            await asyncio.sleep(10)
    except TimeoutError as error:
        print(repr(error))
    lock = asyncio.Lock()
    async with lock:
        print(lock.locked())
    return await asyncio.to_thread(lambda: "thread")
print(asyncio.run(main()))
""",
    ),
    Case(
        "asyncio in debug mode with exceptions nobody takes",
        """
import asyncio
async def fails():
    raise ValueError("lost")
async def main():
    task = asyncio.create_task(fails(), name="the task")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
            group.create_task(asyncio.sleep(100))
    except* ValueError as group:
        print(group.exceptions)
    raise KeyError("end")
asyncio.run(main())
""",
        status=1,
        stderr="KeyError: 'end'",
    ),
    Case(
        "Ctrl-C in asyncio.run",
        """
import asyncio, signal
async def main():
    try:
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(100)
    except asyncio.CancelledError:
        print("cancelled")
        raise
asyncio.run(main())
""",
        status=-2,
        stderr="KeyboardInterrupt",
    ),
    Case(
        "a coroutine that is never awaited",
        """
async def f():
    pass
def g():
    f()
g()
print("done")
""",
        stderr="RuntimeWarning: coroutine 'f' was never awaited",
    ),
    Case(
        "a coroutine never awaited, with its origin",
        """
import sys
sys.set_coroutine_origin_tracking_depth(3)
async def f():
    pass
def g():
    return f()
c = g()
print(c.cr_origin)
del c
""",
        stderr="Coroutine created at",
    ),
    Case(
        "hooks for asynchronous generators",
        """
import sys
def first(agen):
    print("first iteration")
def last(agen):
    print("finalizer")
sys.set_asyncgen_hooks(first, last)
async def agen():
    try:
        x = yield 1
        print("sent", x)
        yield 2
    finally:
        print("closing")
a = agen()
try:
    a.__anext__().send(None)
except StopIteration as stop:
    print(stop.value)
try:
    a.asend("hello").send(None)
except StopIteration as stop:
    print(stop.value)
del a
""",
    ),
    Case(
        "with statements, their exceptions and suppression",
        """
import contextlib
class M:
    def __init__(self, name, swallow=False):
        self.name, self.swallow = name, swallow
    def __enter__(self):
        print("enter", self.name)
        return self
    def __exit__(self, kind, value, trace):
        print("exit", self.name, kind, trace and trace.tb_lineno)
        return self.swallow
@contextlib.contextmanager
def managed():
    print("before")
    try:
        yield 5
    except KeyError as error:
        print("inside", error)
    print("after")
with M("a", True), M("b") as b, managed() as m:
    print(b.name, m)
    raise ValueError
with managed():
    raise KeyError("k")
with contextlib.ExitStack() as stack:
    stack.callback(print, "callback")
    stack.enter_context(M("c"))
""",
    ),
    Case(
        "try, else, finally, break and continue in all ways",
        """
def f(n):
    for i in range(n):
        try:
            if i == 1:
                continue
            if i == 3:
                break
            if i == 2:
                raise ValueError(i)
        except ValueError as error:
            print("except", error)
        else:
            print("else", i)
        finally:
            print("finally", i)
    else:
        print("no break")
    while n:
        try:
            return n
        finally:
            n = 0
            print("return overridden")
            break
    return "end"
print(f(2), f(5))
def g():
    try:
        return 1
    finally:
        print("cleanup")
print(g())
""",
        stderr="SyntaxWarning" if sys.version_info >= (3, 14) else "",
    ),
    Case(
        "pattern matching",
        """
from dataclasses import dataclass
@dataclass
class Point:
    x: int
    y: int = 0
def f(value):
    match value:
        case Point(0, y=y): return f"on axis at {y}"
        case Point(x): return f"x {x}"
        case [a, *rest] if a: return a, rest
        case {"k": v, **rest}: return v, rest
        case str() | bytes(): return "text"
        case _: return "other"
for v in (Point(0, 5), Point(1), [1, 2, 3], [0], {"k": 1, "z": 2}, "s", b"b", None):
    print(f(v))
""",
    ),
    Case(
        "comprehensions, lambdas, walrus and star expressions",
        """
data = [(x, y) for x in range(4) if (y := x * x) > 1]
print(data, y, {k: v for k, v in data}, {x for x, _ in data}, (lambda *a, **k: (a,
      k))(1, b=2))
print([[i * j for j in range(i)] for i in range(4)])
first, *middle, last = range(5)
print(first, middle, last, [*middle, *(z for z in middle)], {**{"a": 1}})
class C:
    xs = [1, 2]
    ys = [x + 1 for x in xs]
    zs = list(map(lambda x: x * 2, xs))
print(C.ys, C.zs, f"{data!r:>40}", (lambda: (yield 5))().send(None))
""",
    ),
    Case(
        "metaclasses and class bodies with a namespace of their own",
        """
class Namespace(dict):
    def __setitem__(self, key, value):
        print("set", key)
        super().__setitem__(key, value)
    def __getitem__(self, key):
        print("get", key)
        return super().__getitem__(key)
    def __contains__(self, key):
        print("contains", key)
        return super().__contains__(key)
class Meta(type):
    @classmethod
    def __prepare__(meta, name, bases, **keywords):
        print("prepare", name, keywords)
        return Namespace()
    def __new__(meta, name, bases, namespace, **keywords):
        print("new", sorted(namespace))
        return super().__new__(meta, name, bases, dict(namespace))
    def __call__(cls, *args):
        print("call", args)
        return super().__call__(*args)
    def __instancecheck__(cls, instance):
        print("instancecheck")
        return True
    @property
    def __name__(cls):
        print("name")
        return "X"
class C(metaclass=Meta, option=1):
    a = 1
    b = a + 1
    def method(self):
        return self.a
c = C()
print(c.method(), isinstance(5, C), C.b)
""",
    ),
    Case(
        "generic classes and functions",
        """
class Box[T]:
    def __init__(self, item: T) -> None:
        self.item = item
    def get[S](self, other: S) -> tuple[T, S]:
        return self.item, other
def first[T: (int, str)](xs: list[T]) -> T:
    return xs[0]
type Pair[A] = tuple[A, A]
print(Box[int](3).get("x"), first([1]), Pair[int], Box.__type_params__, Pair.__value__)
print(Box.get.__annotations__, first.__type_params__[0].__constraints__)
""",
    ),
    Case(
        "decorators, properties, descriptors and slots",
        """
import functools
class Slotted:
    __slots__ = ("a", "_b", "__weakref__")
    def __init__(self):
        self.a = 1
    @property
    def b(self):
        print("b read")
        return self._b
    @b.setter
    def b(self, value):
        print("b set")
        self._b = value
    @functools.cached_property
    def c(self):
        return 1
    @classmethod
    def make(cls):
        return cls()
s = Slotted.make()
s.b = 2
print(s.b, s.a, Slotted.__slots__)
for action in (lambda: s.c, lambda: s.__dict__, lambda: setattr(s, "z", 1)):
    try:
        action()
    except (TypeError, AttributeError) as error:
        print(error)
@functools.lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(50), fib.cache_info())
@functools.singledispatch
def show(x): return "object"
@show.register
def _(x: int): return "int"
print(show(1), show("x"))
""",
    ),
    Case(
        "globals, del and names that come and go",
        """
x = 1
def f():
    global x, y
    del x
    y = 2
f()
try:
    x
except NameError as error:
    print(error)
print(y)
for i in range(2):
    pass
del i
exec("z = 3")
print(z, [k for k in list(globals()) if len(k) == 1])
""",
    ),
    Case(
        "a generator that is run by another thread",
        """
import threading
def g():
    for i in range(4):
        yield i
gen = g()
out = [next(gen)]
thread = threading.Thread(target=lambda: out.append(next(gen)))
thread.start()
thread.join()
out.append(next(gen))
def again():
    yield next(me)
me = again()
try:
    next(me)
except ValueError as error:
    print(error)
print(out)
""",
    ),
    Case(
        "greenlets",
        """
import greenlet, sys
def walk(n):
    for i in range(n):
        print("walk", i, greenlet.getcurrent().parent is main)
        other.switch(i)
    raise ValueError("from walk")
def answer(n):
    while True:
        print("answer", n, sys._getframe().f_back)
        n = walker.switch()
main = greenlet.getcurrent()
walker, other = greenlet.greenlet(walk), greenlet.greenlet(answer)
try:
    walker.switch(3)
except ValueError as error:
    print(error, walker.dead, other.dead)
del other
print("end")
""",
        needs="greenlet",
    ),
    Case(
        "a long straight program with many names",
        "\n".join(f"name_{n} = {n}" for n in range(400)) + "\nprint(name_399)\n",
    ),
)
