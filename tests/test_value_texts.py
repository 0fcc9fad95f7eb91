"""The texts of Raw values and of exceptions: what `repr` and `str` give, without them.

One process makes all values, records a call with each as its argument and a raise of
each exception, and afterwards says what `repr` and `str` give.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from checker import load_records
from recording import run

SETUP = r"""
import array, collections, contextlib, datetime, decimal, enum, functools, math, os
import pathlib, sys, types, uuid, zoneinfo
from datetime import date, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath, PureWindowsPath

ARMED = []
CALLED = []
DUNDERS = '''abs bool bytes call ceil complex contains copy deepcopy delitem enter eq
exit float floor format fspath ge get getattr getattribute getitem getstate gt hash
index instancecheck int invert iter le len length_hint lt missing ne neg next pos
reduce reduce_ex repr reversed round set sizeof str subclasscheck trunc'''.split()


def hostile_method(name, usual=None):
    def method(*args, **kwargs):
        if usual is not None and not ARMED:
            return usual(*args, **kwargs)
        CALLED.append(name)
        raise AssertionError(name)

    return method


def hostile(base, *args, **names):
    # An object of a subclass of base all of whose methods say that they were called.
    for name in DUNDERS:
        names[f"__{name}__"] = hostile_method(name)
    for name in "args as_posix as_tuple hex numerator tzname utcoffset".split():
        names[name] = property(hostile_method(name))
    metaclass = HostileType if type(base) is type else type(base)
    return metaclass("Hostile", (base,), names)(*args)


class HostileType(type):
    __repr__ = hostile_method("type repr")
    __str__ = hostile_method("type str")
    __eq__ = hostile_method("type eq")
    __getattribute__ = hostile_method("type getattribute", type.__getattribute__)
    __instancecheck__ = hostile_method("type instancecheck")
    __hash__ = type.__hash__


def with_slots(module, name, **slots):
    # An object of a class that claims to be another's.
    names = {"__module__": module, "__slots__": tuple(slots)}
    made = type(name, (), names)()
    for slot, value in slots.items():
        setattr(made, slot, value)
    return made


def with_slot_of(base, name):
    # One that has another's slot as well.
    names = {"__module__": base.__module__, name: base.__dict__[name]}
    return type(base.__name__, (), names)()


class Plain:
    def method(self): pass

    @classmethod
    def of_class(cls): pass


def nested():
    class Local(Exception): pass

    return Local


def generate():
    yield


async def co():
    pass


async def generate_async():
    yield


def with_name(generator):
    generator.__qualname__ = "renamed"
    return generator


def with_text(path):
    str(path)
    return path


def closed(coroutine):
    coroutine.close()
    return coroutine


def module(**names):
    made = types.ModuleType("made")
    made.__dict__.update(names)
    return made


def itself(error):
    error.args = (error,)
    return error


SubDate = type("SubDate", (datetime.datetime,), {})
SubDelta = type("SubDelta", (timedelta,), {})
SubPath = type("SubPath", (PurePosixPath,), {})
SubFraction = type("SubFraction", (Fraction,), {})
Zone = type("Zone", (datetime.tzinfo,), {"__module__": "app"})
"""


def lines(text: str) -> list[str]:
    """The lines of a table that are not empty, without their indentation."""
    return [line.strip() for line in text.splitlines() if line.strip()]


DECIMALS = """
    0 -0 1 -1 1.5 0.1 0.000001 0.0000001 -0.0000012 1E+5 1E-5 1E-6 1E-7 0E+3 0E-3
    0E-10 0.00 1E+999999 1E-999999 NaN -NaN sNaN NaN123 -sNaN99 Infinity -Infinity
    123456789.123456789 1234567890123456789 12345678901234567890 10000000000000000000
    99999999999999999999 100000000000000000000.00000000000000000001 12.3E+7 1234E-10
