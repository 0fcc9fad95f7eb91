"""Lines that can change nothing themselves: what happens meanwhile shows all the same.

They wait until code that no trace has, in a signal handler, another thread or a
finalizer, changes a list in sight. The step behind them must show that. What such lines
compute is in `programs/oracle/inert_*.py`.
"""

from pathlib import Path

import pytest
from oracle.traces import events_of
from recording import record

HEAD = """
import gc, re, signal, threading, time

seen = []
hidden = {"seen": seen, "time": time}
exec('''
def handle(number, frame):
    seen.append(number)

def work():
    time.sleep(0.005)
    seen.append("thread")

class Dying:
    def __init__(self):
        self.itself = self
    def __del__(self):
        seen.append("gone")
''', hidden)
"""

WAYS_TO_WAIT = {
    "jump": """
def wait(seen, text):
    number = 0
    while not seen:
        number = 1
    return number
""",
    "call": """
def wait(seen, text):
    match = re.compile("a").match
    while len(seen) == 0:
        found = match(text, 0)
    return found
""",
}

INTERRUPTIONS = {
    "signal": """
signal.signal(signal.SIGALRM, hidden["handle"])
signal.setitimer(signal.ITIMER_REAL, 0.005)
wait(seen, "a")
""",
    "thread": """
thread = threading.Thread(target=hidden["work"])
thread.start()
wait(seen, "a")
""",
}

COLLECTION = """
def wait(seen, match):
    gc.enable()
    found = match("a", 0)
    return found

match = re.compile("a").match
gc.disable()
gc.set_threshold(1)
garbage = [hidden["Dying"]() for _ in range(2)]
garbage = 0
wait(seen, match)
"""


def seen_at_return(directory: Path, program: str) -> object:
    """What the last step of `wait` shows of the list."""
    path = directory / "program.py"
    path.write_text(HEAD + program)
    trace = directory / "trace"
    options = ["--max-items", "2"]  # the steps are many
    recording = record("json", [path], directory, trace, options)
    assert (recording.outcome.status, recording.outcome.stderr) == (0, b"")
    lines = path.read_text().splitlines()
    [last] = (i for i, line in enumerate(lines, 1) if line.startswith("    return"))
    [step] = (
        event for event in events_of(recording.records) if event[:2] == ["line", last]
    )
    [[_, _, items]] = (value for name, value in step[2] if name == "seen")
    return items


@pytest.mark.parametrize("way", WAYS_TO_WAIT)
@pytest.mark.parametrize("interruption", INTERRUPTIONS)
def test_interruption_shows(interruption: str, way: str, tmp_path: Path) -> None:
    seen = seen_at_return(tmp_path, WAYS_TO_WAIT[way] + INTERRUPTIONS[interruption])
    expected = {"signal": ["Int", "int", 14], "thread": ["String", "str", "thread"]}
    assert seen == [expected[interruption]]


def test_collection_shows(tmp_path: Path) -> None:
    seen = seen_at_return(tmp_path, COLLECTION)
    assert seen == [["String", "str", "gone"]] * 2
