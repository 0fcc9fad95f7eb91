"""What random programs (`tests/property/grammar.py`) build on: a budget of steps, output, threads.

Every program imports this module anew, so it is recorded with it, and a run leaves
nothing to the next one. A program may do anything at all to what it finds here.

Threads that run at the same time have no say in what is printed: `race` has them work
on shared values, then puts everything back.
"""

import asyncio
import gc
import sys
import threading

LIMIT = 120
"""Steps of the main thread and the threads it waits for, in all."""
RACE_LIMIT = 30

local = threading.local()
local.steps = 0
local.is_racing = False


class Error(Exception):
    pass


class TooLong(BaseException):
    pass


def tick(steps=1):
    local.steps += steps
    if local.steps > (RACE_LIMIT if local.is_racing else LIMIT):
        raise TooLong


def say(*what):
    if not local.is_racing:
        print(*(shown(each) for each in what))


def cut(value):
    """A value that may be added to another for ever."""
    return value[:9] if isinstance(value, (str, list, tuple)) else value


def shown(value, depth=3):
    """A text without addresses, of values that may contain themselves."""
    if isinstance(value, (bool, int, float, str, type(None))):
        return repr(value)[:80]
    if isinstance(value, type):
        return value.__name__
    if depth == 0:
        return type(value).__name__
    if isinstance(value, dict):
        items = [f"{key}: {shown(each, depth - 1)}" for key, each in value.items()]
        return "{" + ", ".join(items[:9]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(shown(each, depth - 1) for each in value[:9]) + "]"
    return type(value).__name__


class Guard:
    def __init__(self, swallows):
        self.swallows = swallows

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        tick()
        return self.swallows and kind is not TooLong

    async def __aenter__(self):
        await pause()
        return self

    async def __aexit__(self, kind, value, traceback):
        await pause()
        return self.__exit__(kind, value, traceback)


class Lazy:
    """An object whose end shows."""

    def __init__(self):
        self.say = say if not local.is_racing else str

    def __del__(self):
        self.say("gone")


class Thing:
    """An object of many parts that refer to each other."""

    kind = "thing"

    def __init__(self, value=None, **parts):
        self.value = value
        self.self = self
        self.__dict__.update(parts)

    @property
    def double(self):
        tick()
        return self.value + self.value

    @classmethod
    def make(cls, value):
        return cls(value)

    def put(self, value):
        self.value = value
        return self

    def __eq__(self, other):
        tick()
        return self is other

    def __hash__(self):
        return 1

    def __len__(self):
        tick()
        return 2

    def __getitem__(self, index):
        tick()
        return (self.value, self)[index]

    def __iter__(self):
        yield from (self.value, 2)


class Slotted(Thing):
    __slots__ = ("left", "right")

    def put(self, value):
        self.left = self.right = value
        return super().put(value)

    def __add__(self, other):
        raise Error("not added")


class Meta(type):
    """Makes what its classes look like."""

    def __call__(cls, *args):
        tick()
        return super().__call__(*args)

    def __getattr__(cls, name):
        raise Error(name)


class Made(list, metaclass=Meta):
    pass


class Pause:
    """Something to wait for, that comes at once."""

    def __await__(self):
        tick()
        yield


def pause():
    return Pause()


async def count_to(limit):
    for number in range(limit):
        await pause()
        yield number


def drive(coroutine):
    """Run a coroutine without a loop."""
    try:
        while True:
            coroutine.send(None)
            tick()
    except StopIteration as stop:
        return stop.value


def run_loop(coroutine):
    try:
        return asyncio.run(coroutine)
    except RuntimeError as error:
        coroutine.close()
        return type(error)


def decorated(function):
    def wrapper(*args, **named):
        tick()
        return function(*args, **named)

    return wrapper


def deep(depth):
    return depth and 1 + deep(depth - 1)


def attempt(function, *args):
    try:
        say(function(*args))
    except Exception as error:
        say(type(error))


def too_deep():
    tick(60)
    try:
        return deep(sys.getrecursionlimit())
    except RecursionError:
        return "deep"


def in_thread(function, *args):
    """A thread of its own, waited for, on the same budget."""
    steps, is_racing = local.steps, local.is_racing

    def body():
        nonlocal steps
        local.steps, local.is_racing = steps, is_racing
        try:
            function(*args)
        except BaseException as error:
            say(type(error).__name__)
        steps = local.steps

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    local.steps = steps


SHARED = {"list": [], "dict": {}, "thing": Thing([])}


def race(namespace, functions):
    """Run functions at the same time, on values that all of them see and change."""
    tick(20)
    if local.is_racing:
        return
    names = ("u", "v", "STATE")
    before = [namespace.get(name) for name in names]
    namespace.update(u=0, v=[], STATE={"list": SHARED["list"]})

    def body(function):
        local.steps, local.is_racing = 0, True
        try:
            function(SHARED["list"], SHARED)
        except BaseException:
            pass

    threads = [threading.Thread(target=body, args=[each]) for each in functions]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(interval)
    clean_up(namespace, dict(zip(names, before)))


def clean_up(namespace, before):
    """Nothing of a race shows later."""
    local.is_racing, steps, local.steps = True, local.steps, 0
    namespace.update(before)
    SHARED.clear()
    SHARED.update({"list": [], "dict": {}, "thing": Thing([])})
    Thing.kind = Slotted.kind = "thing"
    gc.collect()
    local.is_racing, local.steps = False, steps