"""
COMPONENTS = r"a . .. / // /// /a //a ///a a/ ./a a//b a/./b /. //./x it's b\c"
PATHS = ["", *COMPONENTS.split(), '"', "\n", "\xfc", "\udcff", "x" * 256]

LIKE_REPR = [
    *(f"Decimal({text!r})" for text in DECIMALS.split()),
    *(f"PurePosixPath({path!r})" for path in PATHS),
    *(f"PurePosixPath({a!r}, {b!r})" for a in PATHS[:9] for b in PATHS[:9]),
]
"""Expressions whose text is that of `repr`, without addresses."""
LIKE_REPR += lines(r"""
    PurePosixPath('a', '/b', 'c', '', './d')
    PurePosixPath('a/./b').parent
    with_text(PurePosixPath('a//b'))
    with_text(PureWindowsPath('C:/a', 'b'))
    SubPath('q')
    pathlib.Path.cwd()
    Fraction(1, 3)
    Fraction(-5)
    Fraction(10**50, 7**40)
    SubFraction(1, 2)
    1j
    -1j
    1+2j
    complex(-0.0, 1)
    complex(0.0, -0.0)
    complex(0.1, 1e16)
    complex(1e300, -1e-5)
    complex(math.nan, math.inf)
    complex(0, math.nan)
    date(2024, 1, 2)
    date.max
    SubDate(2024, 1, 2)
    time()
    time(1, 2, 3)
    time(1, 2, 0, 4)
    time(1, fold=1)
    time(1, tzinfo=timezone.utc, fold=1)
    datetime.datetime(2024, 1, 2, 3, 4)
    datetime.datetime(2024, 1, 2, 3, 4, 5)
    datetime.datetime(2024, 1, 2, 3, 4, 0, 6)
    datetime.datetime(2024, 1, 2, fold=1, tzinfo=timezone.utc)
    datetime.datetime(2024, 1, 2, tzinfo=timezone(timedelta(hours=5)))
    datetime.datetime(2024, 1, 2, tzinfo=timezone(timedelta(hours=-5), 'it\'s'))
    timedelta()
    timedelta(1)
    timedelta(1, 2, 3)
    timedelta(microseconds=-1)
    timedelta.max
    SubDelta(3)
    timezone.utc
    timezone.min
    timezone(timedelta(0), 'z')
    timezone(SubDelta(0, 60))
    uuid.UUID(int=0)
    uuid.UUID(int=0x1234 << 64)
    uuid.UUID(int=2**128 - 1)
    range(5)
    range(1, 2)
    range(1, 2, 3)
    range(-1, -5, -1)
    range(10**30)
    slice(1)
    slice(None, 'a\'b', (1, 2))
    ...
    NotImplemented
    len
    [].append
    dict.fromkeys
    os.getcwd
    list.append
    list.__add__
    int.real
    type(generate).__code__
    dict.__dict__['fromkeys']
    int
    type
    type(None)
    date
    ValueError
    Plain
    nested()
    collections.OrderedDict
    decimal.Context
    enum.EnumType
    functools.partial
    lambda: 1
    generate
    Plain.method
    Plain.of_class
    Plain().method
    generate.__code__
    generate()
    (_ for _ in '')
    with_name(generate())
    closed(co())
    generate_async()
    ValueError()
    ValueError(1)
    ValueError(1, 'a')
    KeyError('k')
    nested()('x')
    OSError(2, 'no', 'f')
    ValueError([1, 'a', 2.5])
    ValueError(ValueError('in'))
    ValueError(Decimal('1'), PurePosixPath('a'), int, date.min, slice(1))
    ExceptionGroup('m', [ValueError(1), OSError()])
