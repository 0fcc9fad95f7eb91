"""Rules 2 and 3: `trace_paths.json` and `trace_metadata.json` (section 5)."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from .json_format import compact
from .order import EXIT_TEXTS, exit_value
from .problems import Report
from .shape import children
from .trace import Trace
from .values import is_cut_string, is_more_mark
from .vocabulary import Value

_UUID7 = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REASONS = ("exit", "stop", "exception", "signal", "recorder_error", "limit", "killed")


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_text_or_null(value: Any) -> bool:
    return value is None or type(value) is str


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_positive(value: Any) -> bool:
    return type(value) is int and value >= 1


_BY_KIND = dict.fromkeys(
    ("local", "global", "argument", "return", "attribute"), _is_count
)
_FILTER = {
    "path": _is_text,
    "sha256": lambda value: _is_text(value) and _SHA256.fullmatch(value) is not None,
    "name": _is_text,
    "version": _is_positive,
}
_SCHEMA: dict[str, Any] = {
    "workdir": lambda value: _is_text(value) and value.startswith("/"),
    "program": _is_text,
    "args": [_is_text],
    "recording_id": lambda value: (
        _is_text(value) and _UUID7.fullmatch(value) is not None
    ),
    "recorder": {
        "name": lambda value: value == "codetracer_python_recorder",
        "version": _is_text,
        "target_script": _is_text_or_null,  # -c has none
        "python": _is_text,
        "platform": _is_text,
    },
    "trace_filter": {
        "filters": [_FILTER],
        "stats": {
            "scopes_skipped": _is_count,
            "value_redactions": _BY_KIND,
            "value_drops": _BY_KIND,
        },
    },
    "process_exit_status": {
        "code": lambda value: value is None or type(value) is int,
        "label": lambda value: value is None or value in EXIT_TEXTS,
    },
    "end": {
        "reason": lambda value: value in _REASONS,
        "complete": lambda value: type(value) is bool,
    },
    "counts": {
        "steps": _is_count,
        "calls": _is_count,
        "values": _is_count,
        "events": _is_count,
        "threads": _is_positive,
        "truncated_values": _is_count,
    },
    "notes": [_is_text],
    "diff": lambda value: value is None,
}


def check_paths(text: str, content: Any, trace: Trace, report: Report) -> None:
    """Rule 2: `trace_paths.json`, its text and what that says."""
    if content != trace.paths:
        report.add(2, "trace_paths.json does not hold the Path records")
    elif text != compact(content) + "\n":
        report.add(2, "trace_paths.json is not compact, with a line feed at its end")


def check_metadata(text: str, content: Any, report: Report) -> bool:
    """Rule 3 without the records: keys, their order, types. True if all are right."""
    mistakes = list(_mistakes(content, _SCHEMA, ""))
    for mistake in mistakes:
        report.add(3, f"trace_metadata.json: {mistake}")
    if mistakes:
        return False
    if text != compact(content) + "\n":
        report.add(3, "trace_metadata.json: not compact, with a line feed at its end")
    status = content["process_exit_status"]
    if (status["code"] is None) == (status["label"] is None):
        report.add(3, f"process_exit_status {status}: one of the two is null")
    if status["label"] == "<disabled>" and content["end"]["reason"] != "recorder_error":
        report.add(3, f"<disabled> with the reason {content['end']['reason']}")
    return True


def _mistakes(value: Any, schema: Any, place: str) -> Iterator[str]:
    """Where a document differs from nested tables of keys, arrays and predicates."""
    if isinstance(schema, dict):
        if type(value) is not dict or list(value) != list(schema):
            found = list(value) if type(value) is dict else value
            yield f"{place or 'the document'} has {found}, not {list(schema)}"
            return
        for key, inner in schema.items():
            yield from _mistakes(value[key], inner, f"{place}.{key}".lstrip("."))
    elif isinstance(schema, list):
        if type(value) is not list:
            yield f"{place} is {value!r}, not an array"
            return
        for number, item in enumerate(value):
            yield from _mistakes(item, schema[0], f"{place}[{number}]")
    elif not schema(value):
        yield f"{place} is {value!r}"


def check_agreement(trace: Trace, report: Report) -> None:
    """Rule 3 with the records: counts and exit status."""
    if trace.metadata is None:
        return
    counts = trace.metadata["counts"]
    found = Counter(kind for kind, _ in trace.items)
    for name in ("Step", "Call", "Value", "Event"):
        key = f"{name.lower()}s"
        if counts[key] != found[name]:
            report.add(3, f"counts.{key} is {counts[key]}, not {found[name]}")
    if trace.has_thread_records and counts["threads"] != found["ThreadStart"] + 1:
        report.add(3, f"counts.threads is {counts['threads']}")
    least, most = _cut_values(trace)
    if not least <= counts["truncated_values"] <= most:
        written = counts["truncated_values"]
        report.add(3, f"truncated_values is {written}, not {least} … {most}")
    status = trace.metadata["process_exit_status"]
    value = exit_value(trace)
    if value is not None and status != {
        "code": value.get("i"),
        "label": value.get("text"),
    }:
        report.add(3, f"process_exit_status {status}, but the trace returns {value}")


def _cut_values(trace: Trace) -> tuple[int, int]:
    """How many values hold a cut mark, at least and at most.

    `… +N more` and the `…` of a String are certain; other Raw text with a `…` in it, a
    cycle and a container below the depth limit may be counted or not.
    """
    certain = possible = 0
    for _, _, _, value in trace.values():
        is_certain = _any_inside(value, lambda v: _is_cut(trace, v))
        certain += is_certain
        possible += is_certain or _any_inside(value, _may_be_cut)
    return certain, possible


def _is_cut(trace: Trace, value: Value) -> bool:
    return is_more_mark(trace, value) or is_cut_string(trace, value)


def _may_be_cut(value: Value) -> bool:
    return value["kind"] == "Raw" and ("…" in value["r"] or value["r"][:1] == "<")


def _any_inside(value: Value, condition: Any) -> bool:
    return condition(value) or any(
        _any_inside(child, condition) for child in children(value)
    )
