"""Random programs: recorded they do what they do alone, and the trace is right.

A grammar of functions, generators, exceptions, loops and threads writes them; they end
soon, print what they reach, and may end by an exception. The checker reads each trace:
calls and returns balance in every thread.
"""

import os
import warnings
from collections.abc import Iterator
from itertools import count
from shutil import rmtree

import pytest
from checker import check_trace
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle.client import Worker

EXAMPLES = 10_000 if os.environ.get("CT_SOAK") else 40
NUMBERS = count()

PRELUDE = """
import contextlib, threading

STEPS = [0]


class Error(Exception):
    pass


class TooLong(BaseException):
    pass


class Guard:
    def __init__(self, swallows):
        self.swallows = swallows

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        tick()
        return self.swallows and kind is not TooLong


class Lazy:
    def __del__(self):
        print("gone")


def tick():
    STEPS[0] += 1
    if STEPS[0] > 200:
        raise TooLong


def in_thread(function, *args):
    def body():
        try:
            function(*args)
        except BaseException as error:
            print(type(error).__name__)
    thread = threading.Thread(target=body)
    thread.start()
    thread.join()

"""

FUNCTIONS = ["f0", "f1", "f2", "g0", "g1"]
"""Those with a g are generators."""
VARIABLES = st.sampled_from(["a", "b", "c"])
CALLED = st.sampled_from(["f0", "f1", "f2"])
GENERATORS = st.sampled_from(["g0", "g1"])
NUMBERS_SHOWN = st.integers(-2, 3).map(str)


@st.composite
def expressions(draw: st.DrawFn, depth: int = 2) -> str:
    if depth == 0:
        return draw(VARIABLES | NUMBERS_SHOWN | st.sampled_from(["'s'", "None", "[]"]))
    one, two = draw(expressions(depth - 1)), draw(expressions(depth - 1))
    forms = [
        f"({one} + {two})",
        f"({one} < {two})",
        f"({one} and {two})",
        f"[{one}, {two}]",
        f"{{'k': {one}}}",
        f"({one} // {two})",
        f"({one} if {two} else 0)",
        f"[q for q in range(2) if {one}]",
        f"(lambda q: {one})({two})",
        f"str({one})",
        f"{draw(CALLED)}({one})",
        f"list({draw(GENERATORS)}({one}))",
        f"next({draw(GENERATORS)}({one}), {two})",
        f"sum({one} for _ in range(2))",
        f"(\n{one},\n{two})",
        f"{draw(VARIABLES)}",
    ]
    return draw(st.sampled_from(forms))


@st.composite
def simple_statements(draw: st.DrawFn, is_generator: bool) -> str:
    name, value = draw(VARIABLES), draw(expressions())
    forms = [
        f"{name} = {value}",
        f"{name} += {value}",
        f"print({value})",
        f"return {value}",
        f"raise Error({value})",
        "raise",
        "raise Error from None",
        f"del {name}",
        f"assert {value}",
        f"{name} = Lazy()",
        f"in_thread({draw(CALLED)}, {value})",
        f"global {draw(st.sampled_from(['u', 'v']))}; u = {value}",
        f"{name} = {draw(GENERATORS)}({value}); next({name})",
        f"{name}.close()",
        f"{name}.throw(Error('thrown'))",
        f"{name}.send({value})",
        f"{name}, {draw(VARIABLES)} = {value}",
        f"{draw(CALLED)}({value})",
    ]
    if is_generator:
        forms += [
            f"yield {value}",
            f"{name} = yield {value}",
            f"yield from {draw(GENERATORS)}({value})",
            f"{name} = yield",
        ]
    return draw(st.sampled_from(forms))


@st.composite
def blocks(draw: st.DrawFn, depth: int, is_generator: bool, in_loop: bool) -> str:
    """Statements, not indented; each block counts its steps, so that it ends."""
    parts = ["tick()"]
    for _ in range(draw(st.integers(1, 3))):
        parts.append(draw(statements(depth, is_generator, in_loop)))
    return "\n".join(parts)


@st.composite
def statements(draw: st.DrawFn, depth: int, is_generator: bool, in_loop: bool) -> str:
    if depth == 0 or draw(st.integers(0, 2)) == 0:
        jumps = st.sampled_from(["break", "continue"]) if in_loop else st.nothing()
        return draw(simple_statements(is_generator) | jumps)
    value, name = draw(expressions(1)), draw(VARIABLES)

    def block(loop: bool = in_loop) -> str:
        inner = draw(blocks(depth - 1, is_generator, loop))
        return "\n" + "\n".join(f"    {line}" for line in inner.splitlines())

    kind = draw(st.integers(0, 7))
    if kind == 0:
        return f"if {value}:{block()}\nelse:{block()}"
    if kind == 1:
        return f"for {name} in range(2):{block(True)}\nelse:{block()}"
    if kind == 2:
        return f"while {value}:{block(True)}"
    if kind == 3:
        return f"try:{block()}\nexcept Error as {name}:{block()}"
    if kind == 4:
        return f"try:{block()}\nexcept Exception:{block()}\nfinally:{block(False)}"
    if kind == 5:
        return f"with Guard({draw(st.booleans())}) as {name}:{block()}"
    if kind == 6:
        return f"for {name} in {draw(GENERATORS)}({value}):{block(True)}"
    cases = ["case 0: tick()", f"case [x, *_]: {name} = x", "case _: pass"]
    return "\n    ".join([f"match {value}:", *cases])


@st.composite
def programs(draw: st.DrawFn) -> str:
    parts = [PRELUDE]
    for name in FUNCTIONS:
        is_generator = name.startswith("g")
        body = "if a is Guard: yield\n" if is_generator else ""
        body += draw(blocks(2, is_generator, False))
        lines = "\n".join(f"    {line}" for line in body.splitlines())
        parts.append(f"def {name}(a, b=0, *c):\n{lines}\n\n")
    parts.append(f"u = v = b = c = 0\na = {draw(expressions())}")
    parts += [f"print({call}({draw(expressions(1))}))" for call in draw(calls())]
    return "\n".join(parts) + "\n"


def calls() -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(FUNCTIONS[:3]), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.close()


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(source=programs())
def test_recording_changes_nothing(
    source: str, worker: Worker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    program = tmp_path_factory.getbasetemp() / f"random{next(NUMBERS)}.py"
    trace = program.with_suffix("")
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(source, "random", "exec")
    except SyntaxError:  # a `continue` in a `finally` of no loop, a name twice
        return
    program.write_text(source, encoding="utf-8")
    answer = worker.run(program, trace, reference=False)
    assert answer.plain == answer.recorded
    assert [str(problem) for problem in check_trace(trace)] == []
    rmtree(trace)
    program.unlink()