""")

PARTS = [
    *map(repr, ["", "a", "'", '"', "'\"", "\\", "\n\r\t\0\x7f\x80\xa0\xe9"]),
    *map(repr, ["\u200b", "\ud800", "\U0001f600", "\U000e0001", "\U00030000"]),
    *lines(r"""
        ''.join(map(chr, range(250)))
        bytes(range(256))
        b'\''
        bytearray(b'x')
        0
        -1
        2**63
        -2**63
        -2**64
        10**600
        1.5
        1e300
        1e16
        1e-5
        -0.0
        math.nan
        -math.inf
        True
        None
        ...
        ()
        (1,)
        (1, 'a')
        []
        [1, 2]
        list(range(32))
        {}
        {1: 2, 'a': None}
        set()
        {1}
        frozenset()
        frozenset({2})
    """),
]
"""Expressions whose text inside another one, here a slice, is that of `repr`."""
LIKE_REPR += [f"slice({part})" for part in PARTS]

LONG = "/" + "ab/" * 200
TEXTS = {
    # Cuts.
    "Decimal('1' * 300)": f"Decimal('1.{'1' * 255}…E+299')",
    "Decimal('NaN' + '7' * 300)": f"Decimal('NaN{'7' * 256}…')",
    "PurePosixPath('x' * 300)": f"PurePosixPath('{'x' * 256}…')",
    "PurePosixPath('/' + 'ab/' * 200)": f"PurePosixPath('{LONG[:256]}…')",
    "slice('x' * 300)": f"slice(None, '{'x' * 256}…', None)",
    "slice(b'x' * 300)": f"slice(None, b'{'x' * 256}…', None)",
    "slice(list(range(40)))": (
        f"slice(None, [{', '.join(map(str, range(32)))}, … +8 more], None)"
    ),
    "slice(['x' * 256] * 32)": (
        "slice(None, [" + f"'{'x' * 256}', " * 16 + "… +16 more], None)"
    ),
    "slice(10**700)": "slice(None, <int, 2326 bits>, None)",
    "range(2**4000)": "range(0, <int, 4001 bits>)",
    "Fraction(2**4000)": "Fraction(<int, 4001 bits>, 1)",
    # Parts of parts.
    "slice([[1], {}, {1, 2}])": (
        "slice(None, [<list, 1 item>, <dict, 0 items>, <set, 2 items>], None)"
    ),
    "slice([slice([1])])": "slice(None, [slice(None, <list, 1 item>, None)], None)",
    "itself(ValueError())": "ValueError(ValueError(ValueError(<ValueError object>)))",
    "slice(collections.OrderedDict(a=1))": (
        "slice(None, <collections.OrderedDict object>, None)"
    ),
    "slice(Plain())": "slice(None, <__main__.Plain object>, None)",
    # Where `repr` would run the program's code, or says an address.
    r"PureWindowsPath('C:\\a', 'b')": r"PureWindowsPath('C:\\a', 'b')",
    "object.__new__(SubPath)": "<__main__.SubPath object>",
    "datetime.datetime(2024, 1, 2, tzinfo=Zone())": (
        "datetime.datetime(2024, 1, 2, 0, 0, tzinfo=<app.Zone object>)"
    ),
    "types.MethodType(len, [])": "<bound method ? of <list object>>",
    "types.MethodType(Plain.method, Zone())": (
        "<bound method Plain.method of <app.Zone object>>"
    ),
    "sys": "<module 'sys'>",
    "module(__name__='other')": "<module 'other'>",
    "module(__name__=5)": "<module '?'>",
    "sys.stdout": "<_io.TextIOWrapper object>",
    "object()": "<object object>",
    # Classes that claim to be the library's.
    "with_slots('uuid', 'UUID', int=5)": "UUID('00000000-0000-0000-0000-000000000005')",
    "with_slots('uuid', 'UUID', int=-1)": "<uuid.UUID object>",
    "with_slots('uuid', 'UUID', int='x')": "<uuid.UUID object>",
    "with_slots('uuid', 'UUID', other=1)": "<uuid.UUID object>",
    "with_slot_of(uuid.UUID, 'int')": "<uuid.UUID object>",
    "with_slots('pathlib', 'PurePath', _str=5, _raw_paths=[5])": (
        "<pathlib.PurePath object>"
    ),
    "with_slots('fractions', 'Fraction', _numerator=Plain(), _denominator=1)": (
        "<fractions.Fraction object>"
    ),
}
"""Expressions and their texts."""

HOSTILE = {
    "hostile(complex, 1, 2)": "(1+2j)",
    "hostile(Decimal, '2.50')": "Decimal('2.50')",
    "hostile(Fraction, 1, 2)": "Hostile(1, 2)",
    "hostile(date, 2024, 1, 2)": "Hostile(2024, 1, 2)",
    "hostile(datetime.datetime, 2024, 1, 2)": "Hostile(2024, 1, 2, 0, 0)",
    "hostile(timedelta, 1)": "Hostile(days=1)",
    "hostile(uuid.UUID, '0' * 32)": "Hostile('00000000-0000-0000-0000-000000000000')",
    "hostile(PurePosixPath, 'a//b')": "Hostile('a/b')",
    "hostile(types.ModuleType, 'm')": "<module 'm'>",
    "hostile(ValueError, 'x', 1)": "Hostile('x', 1)",
    "type(hostile(set))": "<class '__main__.Hostile'>",
    "datetime.datetime(2024, 1, 2, tzinfo=hostile(datetime.tzinfo))": (
        "datetime.datetime(2024, 1, 2, 0, 0, tzinfo=<__main__.Hostile object>)"
    ),
    "ValueError(hostile(int, 5), hostile(str, 's'), hostile(float, 1.5))": (
        "ValueError(5, 's', 1.5)"
    ),
    "ValueError(hostile(list, [1]), hostile(dict, a=1))": (
        "ValueError(<__main__.Hostile object>, <__main__.Hostile object>)"
    ),
    "types.MethodType(Plain.method, hostile(object))": (
        "<bound method Plain.method of <__main__.Hostile object>>"
    ),
}
"""Objects whose methods must not be called."""

SILENT = lines("""
    hostile(int, 5)
    hostile(str, 's')
    hostile(bytes, b's')
    hostile(float, 1)
    hostile(bytearray, b'x')
    hostile(list, [1])
    hostile(tuple, (1,))
    hostile(set, [1])
    hostile(frozenset, [1])
    hostile(dict, a=1)
    hostile(collections.OrderedDict, a=1)
    hostile(collections.deque, [1])
    hostile(array.array, 'i', [1])
    hostile(object)
    [hostile(object)]
    {'a': hostile(int, 5)}
    hostile(object, __dataclass_fields__=property(hostile_method('fields')))
