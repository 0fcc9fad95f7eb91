"""Rules 8 and 25: every record has the keys of section 2, and its texts are Unicode.

The tables say, for each record and value kind, its keys in the order we write them and
what each holds. All other rules may rely on a list that passed here.
"""

from collections.abc import Callable
from typing import Any

from .problems import Refused, Report
from .vocabulary import (
    BINARY_EVENT_KINDS,
    CHILDREN,
    INT_MAX,
    INT_MIN,
    LAST_TYPE_KIND,
    READER_NESTING,
    Value,
)


class Misshapen(Exception):
    """The record at hand is not one of section 2."""


def check_shapes(records: list[Any], report: Report) -> bool:
    """Report rules 8, 20 and 25; True if every record has its shape.

    Surrogates (rule 25) and undefined ids do not spoil a shape. Nesting beyond what
    any reader follows is reported as rule 20 and does.
    """
    whole = True
    for index, record in enumerate(records):
        shape = _Shape()
        try:
            shape.record(record)
        except Misshapen as error:
            report.add(8, str(error), index)
            whole = False
        except Refused as error:
            report.add(error.problem.rule, error.problem.message, index)
            whole = False
        if shape.surrogates:
            report.add(25, f"surrogates in {shape.surrogates[0]!a}", index)
    return whole


def _integer(low: int, high: int) -> Callable[["_Shape", Any], None]:
    def check(_shape: "_Shape", value: Any) -> None:
        if type(value) is not int:
            raise Misshapen(f"{value!r} where an integer belongs")
        if not low <= value <= high:
            raise Misshapen(f"{value} is outside {low} … {high}")

    return check


def _identifier(_shape: "_Shape", value: Any) -> None:
    if type(value) is not int:
        raise Misshapen(f"{value!r} where an id belongs")


def _boolean(_shape: "_Shape", value: Any) -> None:
    if type(value) is not bool:
        raise Misshapen(f"{value!r} where true or false belongs")


def _false(_shape: "_Shape", value: Any) -> None:
    if value is not False:
        raise Misshapen(f"is_slice is {value!r}")


def _number_or_text(_shape: "_Shape", value: Any) -> None:
    """A Float's `f`: whatever stands there, in JSON it is against rule 22."""
    if type(value) not in (int, float, str, type(None)):
        raise Misshapen(f"{value!r} where a float belongs")


class _Shape:
    """Walks one record; keeps the texts with surrogates that it meets."""

    def __init__(self) -> None:
        self.depth = 0
        self.surrogates: list[str] = []

    def record(self, record: Any) -> None:
        if type(record) is not dict or len(record) != 1:
            raise Misshapen("a record is an object with exactly one key")
        [(kind, body)] = record.items()
        check = RECORD_SHAPES.get(kind)
        if check is None:
            raise Misshapen(f"record kind {kind!r} is never written")
        if type(check) is dict:
            self.fields(kind, body, check)
        else:
            check(self, body)

    def fields(self, kind: str, body: Any, checks: "Fields") -> None:
        if type(body) is not dict:
            raise Misshapen(f"{kind} is not an object")
        if body.keys() != checks.keys():
            raise Misshapen(f"{kind} has keys {list(body)}, not {list(checks)}")
        for key, check in checks.items():
            check(self, body[key])

    def text(self, value: Any) -> None:
        if type(value) is not str:
            raise Misshapen(f"{value!r} where a text belongs")
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                self.surrogates.append(value)

    def value(self, value: Any) -> None:
        kind = self._kind_of(value)
        checks = VALUE_SHAPES.get(kind)
        if checks is None:
            raise Misshapen(f"value kind {kind!r} is never written")
        self.fields(kind, value, checks)

    def values(self, values: Any) -> None:
        if type(values) is not list:
            raise Misshapen("the values of a container are not an array")
        if self.depth >= READER_NESTING:
            raise Refused(20, f"a value is nested deeper than {READER_NESTING}")
        self.depth += 1
        for value in values:
            self.value(value)
        self.depth -= 1

    def arguments(self, arguments: Any) -> None:
        if type(arguments) is not list:
            raise Misshapen("args is not an array")
        for argument in arguments:
            self.fields("argument", argument, RECORD_SHAPES["Value"])

    def specifics(self, info: Any) -> None:
        kind = self._kind_of(info)
        if kind not in SPECIFICS_SHAPES:
            raise Misshapen(f"specific_info of kind {kind!r} is never written")
        self.fields("specific_info", info, SPECIFICS_SHAPES[kind])

    def struct_fields(self, fields: Any) -> None:
        if type(fields) is not list:
            raise Misshapen("fields is not an array")
        for field in fields:
            self.fields("field", field, FIELD_SHAPE)

    @staticmethod
    def _kind_of(body: Any) -> str:
        kind = body.get("kind") if type(body) is dict else None
        if type(kind) is not str:
            raise Misshapen(f"no kind in {str(body)[:60]!r}")
        return kind


type Check = Callable[[_Shape, Any], None]
type Fields = dict[str, Check]

_int64 = _integer(INT_MIN, INT_MAX)
_text = _Shape.text
_kind = _text  # a value's own kind: it was already used to choose the table

RECORD_SHAPES: dict[str, Any] = {
    "Step": {"path_id": _identifier, "line": _int64},
    "Path": _text,
    "VariableName": _text,
    "Type": {
        "kind": _integer(0, LAST_TYPE_KIND),
        "lang_type": _text,
        "specific_info": _Shape.specifics,
    },
    "Value": {"variable_id": _identifier, "value": _Shape.value},
    "Function": {"path_id": _identifier, "line": _int64, "name": _text},
    "Call": {"function_id": _identifier, "args": _Shape.arguments},
    "Return": {"return_value": _Shape.value},
    "Event": {
        "kind": _integer(0, len(BINARY_EVENT_KINDS) - 1),
        "metadata": _text,
        "content": _text,
    },
    "ThreadStart": _integer(0, 2**64 - 1),
    "ThreadExit": _integer(0, 2**64 - 1),
    "ThreadSwitch": _integer(0, 2**64 - 1),
}
VALUE_SHAPES: dict[str, Fields] = {
    "Int": {"kind": _kind, "i": _int64, "type_id": _identifier},
    "Bool": {"kind": _kind, "b": _boolean, "type_id": _identifier},
    "Float": {"kind": _kind, "f": _number_or_text, "type_id": _identifier},
    "String": {"kind": _kind, "text": _text, "type_id": _identifier},
    "Sequence": {
        "kind": _kind,
        "elements": _Shape.values,
        "is_slice": _false,
        "type_id": _identifier,
    },
    "Tuple": {"kind": _kind, "elements": _Shape.values, "type_id": _identifier},
    "Struct": {"kind": _kind, "field_values": _Shape.values, "type_id": _identifier},
    "Raw": {"kind": _kind, "r": _text, "type_id": _identifier},
    "Error": {"kind": _kind, "msg": _text, "type_id": _identifier},
    "None": {"kind": _kind, "type_id": _identifier},
    "BigInt": {
        "kind": _kind,
        "b": _text,
        "negative": _boolean,
        "type_id": _identifier,
    },
}
SPECIFICS_SHAPES: dict[str, Fields] = {
    "None": {"kind": _kind},
    "Struct": {"kind": _kind, "fields": _Shape.struct_fields},
}
FIELD_SHAPE: Fields = {"name": _text, "type_id": _identifier}


def children(value: Value) -> list[Value]:
    """The values directly inside a value of correct shape."""
    key = CHILDREN.get(value["kind"])
    return value[key] if key else []
