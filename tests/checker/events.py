"""Rules 16 and 17: events, their metadata, and the error at the end."""

import json
import re
from dataclasses import dataclass
from typing import Any

from .json_format import compact, parse
from .problems import Report
from .trace import Trace, at
from .vocabulary import EVENT_ERROR, EVENT_READ, EVENT_WRITE, EVENT_WRITE_OTHER

_STREAMS = {EVENT_WRITE: "stdout", EVENT_WRITE_OTHER: "stderr", EVENT_READ: "stdin"}
_FLAGS = ("newline", "flush", "step_boundary", "time_split", "input", "mirror")
_IO_KEYS = ["stream", "thread", "path_id", "line", "frame_id", "flags"]
_ERROR_KEYS = ["type", "module", "message", "path", "line", "thread"]
_THREAD = re.compile(r"ThreadId\(([1-9][0-9]*)\)")


@dataclass(frozen=True)
class Moment:
    """Where an Event stands.

    thread: the current one. step: path id and line of its latest Step, or None. frame:
    the index of its innermost open Call, or None. steps: all (path id, line) so far.
    calls: the number of Calls so far.
    """

    thread: int
    step: tuple[int, int] | None
    frame: int | None
    steps: set[tuple[int, int]]
    calls: int


def check_event(
    trace: Trace, report: Report, index: int, event: dict[str, Any], moment: Moment
) -> None:
    """Rule 16 for one Event."""
    metadata = _metadata(event["metadata"])
    mistake: str | None
    if metadata is None:
        mistake = f"metadata {event['metadata']!r} is no compact object"
    elif not moment.steps:
        mistake = "an Event before the first Step"
    elif event["kind"] == EVENT_ERROR:
        is_last = index == len(trace.items) - 2
        mistake = _error_mistake(metadata, event["content"], is_last)
    elif event["kind"] in _STREAMS:
        mistake = _io_mistake(metadata, _STREAMS[event["kind"]])
        mistake = mistake or _location_mistake(trace, metadata, moment)
    else:
        mistake = f"an Event of kind {event['kind']}"
    if metadata is not None and mistake is None:
        mistake = _thread_mistake(trace, metadata["thread"], moment.thread)
    if mistake is not None:
        report.add(16, mistake, index)


def _metadata(text: str) -> dict[str, Any] | None:
    try:
        metadata = parse(text)
    except (ValueError, RecursionError):
        return None
    return metadata if type(metadata) is dict and compact(metadata) == text else None


def _io_mistake(metadata: dict[str, Any], stream: str) -> str | None:
    """What is wrong with the metadata of an input or output event by itself."""
    if list(metadata) != _IO_KEYS:
        return f"metadata with keys {list(metadata)}"
    if metadata["stream"] != stream:
        return f"stream {metadata['stream']!r} in an Event of {stream}"
    flags = metadata["flags"]
    if type(flags) is not list or flags != [flag for flag in _FLAGS if flag in flags]:
        return f"flags {flags!r}"
    location = [metadata[key] for key in ("path_id", "line", "frame_id")]
    if location != [None] * 3 and any(type(part) is not int for part in location[:2]):
        return f"location {location}"
    if type(location[2]) not in (int, type(None)):
        return f"frame_id {location[2]!r}"
    return None


def _location_mistake(
    trace: Trace, metadata: dict[str, Any], moment: Moment
) -> str | None:
    """Whether the location is that of the thread's latest Step and open call.

    A thread without open calls has no innermost one: null, or `<toplevel>`. A file of
    several threads without thread records does not tell which thread is current: there
    the location must be one that was met.
    """
    step, frame = moment.step, moment.frame
    location = (metadata["path_id"], metadata["line"], metadata["frame_id"])
    if location == (None, None, None):
        if "mirror" in metadata["flags"] or step is None:
            return None
        return "no location without the flag mirror"
    if not _thread_is_known(trace):
        met = location[:2] in moment.steps and (location[2] or 0) in range(moment.calls)
        return None if met else f"{location} was not met before"
    frames = (frame,) if frame is not None else (None, 0)
    if step is None or (location[:2] == step and location[2] in frames):
        return None
    return f"{location} is not {(*step, frame)}"


def _error_mistake(metadata: dict[str, Any], content: str, is_last: bool) -> str | None:
    keys = [*_ERROR_KEYS, "uncaught"] if "uncaught" in metadata else _ERROR_KEYS
    if list(metadata) != keys:
        return f"metadata with keys {list(metadata)}"
    if metadata.get("uncaught", True) is not True:
        return "uncaught is not true"
    if "uncaught" in metadata and not is_last:
        return "uncaught in an Event that is not the last record but one"
    texts = [metadata[key] for key in ("type", "module", "message", "path")]
    if (
        any(type(text) is not str for text in texts)
        or type(metadata["line"]) is not int
    ):
        return f"metadata {metadata}"
    name, message = metadata["type"], metadata["message"]
    if content != (f"{name}: {message}" if message else name):
        return f"content {content!r} for {metadata}"
    return None


def _thread_is_known(trace: Trace) -> bool:
    """Whether the records tell which thread each of them belongs to."""
    only_one = trace.metadata is not None and trace.metadata["counts"]["threads"] == 1
    return trace.has_thread_records or only_one


def _thread_mistake(trace: Trace, name: Any, current: int) -> str | None:
    found = _THREAD.fullmatch(name) if type(name) is str else None
    if found is None:
        return f"thread {name!r}"
    number = int(found[1])
    if _thread_is_known(trace):
        return None if number == current else f"{name} in thread {current}"
    if trace.metadata is not None and number > trace.metadata["counts"]["threads"]:
        return f"{name}, a thread that is not counted"
    return None


def check_end(trace: Trace, report: Report) -> None:
    """Rule 17: what makes viewers say that the program ended by an error."""
    if trace.metadata is None:
        return
    by_exception = trace.metadata["end"]["reason"] == "exception"
    last_event = _last(trace, "Event")
    last_step = _last(trace, "Step")
    event = at(trace.items, last_event)
    is_error = event is not None and event[1]["kind"] == EVENT_ERROR
    if (is_error and last_event > last_step) != by_exception:
        state = "does not end" if by_exception else "ends"
        reason = trace.metadata["end"]["reason"]
        report.add(17, f"the file {state} with an error, but the reason is {reason}")
    elif by_exception:
        uncaught = _is_uncaught(event[1]["metadata"])
        if last_event != len(trace.items) - 2 or not uncaught:
            report.add(17, "the uncaught error is not the last but one", last_event)


def _last(trace: Trace, kind: str) -> int:
    indexes = range(len(trace.items) - 1, -1, -1)
    return next((i for i in indexes if trace.items[i][0] == kind), -1)


def _is_uncaught(metadata: str) -> bool:
    try:
        return json.loads(metadata).get("uncaught") is True
    except (ValueError, AttributeError, RecursionError):
        return False
