"""What a value is shown as: the table of the contract, a row for each kind of value.

All values are recorded by one program, as the argument of a function; the text is that
of `trace_text`. Nothing here may run: the classes of the program refuse every method
that a recorder could be tempted to call.
"""

import pytest
from checker import equal_in_both_formats
from recording import FORMATS, record
from trace_text import trace_lines

HEAD = '''
import array, collections, datetime, decimal, enum, fractions, functools, io, operator
import pathlib, random, re, threading, types, typing, uuid, weakref
from dataclasses import dataclass, field


def refuse(*arguments, **named):
    raise AssertionError("the recorder ran code of the program")


class Refuses:
    """All methods a look at a value could run."""

    __repr__ = __str__ = __len__ = __iter__ = __getitem__ = __getattribute__ = refuse
    __eq__ = __hash__ = __bool__ = __index__ = __float__ = __int__ = __dir__ = refuse
    __getattr__ = __contains__ = __sizeof__ = __reduce__ = __format__ = refuse
    keys = values = items = property(refuse)


class Refusing(Refuses):
    def __init__(self):
        object.__setattr__(self, "a", 1)
        object.__setattr__(self, "b", [2])

    __class__ = property(refuse)
    __dict__ = property(refuse)
    c = property(refuse)


class Plain:
    size = 5

    def __init__(self, **fields):
        self.__dict__.update(fields)

    def method(self):
        pass

    @classmethod
    def of_class(cls):
        pass

    @staticmethod
    def static():
        pass

    class Inner:
        def __init__(self):
            self.x = 1


class Slots:
    __slots__ = ("a", "b", "__private")

    def __init__(self):
        self.a = 1
        self._Slots__private = 2


class SlotsChild(Slots):
    __slots__ = ("c", "__dict__")

    def __init__(self):
        super().__init__()
        self.c = 3
        self.d = 4


class Empty:
    pass


@dataclass
class Point:
    x: int
    y: int = 0


@dataclass(frozen=True, slots=True)
class Fixed:
    x: int
    hidden: int = field(default=7, repr=False)


Pair = collections.namedtuple("Pair", "left right")


class Triple(typing.NamedTuple):
    a: int
    b: str
    c: float = 1.5


class Color(enum.Enum):
    RED = "r"


class Level(enum.IntEnum):
    LOW = 1


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Loud(Exception):
    __str__ = __repr__ = refuse


class Meta(type):
    __repr__ = __str__ = refuse


class WithMeta(metaclass=Meta):
    pass


class Mapping(dict):
    def __init__(self):
        super().__init__(k=1)
        self.extra = 2


class Zone(datetime.tzinfo):
    utcoffset = dst = tzname = __repr__ = refuse


def function(a):
    return lambda: a


def numbers():
    yield 1


async def coroutine():
    pass


def long(n):
    return Plain(**{f"f{i}": i for i in range(n)})


looped = Plain(name="looped")
looped.itself = [looped]
waiting = coroutine()


def show(value):
    pass


'''

