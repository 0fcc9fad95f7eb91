"""Values of any shape: what both formats say of them is what the rules say.

Hypothesis makes the values; each is recorded as an argument, a variable and a returned
value, and compared with `reference`. `trace.bin` is decoded by the checker's reader and
by Cap'n Proto itself. `CT_SOAK=1` tries many more.
"""

import math
import os
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import observed
import pytest
from checker import check_trace, load_records
from checker.compare import with_floats_as_text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference import INT_MAX, INT_MIN, Bounds, expected, shown, without_pairs

import codetracer_python_recorder as recorder
from codetracer_python_recorder import codetracer_python_recorder as native

SCHEMA = Path(__file__).with_name("trace.capnp")
OBSERVED = str(Path(observed.__file__).resolve())

settings.register_profile(
    "values",
    max_examples=20_000 if os.environ.get("CT_SOAK") else 200,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
VALUES = settings.get_profile("values")


# ---- The values ----------------------------------------------------------------------


def repeated(strategy: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[Any]:
    """Sequences of the strategy's, long ones by repetition."""
    return st.tuples(strategy, st.integers(1, most)).map(lambda pair: pair[0] * pair[1])


PIECES = list('aé😀…\0\n"\\\x7f\ud800\udc00\udfff')
TEXTS = repeated(
    st.lists(st.sampled_from(PIECES) | st.characters(), max_size=20).map("".join), 30
)
BYTES = repeated(st.binary(max_size=20), 30)
INTEGERS = st.one_of(
    st.integers(),
    st.sampled_from([INT_MIN - 1, INT_MIN, INT_MAX, INT_MAX + 1, -(2**64), 2**71]),
    st.tuples(st.integers(0, 2200), st.sampled_from([1, -1]), st.integers(-1, 1)).map(
        lambda parts: parts[1] * (1 << parts[0]) + parts[2]
    ),
)
FLOATS = st.one_of(
    st.floats(), st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 5e-324])
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    INTEGERS,
    FLOATS,
    TEXTS,
    BYTES,
    INTEGERS.map(observed.Number),
    FLOATS.map(observed.Real),
    TEXTS.map(observed.Text),
    BYTES.map(observed.Data),
)
HASHABLE = st.recursive(
    st.one_of(st.none(), st.booleans(), INTEGERS, FLOATS, TEXTS, BYTES),
    lambda inner: st.one_of(
        repeated(st.lists(inner, max_size=4), 12).map(tuple),
        st.lists(inner, max_size=6).map(frozenset),
    ),
    max_leaves=5,
)


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Containers of the strategy's values, sets and keys of hashable ones."""
    lists = repeated(st.lists(inner, max_size=6), 12)
    sets = st.one_of(
        st.lists(HASHABLE, max_size=6),
        st.integers(0, 70).map(range),
    )
    dicts = st.dictionaries(
        st.one_of(HASHABLE, st.integers(0, 9)), inner, max_size=6
    ) | st.tuples(inner, st.integers(0, 70)).map(
        lambda pair: dict.fromkeys(range(pair[1]), pair[0])
    )
    return st.one_of(
        lists,
        lists.map(tuple),
        lists.map(observed.Items),
        lists.map(observed.Couple),
        sets.map(set),
        sets.map(frozenset),
        sets.map(observed.Group),
        sets.map(observed.Fixed),
        dicts,
        dicts.map(observed.Table),
    )


