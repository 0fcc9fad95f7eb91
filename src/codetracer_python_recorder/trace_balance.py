"""Whether the calls and returns of a `trace.json` balance.

Every trace of this recorder does; the functions are for tools that check traces of
whatever origin.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "TraceBalanceError",
    "TraceBalanceResult",
    "load_trace_events",
    "summarize_trace_balance",
]


class TraceBalanceError(RuntimeError):
    """The file cannot be read as a trace."""


@dataclass(frozen=True)
class TraceBalanceResult:
    """What was counted.

    call_count, return_count: how many records of these kinds there are.
    first_negative_index: index in the list of events of the first Return without a
    Call before it; None if there is none.
    """

    call_count: int
    return_count: int
    first_negative_index: int | None

    @property
    def delta(self) -> int:
        """Calls minus returns."""
        return self.call_count - self.return_count

    @property
    def is_balanced(self) -> bool:
        """Whether every Call has its Return, and every Return its Call."""
        return self.delta == 0 and self.first_negative_index is None


def load_trace_events(path: str | os.PathLike[str]) -> list[Any]:
    """Read the events of a `trace.json`; TraceBalanceError if it is not one."""
    try:
        with open(path, encoding="utf-8") as file:
            events = json.load(file)
    except OSError as error:
        raise TraceBalanceError(f"cannot read '{path}': {error.strerror}") from error
    except ValueError as error:
        raise TraceBalanceError(f"'{path}' is not valid JSON: {error}") from error
    if not isinstance(events, list):
        raise TraceBalanceError(f"'{path}' is not a trace: its JSON is not an array")
    return events


def summarize_trace_balance(events: Iterable[object]) -> TraceBalanceResult:
    """Count the Calls and Returns of a list of events; other events do not count."""
    calls = returns = 0
    first_negative_index = None
    for index, event in enumerate(events):
        if not isinstance(event, Mapping):
            continue
        calls += "Call" in event
        returns += "Return" in event
        if returns > calls and first_negative_index is None:
            first_negative_index = index
    return TraceBalanceResult(calls, returns, first_negative_index)