ROWS = {
    # None, numbers, text
    "None": "None",
    "True": "True",
    "-5": "-5",
    "2**64": "0x10000000000000000",
    "2**5000": "<int, 5001 bits>:int",
    "0.1": "0.1",
    "float('-inf')": "-inf",
    "1.5 - 2j": "(1.5-2j):complex",
    "complex(-0.0, float('nan'))": "(-0+nanj):complex",
    "decimal.Decimal('1.50')": "Decimal('1.50'):decimal.Decimal",
    "decimal.Decimal('-Infinity')": "Decimal('-Infinity'):decimal.Decimal",
    "fractions.Fraction(3, -4)": "Fraction(-3, 4):fractions.Fraction",
    "range(2, 9, 3)": "range(2, 9, 3):range",
    "slice(1, None, [2])": "slice(1, None, [2]):slice",
    "...": "Ellipsis:ellipsis",
    "'text'": "'text'",
    "'x' * 300": f"'{'x' * 256}…':str[300]",
    # Time, paths
    "datetime.date(2024, 2, 29)": "datetime.date(2024, 2, 29):datetime.date",
    "datetime.time(1, 2, 3, 4)": "datetime.time(1, 2, 3, 4):datetime.time",
    "datetime.datetime(2024, 1, 2, 3, 4, fold=1)": (
        "datetime.datetime(2024, 1, 2, 3, 4, fold=1):datetime.datetime"
    ),
    "datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone.utc)": (
        "datetime.datetime(2024, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)"
        ":datetime.datetime"
    ),
    "datetime.timedelta(days=-1, seconds=5)": (
        "datetime.timedelta(days=-1, seconds=5):datetime.timedelta"
    ),
    "datetime.timedelta()": "datetime.timedelta(0):datetime.timedelta",
    "datetime.timezone.utc": "datetime.timezone.utc:datetime.timezone",
    "uuid.UUID(int=5)": "UUID('00000000-0000-0000-0000-000000000005'):uuid.UUID",
    "pathlib.PurePosixPath('/a/b')": "PurePosixPath('/a/b'):pathlib*",
    "pathlib.Path('a', 'b')": "PosixPath('a/b'):pathlib*",
    # Bytes
    "b'ab'": "b'ab':bytes[2]",
    "bytearray(b'\\x00')": r"b'\x00':bytearray[1]",
    "memoryview(b'abc')": "b'abc':memoryview[3]",
    "array.array('i', [1, 2])": "shape=(2,) format=i [1, 2]:array.array",
    # Containers
    "[1, (2, {3})]": "[1, (2, {3})]",
    "frozenset([1])": "{1}:frozenset",
    "collections.deque([1, 2], 5)": "[1, 2]:collections.deque",
    "{'k': [1]}": "{'k': [1]}",
    "collections.OrderedDict(b=1, a=2)": "{'b': 1, 'a': 2}:collections.OrderedDict",
    "collections.defaultdict(list, k=[1])": "{'k': [1]}:collections.defaultdict",
    "collections.Counter('aab')": "{'a': 2, 'b': 1}:collections.Counter",
    "Mapping()": "[('k', 1)]:__main__.Mapping",
    # Objects
    "Plain(x=1, y=[2])": "__main__.Plain(x=1, y=[2])",
    "Plain.Inner()": "__main__.Plain.Inner(x=1)",
    "Refusing()": "__main__.Refusing(a=1, b=[2])",
    "Slots()": "__main__.Slots(_Slots__private=2, a=1)",
    "SlotsChild()": "__main__.SlotsChild(_Slots__private=2, a=1, c=3, d=4)",
    "Point(1)": "__main__.Point(x=1, y=0)",
    "Fixed(1)": "__main__.Fixed(x=1, hidden=7)",
    "Pair(1, [2])": "__main__.Pair(left=1, right=[2])",
    "Triple(1, 'b')": "__main__.Triple(a=1, b='b', c=1.5)",
    "Color.RED": "__main__.Color(name='RED', value='r')",
    "Level.LOW": "__main__.Level(name='LOW', value=1)",
    "Access.READ | Access.WRITE": "__main__.Access(name='READ|WRITE', value=3)",
    "looped": "__main__.Plain(name='looped', itself=[<cycle>])",
    "types.SimpleNamespace(a=1)": "types.SimpleNamespace(a=1)",
    "[[[Plain(x=1)]]]": "[[[<__main__.Plain object>:__main__.Plain]]]",
    "object()": "<object object>:object",
    # Errors
    "ValueError('a', 1)": "ValueError('a', 1):ValueError",
    "KeyError()": "KeyError():KeyError",
    "Loud('text')": "Loud('text'):__main__.Loud",
    # Code
    "function": "<function function>:function",
    "function(1)": "<function function.<locals>.<lambda>>:function",
    "Plain.method": "<function Plain.method>:function",
    "Plain.static": "<function Plain.static>:function",
    "len": "<built-in function len>:builtin_function_or_method",
    "Plain": "<class '__main__.Plain'>:type",
    "int": "<class 'int'>:type",
    "WithMeta": "<class '__main__.WithMeta'>:__main__.Meta",
    "re": "<module 're'>:module",
    "numbers()": "<generator object numbers>:generator",
    "waiting": "<coroutine object coroutine>:coroutine",
    # What is too large
    "list(range(40))": f"[{', '.join(map(str, range(32)))}, … +8 more]",
    "long(40)": (
        f"__main__.Plain({', '.join(f'f{n}={n}' for n in range(32))}, …=… +8 more)"
    ),
    "[Plain(x=n, y=n, z=n) for n in range(31)]": (
        f"[{', '.join(f'__main__.Plain(x={n}, y={n}, z={n})' for n in range(31))}]"
    ),
    "[Plain(x=n, y=n, z=n) for n in range(32)]": (
        f"[{', '.join(['<__main__.Plain object>:__main__.Plain'] * 32)}]"
    ),
}
"""Expressions, and how the trace shows their values; `*` stands for any end."""

QUIET = (
    "Refuses.__new__(Refuses)",
    "datetime.datetime(2024, 1, 2, tzinfo=Zone())",
    "collections.ChainMap({'a': 1})",
    "types.MappingProxyType({'a': 1})",
    "{'a': 1}.keys()",
    "{'a': 1}.items()",
    "Plain(x=1).method",
    "functools.partial(function, 1)",
    "operator.itemgetter(1)",
    "weakref.ref(looped)",
    "threading.Lock()",
    "io.StringIO('text')",
    "iter([1])",
    "random.Random(1)",
    "re.compile('a')",
    "Empty()",
    "property(refuse)",
    "typing.List[int]",
    "type.__dict__['__dict__']",
    "(lambda: 0).__code__",
)
"""Values of which it is enough that they are shown, and run nothing."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The text of every value, by its expression."""
    directory = tmp_path_factory.mktemp("values")
    expressions = [*ROWS, *QUIET]
    calls = "".join(f"show({expression})\n" for expression in expressions)
    (directory / "values.py").write_text(HEAD + calls + "waiting.close()\n")
    traces = [
        record(name, ["values.py"], directory, directory / name) for name in FORMATS
    ]
    for trace in traces:
        assert (trace.outcome.status, trace.outcome.stderr) == (0, b"")
        trace.assert_clean()
    assert equal_in_both_formats(*(trace.directory for trace in traces)) == []
    call, end = "call show(value=", ")"
    texts = [
        line[len(call) : -len(end)]
        for line in trace_lines(traces[0].records, directory)
        if line.startswith(call)
    ]
    return dict(zip(expressions, texts, strict=True))


@pytest.mark.parametrize("expression", ROWS)
def test_value(shown: dict[str, str], expression: str) -> None:
    wanted = ROWS[expression]
    if wanted.endswith("*"):
        assert shown[expression].startswith(wanted[:-1])
    else:
        assert shown[expression] == wanted


@pytest.mark.parametrize("expression", QUIET)
def test_value_is_shown_without_addresses(
    shown: dict[str, str], expression: str
) -> None:
    assert shown[expression] != ""
    assert "0x" not in shown[expression]
