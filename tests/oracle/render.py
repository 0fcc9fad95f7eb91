"""Values by the rules of the contract, section 8: slow, obvious, in Python.

`render` gives `[record, type name, content]`: content is what the record holds, for
containers a list of such values, for structs a list of `[field, value]`. It never runs
code of the object's class: everything is read through the methods of builtins.
"""

import array
import collections
import contextlib
import datetime
import decimal
import enum
import fractions
import pathlib
import re
import types
import uuid
from typing import Any

Value = list[Any]

MAX_DEPTH = 3
MAX_ITEMS = 32
MAX_STRING = 256
MAX_NODES = 128

_DICT_VIEWS = (type({}.keys()), type({}.values()), type({}.items()))
_PARTS_DEPTH = 2
_BRACKETS = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    dict: ("{", "}"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}
# The second one takes the class that defines the method, too.
_BUILTIN_FUNCTIONS = (types.BuiltinFunctionType, type(re.compile("").match))
_BUILTIN_MEMBERS = (
    type(str.join),
    type(dict.__dict__["fromkeys"]),
    type(object.__repr__),
    type(type.__dict__["__mro__"]),
    type(types.FunctionType.__dict__["__closure__"]),
)
_TEXTS = (
    complex,
    decimal.Decimal,
    fractions.Fraction,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    datetime.timezone,
    uuid.UUID,
    pathlib.PurePath,
    range,
    slice,
)
"""Shown as their `repr`; the corpus has no subclass of these that overrides it."""
_NAMED = {
    types.GeneratorType: "generator object",
    types.CoroutineType: "coroutine object",
    types.AsyncGeneratorType: "async_generator object",
}


def render(value: object) -> Value:
    """The value at the greatest depth that fits into the bound of nodes."""
    for depth in range(MAX_DEPTH, 0, -1):
        renderer = _Renderer(depth)
        shown = renderer.node(value)
        if renderer.nodes <= MAX_NODES:
            return shown
    raise AssertionError("one level always fits: 32 pairs are 66 nodes")


def type_name(class_: type) -> str:
    """`module.Class`, without the module of builtins."""
    module = type.__getattribute__(class_, "__module__")
    name: str = type.__getattribute__(class_, "__qualname__")
    return name if module == "builtins" else f"{module}.{name}"


def fields_of(value: object) -> list[tuple[str, object]]:
    """What an object stores: the members of `__slots__`, then its `__dict__`."""
    found: list[tuple[str, object]] = []
    stored: dict[str, object] = {}
    for base in reversed(mro(type(value))):
        for name, descriptor in class_dict(base).items():
            if _is_dict_of_instances(name, descriptor):
                stored = descriptor.__get__(value)
            elif type(descriptor) is types.MemberDescriptorType and not _is_c(base):
                with contextlib.suppress(AttributeError):
                    found.append((name, descriptor.__get__(value)))
    if isinstance(value, types.SimpleNamespace):
        stored = types.SimpleNamespace.__dict__["__dict__"].__get__(value)
    return found + list(dict.items(stored))


def mro(class_: type) -> tuple[type, ...]:
    return type.__dict__["__mro__"].__get__(class_)


def class_dict(class_: type) -> Any:
    return type.__dict__["__dict__"].__get__(class_)


def _is_dict_of_instances(name: str, descriptor: Any) -> bool:
    return name == "__dict__" and type(descriptor) is types.GetSetDescriptorType


def _is_c(class_: type) -> bool:
    """Whether C code made the class: Python's have a dict or slots to look at."""
    return not type.__dict__["__flags__"].__get__(class_) & (1 << 9) or bool(
        type.__dict__["__flags__"].__get__(class_) & (1 << 8)
    )


def _find(class_: type, name: str) -> Any:
    """What the class or one of its bases has under a name, without descriptors."""
    for base in mro(class_):
        if name in class_dict(base):
            return class_dict(base)[name]
    return None


