"""A change is seen at the next step, through whatever alias and however it came about.

The recorder does not look again at values that nothing can have changed. Hypothesis
writes programs that change values in every way it knows; at each step each variable
must be what the reference sees. A difference here is a serious bug.
"""

import json
import os
import sys
from itertools import count
from pathlib import Path
from shutil import rmtree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle.client import Worker
from oracle.differences import first_difference
from oracle.traces import events_of

EXAMPLES = 4000 if os.environ.get("CT_SOAK") else 60
SETTRACE_IS_QUIET = sys.version_info >= (3, 13)
"""In 3.12 what `f_locals` has shown lives on for a while, and comprehensions in module
bodies break: `oracle.differences`."""

PRELUDE = """
import array, collections, concurrent.futures, dataclasses, gc, operator, signal
import weakref


class Plain:
    kind = "plain"

    def __init__(self, **values):
        self.__dict__.update(values)

    def put(self, value):
        self.x = value

    @classmethod
    def from_name(cls):
        return cls()


class Other(Plain):
    kind = "other"


class Slots:
    __slots__ = ("p", "q")


class Both(Slots):
    __slots__ = ("r", "__dict__")


@dataclasses.dataclass
class Data:
    u: object = 0
    v: object = None


class Pair(collections.namedtuple("Base", "l r")):
    pass


class SubList(list):
    pass


class Sly:
    def __init__(self, hit):
        self.hit = hit

    def __eq__(self, other):
        self.hit(1)
        return False

    def __lt__(self, other):
        self.hit(2)
        return False

    def __bool__(self):
        self.hit(3)
        return True

    def __add__(self, other):
        self.hit(4)
        return 0

    def __radd__(self, other):
        self.hit(5)
        return 0

    def __index__(self):
        self.hit(6)
        return 0

    def __getattr__(self, name):
        self.hit(name)
        return 1

    __hash__ = None


class Sink:
    def __init__(self, hit):
        self.__dict__["hit"] = hit

    def __setattr__(self, name, value):
        self.hit(value)

    def __setitem__(self, key, value):
        self.hit(value)


def native(hit):
    # One whose methods run no code of Python.
    names = "eq lt gt add radd mul mod contains neg".split()
    return type("Native", (), {f"__{n}__": staticmethod(hit) for n in names})()


class Mortal:
    def __init__(self, hit):
        self.hit = hit

    def __del__(self):
        self.hit("dead")


class Watched:
    pass


WATCHES = []


def watched(hit):
    # One whose end runs no code of Python.
    made = Watched()
    WATCHES.append(weakref.ref(made, lambda _: hit("gone")))
    return made


def drain(items, hit):
    try:
        for item in items:
            hit(item)
            yield item
    finally:
        hit("closed")


thread = concurrent.futures.ThreadPoolExecutor(1).submit


"""

START = """
i, j, f, t = 0, 1, 1.5, "text"
a = [1, 2.5, "s"]
b = {"k": 1, 2: a}
c = {1, 2}
d = collections.deque([1, a], maxlen=6)
o = Plain(x=1, y=[1])
s = Slots()
s.p = 1
m = Both()
e = Data(1, a)
n = [[[[1], 2], {"deep": [1]}], a]
w = [[0] * 10 for _ in range(3)]
p = Pair(1, a)
g = SubList([1])
h = [[list(range(12)) for _ in range(6)] for _ in range(4)]
k = [10**20, 2**40, o.put, a.append, len, Plain, Plain.put, Plain.from_name]
k.append(list.append)
q = [ValueError(1), range(3), slice(1, 2), 1j]
r = bytearray(b"xy")
v = [array.array("i", [1, 2]), bytes(r)]
y = x = None
sly, sink, native_ = Sly(a.append), Sink(a.append), native(a.append)
signal.signal(signal.SIGUSR1, lambda *_: a.append("signal"))
"""

LISTS = st.sampled_from(
    ["a", "n", "w", "w[0]", "n[0]", "g", "o.y", "y", "h", "h[0]", "h[-1][0]", "k"]
)
DICTS = st.sampled_from(["b", "o.__dict__", "m.__dict__", "n[0][1]", "e.__dict__"])
OBJECTS = st.sampled_from(["o", "m", "e", "y"])
NAMES = st.sampled_from(["x", "y", "z", "u"])
TARGETS = st.sampled_from(["x", "y", "i", "t"])
SCALARS = st.sampled_from(
    ["0", "1", "True", "None", "1.0", "-1", "1000", "2.5", "'s'", "'é'", "i", "f", "t"]
    + ["10**20", "'x' * 300", "i + 1", "f * 2", "t + 'x'", "'%s' % i", "b''"]
)
VALUES = SCALARS | st.sampled_from(
    ["a", "b", "o", "[]", "[1]", "[[2]]", "{}", "{'k': [1]}", "(1, a)", "{1}", "s", "e"]
    + ["Plain(x=1)", "Data()", "list(range(40))", "n", "x", "y", "Pair(i, [])", "p"]
    + ["[[1] * 9 for _ in range(9)]", "frozenset('a')", "bytearray(b'x')", "Slots()"]
)

