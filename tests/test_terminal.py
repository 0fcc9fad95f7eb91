"""Job control: what a shell on a terminal does with a recorded program, and shows."""

import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from signal import Signals

import pytest
from checker import check_trace
from fidelity import Case
from fidelity.run import Outcome, run_case
from recording import PACKAGE

BASH = shutil.which("bash")
PROCESS_ID = re.compile(rb"\[\d{2,}\]")

PROGRAM = """
import os, signal, sys, time
def handler(number, frame):
    print("goes on", os.tcgetpgrp(0) == os.getpgrp())
signal.signal(signal.SIGCONT, handler)
print("hello", input("name? "))
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCONT])
print("waits")
signal.sigwait([signal.SIGCONT])
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCONT])
print("hello", input("other name? "))
try:
    print("waits")
    while True:
        time.sleep(0.1)
except KeyboardInterrupt:
    print("interrupted")
sys.exit(7)
"""
# What is typed at each text. The program is stopped while it asks; stopped while it
# waits, and set going in the background, where the next question stops it.
DIALOGUE: tuple[tuple[bytes, bytes | Signals], ...] = (
    (b"$ ", b"sh program\n"),
    (b"name? ", b"\x1a"),
    (b"$ ", b"fg\n"),
    (b"goes on True", b"Ann\n"),
    (b"waits", b"\x1a"),
    (b"$ ", b"bg; wait\n"),
    (b"other name? ", b""),
    (b"$ ", b"fg\n"),
    (b"goes on True", b"Bob\n"),
    (b"waits", b"\x03"),
    (b"$ ", b"echo status $?; exit\n"),
)


def run_in_shell(launcher: list[str], directory: Path) -> Outcome:
    """Type the dialogue into a shell that runs the program by this command."""
    assert BASH is not None
    case = Case(
        "",
        PROGRAM,
        files={"program": f"exec {' '.join(launcher)} main.py\n"},
        command=(),
        env={"PS1": "$ ", "TERM": "dumb", "HISTFILE": None},
        on_terminal=True,
        dialogue=DIALOGUE,
    )
    outcome = run_case(case, [BASH, "--norc", "--noediting"], directory)
    return replace(outcome, stdout=PROCESS_ID.sub(b"[...]", outcome.stdout))


@pytest.mark.skipif(BASH is None, reason="needs bash")
def test_stopped_and_going_on(tmp_path: Path) -> None:
    """The same dialogue with a shell, recorded and plain.

    On a busy machine what is typed and what is printed meet in another order, rarely:
    in either run.
    """
    recorded, plain = [], []
    for attempt in range(3):
        trace = tmp_path / f"trace{attempt}"
        recorder = [sys.executable, "-m", PACKAGE, "-o", str(trace)]
        recorded.append(run_in_shell(recorder, tmp_path / "work"))
        assert b"hello Bob" in recorded[-1].stdout
        assert b"Stopped" in recorded[-1].stdout and b"status 7" in recorded[-1].stdout
        plain.append(run_in_shell([sys.executable], tmp_path / "work"))
        if any(outcome in plain for outcome in recorded):
            break
    else:
        assert recorded == plain
    assert [str(problem) for problem in check_trace(trace)] == []