class _Renderer:
    """Renders at one depth and counts the nodes."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.nodes = 0
        self.open: list[object] = []

    def node(self, value: Any) -> Value:
        self.nodes += 1
        class_ = type(value)
        name = type_name(class_)
        if value is None:
            return ["None", "None", None]
        if class_ is bool:
            return ["Bool", name, value]
        if issubclass(type(class_), enum.EnumType):
            return self.container(value, name)
        if issubclass(class_, int):
            return _integer(int.__add__(value, 0), name)
        if issubclass(class_, float):
            return ["Raw", name, float.__repr__(value)]
        if issubclass(class_, str):
            return _string(str.__str__(value), name)
        if issubclass(class_, bytes | bytearray | memoryview):
            return _bytes(value, name)
        if _is_container(value):
            return self.container(value, name)
        if class_ is array.array:
            return ["Raw", name, _array(value)]
        return ["Raw", name, _text(value)]

    def container(self, value: Any, name: str) -> Value:
        if any(value is outer for outer in self.open):
            return ["Raw", "Cut", "<cycle>"]
        kind = _kind(value)
        if kind == "Struct":
            items: list[Any] = _struct_fields(value)
        else:
            items = _items(value)
        is_below = len(self.open) >= self.depth
        if kind == "Struct" and not items:
            return ["Raw", name, f"<{name} object>"]
        if is_below and kind == "Struct" and not isinstance(value, tuple):
            return ["Raw", name, f"<{name} object>"]
        if is_below:
            noun = "item" if len(items) == 1 else "items"
            return ["Raw", name, f"<{name}, {len(items)} {noun}>"]
        self.open.append(value)
        content = [self.item(kind, item) for item in items[:MAX_ITEMS]]
        self.open.pop()
        if len(items) > MAX_ITEMS:
            self.nodes += 1
            mark: Any = ["Raw", "Cut", f"… +{len(items) - MAX_ITEMS} more"]
            content.append(["…", mark] if kind == "Struct" else mark)
        return ["Sequence" if kind == "Pairs" else kind, name, content]

    def item(self, kind: str, item: Any) -> Value:
        if kind == "Struct":
            return [item[0], self.node(item[1])]
        if kind == "Pairs":
            return ["Tuple", "tuple", [self.node(item[0]), self.node(item[1])]]
        return self.node(item)


def _integer(number: int, name: str) -> Value:
    if -(2**63) <= number < 2**63:
        return ["Int", name, number]
    if number.bit_length() // 8 + 1 > MAX_STRING + 9:
        return ["Raw", name, f"<int, {number.bit_length()} bits>"]
    return ["BigInt", name, number]


def _string(text: str, name: str) -> Value:
    shown = "".join(
        "\ufffd" if "\ud800" <= character <= "\udfff" else character
        for character in text[:MAX_STRING]
    )
    if len(text) > MAX_STRING:
        return ["String", f"{name}[{len(text)}]", shown + "…"]
    return ["String", name, shown]


def _array(value: "array.array[Any]") -> str:
    items = [str(item) for item in value[:MAX_ITEMS]]
    if len(value) > MAX_ITEMS:
        items.append("…")
    return f"shape=({len(value)},) format={value.typecode} [{', '.join(items)}]"


def _bytes(value: Any, name: str) -> Value:
    try:
        data = bytes(memoryview(value).cast("B") if value else b"")
    except (TypeError, ValueError):  # released, or not contiguous
        return ["Raw", name, f"<{name} object>"]
    preview = repr(data[:MAX_STRING])
    if len(data) > MAX_STRING:
        preview = f"{preview[:-1]}…{preview[-1]}"
    return ["Raw", f"{name}[{len(data)}]", preview]


def _is_namedtuple(class_: type) -> bool:
    names = _find(class_, "_fields")
    return issubclass(class_, tuple) and type(names) is tuple


def _is_container(value: Any) -> bool:
    class_ = type(value)
    if isinstance(value, _TEXTS) or issubclass(class_, BaseException | type):
        return False
    if issubclass(
        class_,
        list | tuple | set | frozenset | dict | collections.deque,
    ):
        return True
    if class_ in _DICT_VIEWS or class_ is types.MappingProxyType:
        return True
    return class_ is types.SimpleNamespace or not _is_c(class_)


def _kind(value: Any) -> str:
    class_ = type(value)
    if issubclass(type(class_), enum.EnumType) or _is_namedtuple(class_):
        return "Struct"
    if type(_find(class_, "__dataclass_fields__")) is dict:
        return "Struct"
    if issubclass(class_, dict) or class_ is types.MappingProxyType:
        return "Pairs"
    if class_ in _DICT_VIEWS:
        return "Pairs" if class_ is _DICT_VIEWS[2] else "Sequence"
    if issubclass(class_, tuple):
        return "Tuple"
    if issubclass(class_, list | set | frozenset | collections.deque):
        return "Sequence"
    return "Struct"


def _items(value: Any) -> list[Any]:
    for base in (tuple, list, set, frozenset, collections.deque):
        if isinstance(value, base):
            return list(base.__iter__(value))
    if isinstance(value, dict):
        return list(dict.items(value))
    return list(value.items()) if hasattr(value, "items") else list(value)


def _struct_fields(value: Any) -> list[Any]:
    class_ = type(value)
    if issubclass(type(class_), enum.EnumType):
        stored = dict(fields_of(value))
        pairs = [("name", "_name_"), ("value", "_value_")]
        return [(shown, stored[name]) for shown, name in pairs if name in stored]
    if _is_namedtuple(class_):
        return list(zip(_find(class_, "_fields"), tuple.__iter__(value), strict=True))
    found = fields_of(value)
    order = _find(class_, "__dataclass_fields__")
    if type(order) is not dict:
        return found
    names = [name for name, _ in found]
    first = [found[names.index(name)] for name in order if name in names]
    return first + [field for field in found if field[0] not in order]


def _text(value: Any) -> str:
    class_ = type(value)
    if isinstance(value, _TEXTS) or value is Ellipsis or value is NotImplemented:
        return repr(value)
    if isinstance(value, BaseException):
        args = BaseException.__dict__["args"].__get__(value)
        return f"{class_.__name__}({', '.join(map(part, args))})"
    if isinstance(value, type):
        return f"<class '{type_name(value)}'>"
    if class_ is types.FunctionType:
        return f"<function {value.__qualname__}>"
    if class_ is types.MethodType:
        of = value.__self__
        owner = part(of) if isinstance(of, type) else f"<{type_name(type(of))} object>"
        return f"<bound method {value.__func__.__qualname__} of {owner}>"
    if class_ in _BUILTIN_FUNCTIONS:
        of = value.__self__
        if of is None or isinstance(of, types.ModuleType):
            return f"<built-in function {value.__name__}>"
        return f"<built-in method {value.__name__} of {type_name(type(of))} object>"
    if class_ in _BUILTIN_MEMBERS:
        return repr(value)
    if isinstance(value, types.ModuleType):
        return f"<module '{value.__name__}'>"
    if class_ is types.CodeType:
        at = f'file "{value.co_filename}", line {value.co_firstlineno}'
        return f"<code object {value.co_name}, {at}>"
    if class_ in _NAMED:
        return f"<{_NAMED[class_]} {value.__qualname__}>"
    return f"<{type_name(class_)} object>"


def part(value: Any, depth: int = 1) -> str:
    """A value inside the text of another one; the corpus has short ones only."""
    class_ = type(value)
    if value is None or class_ is bool:
        return repr(value)
    for base in (int, float, str, bytes):
        if issubclass(class_, base) and not issubclass(type(class_), enum.EnumType):
            text: str = base.__repr__(value)
            return text
    if class_ not in _BRACKETS:
        return _text(value)
    count = len(value)
    if depth == _PARTS_DEPTH:
        return f"<{class_.__name__}, {count} item{'' if count == 1 else 's'}>"
    if count == 0:
        return repr(value)
    items = [part(item, depth + 1) for item in value]
    if class_ is tuple and count == 1:
        return f"({items[0]},)"
    if class_ is dict:
        values = (part(item, depth + 1) for item in value.values())
        items = [f"{key}: {item}" for key, item in zip(items, values, strict=True)]
    opening, closing = _BRACKETS[class_]
    return opening + ", ".join(items) + closing