""")
"""Objects of other kinds whose methods must not be called either."""

MESSAGES = lines(r"""
    1/0
    {}['a\'b']
    {}[1]
    {}[1, 2]
    [][1]
    open('/nonexistent')
    os.rename('/nonexistent', '/x')
    unknown
    None.x
    int('a')
    import nope
    from os import nope
    compile('a b', 'd/f.py', 'exec')
    compile('(', '', 'exec')
    b'\xff'.decode()
    b'\xff'.decode('utf-16')
    '\xe9'.encode('ascii')
    '\u20ac'.encode('ascii')
    '\U0001f600'.encode('ascii')
    '\xe9\xe9'.encode('ascii')
    assert 0
    assert 0, 'm'
    raise SystemExit(3)
    raise SystemExit('x')
    raise MemoryError
    raise ValueError('')
    raise ValueError(None)
    raise ValueError(1.5)
    raise ValueError(1j)
    raise ValueError(b'x')
    raise ValueError([1, 'a'])
    raise ValueError(1, 'a')
    raise ValueError(True, (1,))
    raise ValueError(ValueError('inner'))
    raise RuntimeError(OSError(1, 'x'))
    raise RuntimeError(int)
    raise nested()('x')
    raise KeyError
    raise KeyError('a', 1)
    raise OSError
    raise OSError('x')
    raise OSError(1, 2)
    raise OSError(1, 'x')
    raise OSError(1, 'x', b'f')
    raise OSError(1, 'x', 'f', 0, 'g')
    raise BlockingIOError(11, 'x')
    raise SyntaxError
    raise SyntaxError('m')
    raise SyntaxError('m', ('a/b.py', 3, 1, 'x'))
    raise SyntaxError('m', (None, 3, 1, 'x'))
    raise SyntaxError('m', ('f', None, 1, 'x'))
    raise ImportError
    raise ImportError('m', name='x')
    raise ImportError('a', 'b')
    raise UnicodeTranslateError('a\xe9', 1, 2, 'why')
    raise UnicodeTranslateError('a\xe9', 0, 2, 'why')
    raise UnicodeEncodeError('enc', 'a', 5, 6, 'why')
    raise UnicodeDecodeError('enc', b'a', 5, 6, 'why')
    raise UnicodeDecodeError('enc', b'abc', 1, 3, 'why')
    raise ExceptionGroup('g', [ValueError(1)])
    raise BaseExceptionGroup('g', [ValueError(1), KeyboardInterrupt()])
""")
"""Statements whose exception's message is that of `str`."""

TOLD = {
    "raise hostile(ValueError, 'x')": "Hostile: x",
    "raise hostile(ValueError, 'x', 1)": "Hostile: ('x', 1)",
    "raise hostile(KeyError, 'k')": "Hostile: k",
    "raise ValueError(hostile(str, 'text'))": "ValueError: text",
    "raise ValueError(hostile(int, 5))": "ValueError: 5",
    "raise KeyError(hostile(str, 'k'))": "KeyError: 'k'",
    "raise ValueError(hostile(object))": "ValueError: <__main__.Hostile object>",
    "raise OSError(1, hostile(str, 'x'), hostile(object))": (
        "PermissionError: [Errno 1] x: <__main__.Hostile object>"
    ),
    "raise itself(ValueError())": "ValueError: <ValueError object>",
    "raise ValueError('x' * 5000)": f"ValueError: {'x' * 4096}…",
}
"""Statements and what is said of their exception, where `str` is not asked."""

