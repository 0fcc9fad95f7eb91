"""Rules 12 and 15: calls, returns and changes of thread.

A change of thread is a suspension (2.7): the open calls of the thread that is left are
closed by Returns of `<switched>`, and opened again when it is entered. So one stack is
enough for a file without thread records, in which the thread at hand is not known.
"""

from dataclasses import dataclass, field
from typing import Any

from .events import Moment, check_event
from .problems import Report
from .trace import Trace
from .vocabulary import THREAD_RECORDS

_CHANGE = frozenset({"ThreadStart", "ThreadSwitch"})


@dataclass
class Thread:
    """What is known of one thread at a point of the file.

    calls: (index among all Calls, function id) of its open ones, outermost first.
    step: path id and line of its latest Step. suspended: functions to call again when
    it is entered, outermost first.
    """

    calls: list[tuple[int, int]] = field(default_factory=list)
    step: tuple[int, int] | None = None
    suspended: list[int] = field(default_factory=list)


def check_stacks(trace: Trace, report: Report) -> None:
    """Rules 12, 15 and, since events name calls and steps, 16."""
    replay = _Replay(trace, report)
    for index, (kind, body) in enumerate(trace.items):
        replay.record(index, kind, body)
    replay.end()


def _mark(kind: str, body: Any) -> str | None:
    """The message of a Return of an Error."""
    value = body["return_value"] if kind == "Return" else {"kind": None}
    return value["msg"] if value["kind"] == "Error" else None


class _Replay:
    """The state of all threads while the records go by."""

    def __init__(self, trace: Trace, report: Report) -> None:
        self.trace = trace
        self.report = report
        self.last = len(trace.items) - 1
        self.threads = {1: Thread()}
        self.current = 1
        self.exited: set[int] = set()
        self.calls = 0
        self.steps: set[tuple[int, int]] = set()
        self.closed: list[int] = []  # functions left by <switched>, innermost first
        self.unfinished = False

    @property
    def thread(self) -> Thread:
        return self.threads[self.current]

    def open_calls(self) -> int:
        """The open calls of the current thread without `<toplevel>`."""
        return len(self.thread.calls) - (self.current == 1)

    def record(self, index: int, kind: str, body: Any) -> None:
        if self.closed and _mark(kind, body) != "<switched>":
            self._after_switched(index, kind)
        if self.thread.suspended:
            self._check_entering(index, kind, body)
        if kind == "Step":
            self.thread.step = body["path_id"], body["line"]
            self.steps.add(self.thread.step)
        elif kind == "Call":
            self._call(index, body)
        elif kind == "Return":
            self._return(index, _mark(kind, body))
        elif kind == "Event":
            self._event(index, body)
        elif kind in THREAD_RECORDS:
            self._change(index, kind, body)

    def _call(self, index: int, body: dict[str, Any]) -> None:
        if body["function_id"] == 0 and self.calls:
            self.report.add(12, "<toplevel> is called again", index)
        self.thread.calls.append((self.calls, body["function_id"]))
        self.calls += 1

    def _return(self, index: int, mark: str | None) -> None:
        if not self.thread.calls:
            self.report.add(12, "a Return without an open Call", index)
            return
        call, function = self.thread.calls.pop()
        if (call == 0) != (index == self.last):
            closed = "closes" if call == 0 else "does not close"
            self.report.add(12, f"this Return {closed} <toplevel>", index)
        if mark == "<switched>":
            self.closed.append(function)
        if mark == "<unfinished>":
            self.unfinished = True
        elif self.unfinished and index != self.last:
            self.report.add(12, "a Return after those of unfinished calls", index)

    def _event(self, index: int, body: dict[str, Any]) -> None:
        frame = self.thread.calls[-1][0] if self.thread.calls else None
        moment = Moment(self.current, self.thread.step, frame, self.steps, self.calls)
        check_event(self.trace, self.report, index, body, moment)

    def _after_switched(self, index: int, kind: str) -> None:
        """The first record after Returns of `<switched>`."""
        if not self.trace.has_thread_records:
            if self.open_calls() > 0:
                self.report.add(12, "not all calls are closed by <switched>", index)
            self.closed = []
        elif kind not in _CHANGE:
            self.report.add(15, f"{kind} after Returns of <switched>", index)
            self.closed = []

    def _check_entering(self, index: int, kind: str, body: Any) -> None:
        """A thread with suspended calls was entered: they are called again first."""
        suspended = self.thread.suspended
        if kind == "Call" and not body["args"] and body["function_id"] == suspended[0]:
            del suspended[0]
            return
        step_of_call = kind == "Step" and self.trace.kind_at(index + 1) == "Call"
        if not step_of_call and kind in ("Call", "Step", "Value", "Return"):
            message = f"{kind} where function {suspended[0]} is to be entered again"
            self.report.add(12, message, index)
            suspended.clear()

    def _change(self, index: int, kind: str, number: int) -> None:
        following = self.trace.kind_at(index + 1)
        if following in ("Call", "Value"):
            self.report.add(15, f"{kind} inside a block", index)
        if kind == "ThreadStart":
            self._start(index, number)
        elif kind == "ThreadSwitch":
            if following in THREAD_RECORDS:
                self.report.add(15, f"no record of thread {number}", index)
            self._switch(index, number)
        else:
            if following not in _CHANGE:
                self.report.add(15, "ThreadExit without a change of thread", index)
            self._exit(index, number)

    def _start(self, index: int, number: int) -> None:
        if number != len(self.threads) + 1:
            self.report.add(15, f"thread {number} after {len(self.threads)}", index)
        if self.trace.items[index + 1 : index + 2] != [("ThreadSwitch", number)]:
            self.report.add(15, f"ThreadStart {number} without its switch", index)
        self.threads.setdefault(number, Thread())

    def _switch(self, index: int, number: int) -> None:
        if number == self.current:
            self.report.add(15, f"a switch to thread {number}, the current one", index)
        if number not in self.threads:
            self.report.add(15, f"a switch to thread {number}, not started", index)
        if number in self.exited:
            self.report.add(15, f"a switch to thread {number}, ended", index)
        if self.open_calls() > 0:
            self.report.add(12, f"thread {self.current} is left with calls open", index)
        self.thread.suspended = self.closed[::-1]
        self.closed = []
        self.current = number
        self.threads.setdefault(number, Thread())

    def _exit(self, index: int, number: int) -> None:
        if number != self.current or number == 1:
            self.report.add(15, f"the end of thread {number} in {self.current}", index)
        if self.open_calls() > 0:
            self.report.add(12, f"thread {number} ends with calls open", index)
        self.exited.add(number)

    def end(self) -> None:
        if self.current != 1:
            self.report.add(15, f"the file ends in thread {self.current}")
        for number, thread in self.threads.items():
            if thread.calls:
                count = len(thread.calls)
                self.report.add(12, f"{count} calls of thread {number} stay open")