def tie(value: Any, places: list[int]) -> Any:
    """Put a value into lists and dicts below itself, so that it contains itself."""
    mutable = [inner for inner in walk(value) if isinstance(inner, list | dict)]
    for place in places:
        if mutable:
            inner = mutable[place % len(mutable)]
            outer = mutable[place // 7 % len(mutable)]
            if isinstance(inner, list):
                list.append(inner, outer)
            else:
                dict.__setitem__(inner, "itself", outer)
    return value


def walk(value: Any) -> Iterator[Any]:
    """The value and all in it; read before there are cycles."""
    yield value
    base: Any
    for base in (list, tuple):
        if isinstance(value, base):
            for item in base.__iter__(value):
                yield from walk(item)
    if isinstance(value, dict):
        for item in dict.values(value):
            yield from walk(item)


NESTED = st.builds(
    tie,
    containers(st.recursive(SCALARS, containers, max_leaves=12)),
    st.lists(st.integers(0, 999), max_size=3),
)
VALUE = st.one_of(SCALARS, containers(SCALARS), NESTED)
BOUNDS = st.one_of(
    st.just(Bounds()),
    st.builds(
        Bounds,
        max_depth=st.one_of(st.integers(0, 6), st.just(40)),
        max_items=st.integers(0, 40),
        max_string=st.integers(0, 300),
        max_nodes=st.one_of(st.integers(2, 12), st.integers(2, 200)),
    ),
)


def nest(shape: list[int]) -> Any:
    """Containers inside each other, of the kinds that the shape says."""
    value: Any = "innermost"
    for kind in shape:
        value = [[value], (value,), {"key": value}, {(1, kind): value}][kind]
    return value


# ---- The comparison ------------------------------------------------------------------


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    """Where the traces go, on a fast file system if there is one."""
    parent = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with TemporaryDirectory(dir=parent) as name:
        yield Path(name)


@pytest.fixture(autouse=True)
def policy_restored() -> Iterator[None]:
    """Leaves the policy of the process as it was."""
    before = recorder.policy_snapshot()
    yield
    recorder.configure_policy(**{name: before[name] for name in vars(Bounds())})


def record(values: list[Any], bounds: Bounds, trace: Path, trace_format: str) -> Path:
    """Record the values under the bounds; the trace's directory."""
    recorder.configure_policy(**vars(bounds))
    native.start_tracing(str(trace), trace_format, OBSERVED)
    try:
        observed.observe_all(values)
    finally:
        native.stop_tracing()
    return trace


def observations(records: list[dict[str, Any]]) -> list[list[Any]]:
    """For each call of `observe`: its argument, the variable, and what it returned."""
    types = [each["Type"] for each in records if "Type" in each]
    functions = [each["Function"] for each in records if "Function" in each]
    found: list[list[Any]] = []
    stack: list[str] = []  # the collector may call a function of Hypothesis
    for each in records:
        if call := each.get("Call"):
            stack.append(functions[call["function_id"]]["name"])
            if stack[-1] == "observe":
                found.append([call["args"][0]["value"]])
        elif "Value" in each and stack[-1] == "observe":
            found[-1].append(each["Value"]["value"])
        elif "Return" in each and stack.pop() == "observe":
            found[-1].append(each["Return"]["return_value"])
    return [[shown(value, types) for value in values] for values in found]


def compare(values: list[Any], bounds: Bounds, directory: Path) -> None:
    """Record in both formats, check all rules, and compare with the reference."""
    wanted = [[without_pairs(expected(value, bounds))] * 3 for value in values]
    json_trace = record(values, bounds, directory / "json", "json")
    binary_trace = record(values, bounds, directory / "binary", "binary")
    for trace in (json_trace, binary_trace):
        assert [str(problem) for problem in check_trace(trace)] == []
        assert observations(load_records(trace)) == wanted


@VALUES
@given(values=st.lists(VALUE, min_size=1, max_size=6), bounds=BOUNDS)
def test_values(directory: Path, values: list[Any], bounds: Bounds) -> None:
    compare(values, bounds, directory)


@settings(VALUES, max_examples=VALUES.max_examples // 4)
@given(
    shape=st.lists(st.integers(0, 3), min_size=20, max_size=40),
    depth=st.integers(20, 40),
)
def test_no_value_is_too_deep(directory: Path, shape: list[int], depth: int) -> None:
    compare([nest(shape)], Bounds(max_depth=depth), directory)


# ---- Cap'n Proto's own opinion -------------------------------------------------------


@settings(VALUES, max_examples=VALUES.max_examples // 2)
@given(values=st.lists(VALUE, min_size=1, max_size=4))
def test_capnp_reads_the_same(directory: Path, values: list[Any]) -> None:
    capnp = pytest.importorskip("capnp")
    trace = record(values, Bounds(), directory / "binary", "binary")
    data = (trace / "trace.bin").read_bytes()
    message = capnp.load(str(SCHEMA)).Trace.from_bytes_packed(
        data[8:], traversal_limit_in_words=2**60, nesting_limit=200
    )
    decoded = [record_of(each) for each in message.records]
    assert with_floats_as_text(decoded) == with_floats_as_text(load_records(trace))


def record_of(each: Any) -> dict[str, Any]:
    """A record of the message in the shape of `trace.json`."""
    kind = each.which()
    body = getattr(each, kind)
    name = kind[0].upper() + kind[1:]
    return {name: BODIES[name](body)}


def value_of(value: Any) -> dict[str, Any]:
    """A value in the shape of `trace.json`, with its Float."""
    kind = value.which()
    group = getattr(value, kind)
    name = kind[0].upper() + kind[1:]
    return {"kind": name, **CONTENTS[name](group), "type_id": group.typeId.i}


def full_value_of(body: Any) -> dict[str, Any]:
    return {"variable_id": body.variableId.i, "value": value_of(body.value)}


def type_of(body: Any) -> dict[str, Any]:
    info = body.specificInfo
    specific: dict[str, Any] = {"kind": "None"}
    if info.which() == "struct":
        fields = [{"name": f.name, "type_id": f.typeId.i} for f in info.struct]
        specific = {"kind": "Struct", "fields": fields}
    return {"kind": body.kind, "lang_type": body.langType, "specific_info": specific}


def elements_of(group: Any) -> dict[str, Any]:
    return {"elements": [value_of(element) for element in group.elements]}


def big_int_of(group: Any) -> dict[str, Any]:
    return {"b": b64encode(group.b).decode(), "negative": group.negative}


BODIES = {
    "Step": lambda body: {"path_id": body.pathId.i, "line": body.line.i},
    "Path": lambda body: body.text,
    "VariableName": lambda body: body,
    "Type": type_of,
    "Value": full_value_of,
    "Function": lambda body: {
        "path_id": body.pathId.i,
        "line": body.line.i,
        "name": body.name,
    },
    "Call": lambda body: {
        "function_id": body.functionId.i,
        "args": [full_value_of(argument) for argument in body.args],
    },
    "Return": lambda body: {"return_value": value_of(body.returnValue)},
}
CONTENTS = {
    "Int": lambda group: {"i": group.i},
    "Float": lambda group: {"f": group.f},
    "Bool": lambda group: {"b": group.b},
    "String": lambda group: {"text": group.text},
    "Sequence": lambda group: {**elements_of(group), "is_slice": group.isSlice},
    "Tuple": elements_of,
    "Raw": lambda group: {"r": group.r},
    "Error": lambda group: {"msg": group.msg},
    "None": lambda group: {},
    "BigInt": big_int_of,
}
