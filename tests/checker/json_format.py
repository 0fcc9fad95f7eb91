"""`trace.json`: strict reading, writing as section 3 writes, and rule 4.

Bytes that are not UTF-8 are kept as lone surrogates (`surrogateescape`), so that they
are found as texts that are not Unicode (rule 25) at the record where they stand.
"""

import json
from typing import Any, NoReturn

from .problems import Refused, Report
from .shape import (
    FIELD_SHAPE,
    RECORD_SHAPES,
    SPECIFICS_SHAPES,
    VALUE_SHAPES,
)
from .vocabulary import CHILDREN, Record, Value

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def compact(document: Any) -> str:
    """JSON without white space, strings escaped as section 3 says."""
    return _encode(document)


def parse(text: str) -> Any:
    """A JSON document; ValueError for anything section 3 says readers refuse."""
    return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError(f"a key stands twice in {[key for key, _ in pairs]}")
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def decode(data: bytes) -> list[Any]:
    """The records of a `trace.json`, of whatever shape; or Refused."""
    try:
        records = parse(text_of(data))
    except RecursionError:
        raise Refused(20, "trace.json is nested too deep to be read") from None
    except ValueError as error:
        raise Refused(4, f"trace.json: {error}") from None
    if type(records) is not list:
        raise Refused(4, "trace.json is not an array")
    return records


def encode(records: list[Record]) -> bytes:
    """The bytes of `trace.json` for records of correct shape."""
    return _text_of_records(records).encode("utf-8", "surrogateescape")


def check_bytes(data: bytes, records: list[Record], report: Report) -> None:
    """Rule 4, for records of correct shape that were read from data."""
    found, expected = text_of(data), _text_of_records(records)
    if found == expected:
        return
    found_lines, expected_lines = found.split("\n"), expected.split("\n")
    if len(found_lines) != len(expected_lines):
        report.add(4, f"{len(found_lines)} lines for {len(expected_lines)}")
        return
    pairs = zip(found_lines, expected_lines, strict=True)
    for index, (line, wanted) in enumerate(pairs, -1):
        if line != wanted and not _has_surrogates(wanted):
            report.add(4, f"{line[:200]!r} for {wanted[:200]!r}", index)


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _text_of_records(records: list[Record]) -> str:
    lines = ",\n".join(_encode(_ordered_record(record)) for record in records)
    return f"[\n{lines}\n]\n"


# Objects with their keys in the order of section 2, which json then keeps.


def _ordered_record(record: Record) -> Record:
    [(kind, body)] = record.items()
    if type(body) is not dict:
        return record
    ordered = {key: body[key] for key in RECORD_SHAPES[kind]}
    if kind == "Value":
        ordered["value"] = _ordered_value(body["value"])
    elif kind == "Return":
        ordered["return_value"] = _ordered_value(body["return_value"])
    elif kind == "Call":
        ordered["args"] = [_ordered_argument(a) for a in body["args"]]
    elif kind == "Type":
        ordered["specific_info"] = _ordered_specifics(body["specific_info"])
    return {kind: ordered}


def _ordered_value(value: Value) -> Value:
    kind = value["kind"]
    ordered = {key: value[key] for key in VALUE_SHAPES[kind]}
    inside = CHILDREN.get(kind)
    if inside:
        ordered[inside] = [_ordered_value(child) for child in value[inside]]
    return ordered


def _ordered_argument(argument: dict[str, Any]) -> dict[str, Any]:
    value = _ordered_value(argument["value"])
    return {"variable_id": argument["variable_id"], "value": value}


def _ordered_specifics(info: dict[str, Any]) -> dict[str, Any]:
    ordered = {key: info[key] for key in SPECIFICS_SHAPES[info["kind"]]}
    if "fields" in ordered:
        ordered["fields"] = [{k: f[k] for k in FIELD_SHAPE} for f in info["fields"]]
    return ordered
