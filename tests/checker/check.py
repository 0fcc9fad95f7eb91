"""The folder of a trace (rule 1), and all rules on what is in it."""

from pathlib import Path
from typing import Any

from . import capnp_read, capnp_write, json_format
from .capnp import PAYLOAD_WORDS, SEGMENT_WORDS
from .compare import check_equal
from .definitions import check_defined_before_use, check_definitions
from .events import check_end
from .metadata import check_agreement, check_metadata, check_paths
from .order import check_call_blocks, check_frame, check_step_blocks, check_step_lines
from .problems import Problem, Refused, Report
from .shape import check_shapes
from .stacks import check_stacks
from .trace import Trace
from .values import check_types, check_values
from .vocabulary import Record

JSON_EVENTS, BINARY_EVENTS = "trace.json", "trace.bin"
METADATA, PATHS = "trace_metadata.json", "trace_paths.json"

_RULES_ON_RECORDS = (
    check_agreement,
    check_frame,
    check_defined_before_use,
    check_definitions,
    check_step_lines,
    check_stacks,
    check_call_blocks,
    check_step_blocks,
    check_end,
    check_types,
    check_values,
)


def check_trace(
    directory: Path, *, segment_words: int = SEGMENT_WORDS
) -> list[Problem]:
    """All problems of the trace in a folder, none for a good one.

    segment_words: the most words of a segment of `trace.bin`, for writers built with a
    smaller limit than the format's.
    """
    report = Report()
    metadata = _document(directory / METADATA, report)
    paths = _document(directory / PATHS, report)
    _check_names(directory, report)
    valid = metadata[1] if metadata and check_metadata(*metadata, report) else None
    events = _events_file(directory, report)
    if events is None:
        return report.problems()
    records = _checked_records(events, report, segment_words)
    if records is not None:
        is_json = events.name == JSON_EVENTS
        trace = Trace(records, is_json=is_json, metadata=valid)
        if paths is not None:
            check_paths(*paths, trace, report)
        for rule in _RULES_ON_RECORDS:
            rule(trace, report)
    return report.problems()


def load_records(directory: Path) -> list[Record]:
    """The records of a trace, as written; no rules but those of parsing.

    Refused (a ValueError) if there is not one events file, or it cannot be read.
    """
    report = Report()
    events = _events_file(directory, report)
    if events is None:
        [problem] = report.problems()
        raise Refused(problem.rule, problem.message)
    data = events.read_bytes()
    if events.name == JSON_EVENTS:
        return json_format.decode(data)
    return capnp_read.decode(data)[0]


def equal_in_both_formats(
    json_directory: Path, binary_directory: Path
) -> list[Problem]:
    """Rule 6 on two recordings of the same program; Refused as for load_records."""
    report = Report()
    check_equal(load_records(json_directory), load_records(binary_directory), report)
    return report.problems()


def _check_names(directory: Path, report: Report) -> None:
    """Rule 1: a finished folder holds nothing but the files of section 1."""
    known = {JSON_EVENTS, BINARY_EVENTS, METADATA, PATHS}
    for name in sorted(entry.name for entry in directory.iterdir()):
        if name not in known:
            report.add(1, f"{name} is no file of a trace")


def _events_file(directory: Path, report: Report) -> Path | None:
    found = [directory / name for name in (JSON_EVENTS, BINARY_EVENTS)]
    found = [path for path in found if path.exists()]
    if len(found) != 1:
        report.add(1, f"{len(found)} events files in place of one")
        return None
    return found[0]


def _document(path: Path, report: Report) -> tuple[str, Any] | None:
    """(text, content) of a small JSON file, rule 1 if there is none to parse."""
    try:
        text = path.read_bytes().decode("utf-8")
        return text, json_format.parse(text)
    except (OSError, ValueError, RecursionError) as error:
        report.add(1, f"{path.name}: {error}")
        return None


def _checked_records(
    events: Path, report: Report, segment_words: int
) -> list[Record] | None:
    """Records of correct shape, after the rules on bytes (4, 5) and shapes (8, 25)."""
    data = events.read_bytes()
    try:
        if events.name == JSON_EVENTS:
            message, records = None, json_format.decode(data)
        else:
            message = capnp_read.read(data)
            records = message.records
    except Refused as error:
        problem = error.problem
        report.add(problem.rule, problem.message, problem.record)
        return None
    if not check_shapes(records, report):
        return None
    if message is None:
        json_format.check_bytes(data, records, report)
    else:
        _check_binary(data, message, report, segment_words)
    return records


def _check_binary(
    data: bytes, message: capnp_read.Message, report: Report, segment_words: int
) -> None:
    """The other half of rule 5: the bytes are those we would write."""
    if message.is_plain:
        if capnp_write.encode(message.records) != data:
            report.add(5, "the records written again give other bytes")
    elif capnp_write.pack_message(message.raw) != data:
        report.add(5, "the message packed again gives other bytes")
    most = max(message.sizes)
    if most > segment_words:
        report.add(5, f"a segment of {most} words")
    if message.split is not None:
        words = sum(message.sizes) - sum(message.split)
        if words <= segment_words - PAYLOAD_WORDS:
            report.add(5, "several segments where one would do")