DRIVER = r"""
import contextvars, json
from codetracer_python_recorder import start, stop


def show(value):
    pass


def throw(exception):
    try:
        raise exception
    except BaseException:
        pass


def caught(statement):
    try:
        exec(statement, globals())
    except BaseException as exception:
        return exception


def show_all(values):
    for value in values:
        show(value)


def throw_all(exceptions):
    for exception in exceptions:
        throw(exception)


with open(sys.argv[1]) as file:
    tables = json.load(file)
values = [eval(expression) for expression in tables["values"]]
exceptions = [caught(statement) for statement in tables["exceptions"]]
decimal_value = [Decimal("1.5")]
empty = contextvars.Context()
start(sys.argv[2] + "-first", format="json")  # loads what a recording needs
stop()
ARMED.append(True)
before = [sys.getrefcount(value) for value in values]
start(sys.argv[2], format="json")
show_all(values)
throw_all(exceptions)
empty.run(show_all, decimal_value)
stop()
ARMED.clear()
after = [sys.getrefcount(value) for value in values]
result = {
    "called": CALLED[:],
    "counts": [*zip(before, after)],
    "contexts": [variable.name for variable in empty],
}
empty.run(decimal.getcontext)
result["contexts after"] = [variable.name for variable in empty]
result["reprs"] = [repr(v) for v in values[: tables["like repr"]]]
result["strs"] = [str(e) for e in exceptions[: tables["like str"]]]
result["types"] = [type(e).__qualname__ for e in exceptions[: tables["like str"]]]
print(json.dumps(result))
"""

VALUES = [*LIKE_REPR, *TEXTS, *HOSTILE, *SILENT]
EXCEPTIONS = [*MESSAGES, *TOLD]


class Told:
    """What was recorded, and what the program said of it afterwards."""

    def __init__(self, records: list[dict[str, Any]], result: dict[str, Any]) -> None:
        functions = [body["name"] for body in bodies(records, "Function")]
        shown = [
            call["args"][0]["value"]
            for call in bodies(records, "Call")
            if functions[call["function_id"]] == "show"
        ]
        *shown, self.decimal = shown
        self.values = dict(zip(VALUES, shown, strict=True))
        events = [body["content"] for body in bodies(records, "Event")]
        self.events = dict(zip(EXCEPTIONS, events, strict=True))
        self.reprs = dict(zip(LIKE_REPR, result.pop("reprs"), strict=True))
        types_and_texts = zip(result["types"], result["strs"], strict=True)
        self.strs = dict(zip(MESSAGES, types_and_texts, strict=True))
        self.counts = dict(zip(VALUES, result["counts"], strict=True))
        self.result = result


def bodies(records: list[dict[str, Any]], kind: str) -> list[Any]:
    return [record[kind] for record in records if kind in record]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    directory = tmp_path_factory.mktemp("texts")
    program = directory / "program.py"
    program.write_text(SETUP + DRIVER, encoding="utf-8")
    tables = {
        "values": VALUES,
        "exceptions": EXCEPTIONS,
        "like repr": len(LIKE_REPR),
        "like str": len(MESSAGES),
    }
    (directory / "tables.json").write_text(json.dumps(tables), encoding="utf-8")
    trace = directory / "trace"
    outcome = run([program, "tables.json", trace], directory, {"PYTHONMALLOC": "debug"})
    assert outcome.status == 0, outcome.stderr.decode()
    return Told(load_records(Path(trace)), json.loads(outcome.stdout))


@pytest.mark.parametrize("expression", LIKE_REPR)
def test_text_is_that_of_repr(told: Told, expression: str) -> None:
    expected = re.sub(r" at 0x[0-9a-f]+", "", told.reprs[expression])
    # A trace has no lone surrogates; texts escape them as `repr` does.
    assert told.values[expression]["kind"] == "Raw"
    assert told.values[expression]["r"] == expected


@pytest.mark.parametrize("expression", TEXTS | HOSTILE)
def test_text(told: Told, expression: str) -> None:
    assert told.values[expression]["kind"] == "Raw"
    assert told.values[expression]["r"] == (TEXTS | HOSTILE)[expression]


@pytest.mark.parametrize("statement", MESSAGES)
def test_message_is_that_of_str(told: Told, statement: str) -> None:
    name, message = told.strs[statement]
    assert told.events[statement] == (f"{name}: {message}" if message else name)


@pytest.mark.parametrize("statement", TOLD)
def test_message(told: Told, statement: str) -> None:
    assert told.events[statement] == TOLD[statement]


def test_runs_no_code_of_the_program(told: Told) -> None:
    assert told.result["called"] == []


def test_leaves_reference_counts(told: Told) -> None:
    changed = {
        text: counts for text, counts in told.counts.items() if len({*counts}) > 1
    }
    assert changed == {}


def test_makes_no_decimal_context(told: Told) -> None:
    assert told.decimal["r"] == "Decimal('1.5')"
    assert told.result["contexts"] == []
    assert told.result["contexts after"] == ["decimal_context"]