INERT = [
    "i = j",
    "i = i + 1",
    "f = f * 2 - j",
    "t = 'x'",
    "t = t + 's' if i > 2 else t",
    "i, j = j, i",
    "x = 1",
    "i = i < j < 3",
    "pass",
    "x = y is None",
    "i = (i +\n    j)",
    "i = not f",
]
CHANGES = [
    "{list}.append({value})",
    "{list} += [{value}]",
    "{list}[0] = {value}",
    "{list}[-1:] = [{value}, {value}]",
    "{list}[:] = {list}[1:]",
    "{list}.insert(0, {value})",
    "{list}.pop()",
    "del {list}[0]",
    "{list}.clear()",
    "{list}.reverse()",
    "{list}.extend([{value}] * 30)",
    "{list} *= 2",
    "{list}[0].append({value})",
    "{list}[0][0] = {value}",
    "operator.setitem({list}, 0, {value})",
    "{dict}['k'] = {value}",
    "b[{scalar}] = {value}",
    "n[0][1][{scalar}] = {value}",
    "del {dict}[1]",
    "{dict}.pop('k')",
    "{dict}.popitem()",
    "{dict}.update(k={value}, l={value})",
    "{dict}.update((str(q), q) for q in range(20))",
    "{dict}.setdefault('list', []).append({value})",
    "{dict}.clear()",
    "b[1] = 'a'\nb[True] = 'b'",
    "del b[1]\nb[1.0] = 'c'",
    "b |= {{'z': {value}}}",
    "c.add({scalar})",
    "c.discard(1)",
    "c ^= {{1, 5}}",
    "c.update(range(i, i + 3))",
    "d.append({value})",
    "d.appendleft({value})",
    "d.rotate(1)",
    "d[0] = {value}",
    "d.pop()",
    "{object}.{name} = {value}",
    "del {object}.{name}",
    "setattr({object}, '{name}', {value})",
    "{object}.put({value})",
    "{object}.__dict__ = {{'{name}': {value}}}",
    "{object}.__class__ = Other",
    "{object}.__class__ = Plain",
    "Plain.kind = {value}",
    "s.p = {value}",
    "s.q = {value}",
    "del s.p",
    "m.r = {value}",
    "m.p = {value}",
    "e.v = {value}",
    "del e.u",
    "o.y = a\na = o.y",
    "{target} = {value}",
    "{target} = [{value}]\n{target} = [{value}]",
    "{target} = float(i)\n{target} = float(j)",
    "{target} = str(f)\n{target} = str(j)",
    "{target} = 10 ** 20 + i\n{target} = 10 ** 20 + j",
    "p = Pair({value}, {value})",
    "n[0][0][0].append({value})",
    "del n[0][0][0][:]",
    "n[0] = [[[{value}]]]",
    "w.append([{value}] * 12)",
    "h.append([[{value}], [{value}]])",
    "h.append([Plain(x=1)] * 20)",
    "del h[0]",
    "h[0][:] = [h[0][0][:2]]",
    "for x in h: x.clear()",
    "for x in h[0]: del x[:-1]",
    "k[0] = 10**20 + i",
    "k[1] = 2**40 + i",
    "k[2] = Other().put",
    "k[3] = {list}.append",
    "k[4] = abs",
    "k[6] = Other.put",
    "k[7] = Other.from_name",
    "k[8] = str.join",
    "k[2:4] = [o.put, {value}]",
    "Plain.put.__qualname__ = t",
    "Plain.__qualname__ = t[:9]",
    "Plain.put = lambda self, value: None",
    "q[0].args = (i, t[:9])",
    "q[0] = KeyError(t[:9], f)",
    "q[1] = range(i)",
    "q[2] = slice(i, f)",
    "r[0] = 65 + i % 20",
    "r.extend(b'z' * 40)",
    "v[0].append(i)",
    "v[0][0] = j + 5",
    "v[1] = bytes(r)",
    "w[:] = [[0]]",
    "w[0][:] = []",
    "x = sly == 1",
    "x = 1 if sly else 2",
    "x = i + sly",
    "x = (i +\n    sly)",
    "x = sly < i",
    "x = [0][sly]",
    "x = sly.anything",
    "x = [sly, 1] == [2, 1]",
    "x = 1 in [sly]",
    "x = native_ == 1",
    "x = i + native_",
    "x = (i +\n    native_)",
    "x = native_ < f",
    "x = -native_",
    "x = i in native_",
    "sink.attribute = {value}",
    "sink[0] = {value}",
    "match native_:\n    case 1:\n        pass\n    case 2:\n        i = 1",
    "match sly:\n    case 1:\n        pass",
    "for x in drain([1, 2], a.append): y = x",
    "for x in drain([1, 2], a.append):\n    break",
    "for x in drain([1, 2], a.append):\n    i = x",
    "for i in (1, 2): a.append(i)",
    "for i in range(2): a.append(i); j = i",
    "for i in range(3):\n    a.append(i)\n    j = i",
    "for i in [1, 2]:\n    if i > 1:\n        a.append(j)",
    "y = [a.append(q) for q in range(2)]",
    "y = [\n    a.append(q)\n    for q in range(2)\n]",
    "x = list(map(a.append, [1]))",
    "x = iter([a.append, 1])",
    "*x, y = drain([1, 2], a.append)",
    "while i < 3: i += 1; a.append(i)",
    "if a.append(i) or i: j = 2",
    "signal.raise_signal(signal.SIGUSR1)",
    "thread(a.append, {value}).result()",
    "thread(b.__setitem__, 'k', {value}).result()",
    "exec('a.append(1)')",
    "i = i / 0",
    "for x in drain([1, 2], a.append):\n    i = i / 0",
    "sorted([3, 1], key=a.append)",
    "t = f'{{i}}{{a.append(1)}}'",
    "with memoryview(bytearray(2)) as x: x[0] = 1; a.append(x[0])",
]
ENDINGS = [
    "x = Mortal(a.append)\nx = None",
    "x = [Mortal(a.append)]\nx[0] = 1",
    "x = y = watched(a.append)\nx = 1\ny = 2",
    "x = [watched(a.append), 1]\nx = j",
    "for x in [watched(a.append), 1]:\n    i = 1",
    "for x in (q for q in [watched(a.append), 1]):\n    i = i / 0",
    "x = watched(a.append)\ndel x",
    "x = Plain(x=watched(a.append))\nx.x = 1\nx = 2",
    "x = [Mortal(a.append)]\nx.append(x)\nx = 1\ngc.collect()",
]


