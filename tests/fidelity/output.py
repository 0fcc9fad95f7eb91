"""What arrived on standard output and error, and what a trace has of it."""

import re
from pathlib import Path

from checker import load_records
from checker.vocabulary import EVENT_READ, EVENT_WRITE, EVENT_WRITE_OTHER

from .case import Case
from .run import Outcome, without_addresses

_REDIRECTION = re.compile(r"(?:^| )([12]?)>(\S+)")

Output = tuple[str | None, str | None]
"""Text of standard output and of standard error; None where nobody can know."""


def arrived(case: Case, outcome: Outcome) -> Output:
    """What arrived where the two streams go; all in the first, on a terminal."""
    places: list[bytes | None] = [outcome.stdout, outcome.stderr]
    for number, target in _REDIRECTION.findall(case.redirect):
        place = 1 if number == "2" else 0
        if target == "&1":  # nothing says which is whose
            places = [None, None]
        elif target == "/dev/null":
            places[place] = None
        else:
            places[place] = outcome.files.get(target.encode()) or b""
    out, err = (place if place is None else _decoded(place) for place in places)
    return out, err


def recorded(case: Case, trace: Path) -> Output:
    """What the trace says was written; and what was read, on a terminal: it echoes."""
    events = [body["Event"] for body in load_records(trace) if "Event" in body]

    def text(*kinds: int) -> str:
        parts = [event["content"] for event in events if event["kind"] in kinds]
        return _decoded(without_addresses("".join(parts).encode()))

    if case.on_terminal:
        all_of_it = text(EVENT_WRITE, EVENT_WRITE_OTHER, EVENT_READ)
        return all_of_it.replace("\n", "\r\n"), ""
    return text(EVENT_WRITE), text(EVENT_WRITE_OTHER)


def is_same(trace: Output, arrived: Output) -> bool:
    """Whether the trace has all that arrived, as far as that is known."""
    return all(
        known is None or text == known
        for text, known in zip(trace, arrived, strict=True)
    )


def _decoded(text: bytes) -> str:
    return text.decode(errors="replace")
