"""Rules 9 and 10: ids are defined before use, once each, and none in vain."""

from collections.abc import Iterator
from typing import Any

from .json_format import compact
from .problems import Report
from .shape import children
from .trace import Trace
from .vocabulary import Value

_DEFINING = ("Path", "Function", "VariableName", "Type")


def check_defined_before_use(trace: Trace, report: Report) -> None:
    """Rule 9, inside values and the fields of types too."""
    defined = dict.fromkeys(_DEFINING, 0)
    for index, (kind, body) in enumerate(trace.items):
        for table, number in _uses(kind, body):
            if not 0 <= number < defined[table]:
                report.add(9, f"{table} id {number} is not defined yet", index)
        if kind in defined:
            defined[kind] += 1


def check_definitions(trace: Trace, report: Report) -> None:
    """Rule 10: no definition twice; in a complete trace none unused."""
    used = _used(trace)
    complete = trace.metadata is not None and trace.metadata["end"]["complete"]
    seen: dict[str, set[str]] = {kind: set() for kind in _DEFINING}
    for index, (kind, body) in enumerate(trace.items):
        if kind not in seen:
            continue
        number = len(seen[kind])
        key = compact(_identity(kind, body))
        if key in seen[kind]:
            report.add(10, f"{kind} {key} is defined twice", index)
            key = f"{key} again at {index}"
        seen[kind].add(key)
        if complete and number not in used[kind]:
            report.add(10, f"{kind} {key}, id {number}, is never used", index)


def _identity(kind: str, body: Any) -> Any:
    if kind == "Function":
        return [body["name"], body["path_id"], body["line"]]
    if kind == "Type":
        info = body["specific_info"]
        fields = [[f["name"], f["type_id"]] for f in info.get("fields", [])]
        return [body["kind"], body["lang_type"], info["kind"], fields]
    return body


def _used(trace: Trace) -> dict[str, set[int]]:
    """Ids in use by table; a path only by a Step on it (2.6), not by a function."""
    used: dict[str, set[int]] = {kind: set() for kind in _DEFINING}
    for kind in ("Path", "Type", "Function"):
        used[kind].add(0)
    for kind, body in trace.items:
        if kind != "Function":
            for table, number in _uses(kind, body):
                used[table].add(number)
    return used


def _uses(kind: str, body: Any) -> Iterator[tuple[str, int]]:
    """(table, id) for each id in a record."""
    match kind:
        case "Step" | "Function":
            yield "Path", body["path_id"]
        case "Value":
            yield "VariableName", body["variable_id"]
            yield from _types_of(body["value"])
        case "Call":
            yield "Function", body["function_id"]
            for argument in body["args"]:
                yield "VariableName", argument["variable_id"]
                yield from _types_of(argument["value"])
        case "Return":
            yield from _types_of(body["return_value"])
        case "Type":
            for field in body["specific_info"].get("fields", ()):
                yield "Type", field["type_id"]


def _types_of(value: Value) -> Iterator[tuple[str, int]]:
    yield "Type", value["type_id"]
    for child in children(value):
        yield from _types_of(child)
