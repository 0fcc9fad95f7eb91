"""Rules 18 to 24: values agree with their types, and marks are where marks belong."""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import Any

from .problems import Report
from .shape import children
from .trace import Trace, at
from .vocabulary import (
    INT_MAX,
    INT_MIN,
    K_ANY,
    K_BOOL,
    K_FLOAT,
    K_INT,
    K_NONE,
    K_RAW,
    K_SEQ,
    K_SET,
    K_STRING,
    K_STRUCT,
    K_TUPLE,
    MAX_DEPTH,
    Value,
)

_TYPE_KINDS = {
    "None": {K_NONE},
    "Bool": {K_BOOL},
    "Int": {K_INT},
    "BigInt": {K_INT},
    "Float": {K_FLOAT},
    "String": {K_STRING},
    "Tuple": {K_TUPLE},
    "Sequence": {K_SEQ, K_SET},
    "Error": {K_RAW},
}
"""The table of 2.5; Raw depends on the format, and Struct is rule 19."""

_DICTS = frozenset(
    ("dict", *(f"collections.{n}" for n in ("OrderedDict", "defaultdict", "Counter")))
)
"""The dict classes known by name; a subclass has its own and looks like a list."""

_CONTAINERS = _DICTS | {"list", "tuple", "set", "frozenset", "collections.deque"}

_ERRORS = {
    "<redacted>": "Redacted",
    "<dropped>": "Dropped",
    "<unfinished>": "Unfinished",
    "<switched>": "Switched",
}
_MORE = re.compile(r"… \+[1-9][0-9]* more")
_ITEMS = re.compile(r"<(.+), (1 item|(?:0|[2-9]|[1-9][0-9]+) items)>", re.DOTALL)
_CUT_TYPE = re.compile(r".+\[(0|[1-9][0-9]*)\]", re.DOTALL)
_FIXED_NAMES = {"None": "None", "Bool": "bool"}


def check_types(trace: Trace, report: Report) -> None:
    """The part of rule 19 that can be seen in the types themselves."""
    plain_object = {
        "kind": K_ANY,
        "lang_type": "object",
        "specific_info": {"kind": "None"},
    }
    for index, (kind, body) in enumerate(trace.items):
        if kind != "Type":
            continue
        info = body["specific_info"]
        if (body["kind"] == K_STRUCT) != (info["kind"] == "Struct"):
            report.add(19, f"kind {body['kind']} with {info['kind']} specifics", index)
        for entry in info.get("fields", ()):
            if at(trace.types, entry["type_id"]) not in (None, plain_object):
                report.add(19, f"field {entry['name']!r} is not an object", index)


def check_values(trace: Trace, report: Report) -> None:
    """Rules 18 to 24 for every value in the file."""
    for index, place, variable, value in trace.values():
        checker = _Checker(trace, report, index)
        checker.value(value, depth=0)
        checker.check_place(place, variable, value)


def is_more_mark(trace: Trace, value: Value) -> bool:
    """Whether a value is the `… +N more` at the end of what was cut."""
    if value["kind"] != "Raw" or _MORE.fullmatch(value["r"]) is None:
        return False
    body = trace.type_of(value)
    return body is not None and body["lang_type"] == "Cut"


def is_cut_string(trace: Trace, value: Value) -> bool:
    body = trace.type_of(value) if value["kind"] == "String" else None
    return body is not None and _CUT_TYPE.fullmatch(body["lang_type"]) is not None