@st.composite
def statements(draw: st.DrawFn) -> str:
    """One change, in a block of its own if it may fail."""
    templates = CHANGES + (ENDINGS if SETTRACE_IS_QUIET else [])
    template = draw(st.sampled_from(templates) | st.sampled_from(INERT))
    if template in INERT:
        return template
    text = template.format(
        list=draw(LISTS),
        dict=draw(DICTS),
        object=draw(OBJECTS),
        name=draw(NAMES),
        target=draw(TARGETS),
        value=draw(VALUES),
        scalar=draw(SCALARS),
    )
    return f"try:\n{indented(text)}\nexcept Exception:\n    i = i"


def indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A program that makes changes in a function, a generator or a module body."""
    body = START + "\n".join(draw(st.lists(statements(), min_size=4, max_size=30)))
    places = ["function", "closure", "generator", "module"]
    place = draw(st.sampled_from(places if SETTRACE_IS_QUIET else places[:-1]))
    if place == "module":
        return PRELUDE + body + "\n"
    if place == "generator":
        return f"{PRELUDE}def run():\n{indented(body)}\n    yield a\n\n\nlist(run())\n"
    seen = "\n    def see(): return a, b, i\n" if place == "closure" else ""
    return f"{PRELUDE}def run():{seen}\n{indented(body)}\n    return a\n\n\nrun()\n"


NUMBERS = count()


def difference(worker: Worker, source: str, directory: Path) -> str | None:
    """Where trace and reference part on a program; None if they do not."""
    program = directory / f"program{next(NUMBERS)}.py"
    trace = program.with_suffix("")
    program.write_text(source, encoding="utf-8")
    answer = worker.run(program, trace)
    assert answer.plain == answer.recorded
    records = json.loads((trace / "trace.json").read_text(encoding="utf-8"))
    rmtree(trace)
    program.unlink()
    return first_difference(events_of(records), answer.events)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(source=programs())
def test_every_change_is_seen(
    source: str, worker: Worker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = difference(worker, source, tmp_path_factory.getbasetemp())
    assert found is None, found