class _Checker:
    """Walks the values of one record."""

    def __init__(self, trace: Trace, report: Report, index: int) -> None:
        self.trace = trace
        self.report = report
        self.index = index

    def add(self, rule: int, message: str) -> None:
        self.report.add(rule, message, self.index)

    def value(self, value: Value, depth: int) -> None:
        body = self.trace.type_of(value)
        if body is None:
            return
        kind = value["kind"]
        if kind == "Struct":
            self._struct(value, body)
        else:
            self._type_kind(value, body)
        if kind == "BigInt":
            self._big_int(value)
        elif kind == "Float" and self.trace.is_json:
            self.add(22, "a Float in trace.json")
        elif kind == "Raw":
            self._raw(value["r"], body)
        elif kind == "Error":
            self._error(value["msg"], body["lang_type"])
        elif kind == "String":
            self._string(value["text"], body["lang_type"])
        elif kind == "Sequence" and body["lang_type"] in _DICTS:
            self._dict(value["elements"])
        inside = children(value)
        if inside:
            self._children(value, inside, depth)

    def _children(self, value: Value, inside: list[Value], depth: int) -> None:
        if depth == MAX_DEPTH:
            self.add(20, f"a value is nested deeper than {MAX_DEPTH}")
            return
        for number, child in enumerate(inside, 1):
            self.value(child, depth + 1)
            if child["kind"] == "Error" and child["msg"] != "<redacted>":
                self.add(24, f"{child['msg']} inside a value")
            if number < len(inside) and is_more_mark(self.trace, child):
                self.add(24, f"{child['r']!r} is not the last in its {value['kind']}")

    def check_place(self, place: str, variable: int | None, value: Value) -> None:
        """Rule 24: the marks that may be whole values, and where."""
        is_error = value["kind"] == "Error"
        if is_error and place != "Return" and value["msg"] != "<redacted>":
            self.add(24, f"{value['msg']} in a {place}")
        name = None if variable is None else at(self.trace.variables, variable)
        if is_more_mark(self.trace, value) != (name == "…"):
            self.add(24, f"{name!r} has the value {value}")

    def _type_kind(self, value: Value, body: dict[str, Any]) -> None:
        kind = value["kind"]
        if kind == "Raw":
            wanted = {K_RAW, K_FLOAT} if self.trace.is_json else {K_RAW}
        else:
            wanted = _TYPE_KINDS[kind]
        if body["kind"] not in wanted:
            self.add(18, f"{kind} of a type of kind {body['kind']}")
        elif body["lang_type"] != _FIXED_NAMES.get(kind, body["lang_type"]):
            self.add(18, f"{kind} of type {body['lang_type']!r}")
        elif kind == "None" and value["type_id"] != 0:
            self.add(18, f"None of type {value['type_id']}")

    def _struct(self, value: Value, body: dict[str, Any]) -> None:
        if body["kind"] != K_STRUCT or body["specific_info"]["kind"] != "Struct":
            self.add(19, f"a Struct of a type of kind {body['kind']}")
            return
        fields, inside = body["specific_info"]["fields"], value["field_values"]
        if len(fields) != len(inside):
            self.add(19, f"{len(inside)} values for {len(fields)} fields")
            return
        for entry, child in zip(fields, inside, strict=True):
            if (entry["name"] == "…") != is_more_mark(self.trace, child):
                self.add(24, f"field {entry['name']!r} has the value {child}")

    def _big_int(self, value: Value) -> None:
        try:
            magnitude = b64decode(value["b"], validate=True)
        except (Base64Error, ValueError):
            self.add(21, f"{value['b']!r} is not base64")
            return
        number = int.from_bytes(magnitude)
        if value["negative"]:
            number = -number
        if b64encode(magnitude).decode() != value["b"]:
            self.add(21, f"{value['b']!r} is not canonical base64")
        if magnitude[:1] == b"\0":
            self.add(21, f"{value['b']!r} has a leading zero byte")
        if INT_MIN <= number <= INT_MAX:
            self.add(21, f"{number} fits in an Int")

    def _raw(self, text: str, body: dict[str, Any]) -> None:
        name = body["lang_type"]
        if body["kind"] == K_FLOAT:
            if not _is_float_text(text):
                self.add(22, f"{text!r} is not how Python writes a float")
            return
        is_cut = text == "<cycle>" or _MORE.fullmatch(text) is not None
        if is_cut != (name == "Cut"):
            self.add(24, f"{text!r} of type {name!r}")
        if name in _CONTAINERS:
            found = _ITEMS.fullmatch(text)
            if found is None or found[1] != name:
                self.add(24, f"{text!r} for a {name} below the depth limit")

    def _error(self, text: str, name: str) -> None:
        if _ERRORS.get(text) != name:
            self.add(24, f"Error {text!r} of type {name!r}")

    def _string(self, text: str, name: str) -> None:
        found = _CUT_TYPE.fullmatch(name)
        if found is None:
            return
        if not text.endswith("…") or int(found[1]) < len(text):
            self.add(24, f"a text of {len(text)} characters of type {name!r}")

    def _dict(self, elements: list[Value]) -> None:
        for number, element in enumerate(elements, 1):
            is_pair = element["kind"] == "Tuple" and len(element["elements"]) == 2
            is_end = number == len(elements) and is_more_mark(self.trace, element)
            if not is_pair and not is_end:
                self.add(23, f"a dict with a {element['kind']} that is no pair")


def _is_float_text(text: str) -> bool:
    try:
        return repr(float(text)) == text
    except ValueError:
        return False
