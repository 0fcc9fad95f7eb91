"""Lines that can change nothing themselves: what happens meanwhile shows all the same.

They wait until code that no trace has, in a signal handler, another thread or a
finalizer, changes a list in sight. The step behind them must show that. What such lines
compute is in `programs/oracle/inert_*.py`.
"""

import importlib
import itertools
import json
import sys
from pathlib import Path
from shutil import copy

import pytest
from oracle.traces import events_of
from recording import record, run

HEAD = """
import gc, re, signal, sys, threading, time

sys.setswitchinterval(1e-4)
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
    found = None
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


HIDDEN = {
    "truth": """
def look(seen, token):
    number = 1 if token else 2
    return number
look(seen, hidden["Asked"]())
""",
    "death": """
def look(seen):
    token = hidden["Asked"]()
    token = 1
    return token
look(seen)
""",
    "copy": """
def look(seen):
    token = hidden["Asked"]()
    other = token
    number = other and 1
    return number
look(seen)
""",
    "call": """
def called(seen, number):
    return number
def look(seen):
    token = hidden["Asked"]()
    token = 1; called(seen, 2)
look(seen)
""",
    "loop": """
def look(seen, items):
    for token in items:
        items[0] = 1
    for token in items:
        pass
    return token
look(seen, [hidden["Asked"](), 2])
""",
}
ASKED = """
seen = []
hidden = {"seen": seen}
exec('''
class Asked:
    def __bool__(self):
        seen.append("asked")
        return False
    def __del__(self):
        seen.append("gone")
''', hidden)
"""


@pytest.mark.parametrize("way", HIDDEN)
def test_variables_that_a_filter_hides(way: str, tmp_path: Path) -> None:
    """What they hold decides, though nothing shows it: the name `token` is hidden."""
    seen = seen_at_return(tmp_path, ASKED + HIDDEN[way])
    texts = [text for _, _, text in seen]
    expected = {"death": ["gone"], "call": ["gone"], "loop": ["gone"]}
    assert texts == expected.get(way, ["asked"])


TOOLS = {
    "monitoring": """
    monitoring = sys.monitoring
    monitoring.use_tool_id(4, "test")
    start = monitoring.events.PY_START
    monitoring.register_callback(4, start, lambda *args: seen.append("start"))
    monitoring.set_local_events(4, code, start)
""",
    "profile": """
    def note(frame, event, arg):
        if event == "call" and frame.f_code is code:
            seen.append("start")
    sys.setprofile(note)
""",
}
CALLED = """
import sys
seen = []
hidden = {"seen": seen, "sys": sys}
exec('''
def watch(code):
%s
''', hidden)

def called(seen):
    return 0

hidden["watch"](called.__code__)
called(seen)
sys.setprofile(None)
"""


@pytest.mark.parametrize("tool", TOOLS)
def test_what_a_tool_does_at_a_start_shows(tool: str, tmp_path: Path) -> None:
    """Between a call and the first line nothing runs, unless somebody is told of it."""
    seen = seen_at_return(tmp_path, CALLED % TOOLS[tool])
    assert seen == [["String", "str", "start"]]


HANDED_ON = """
import sys
from codetracer_python_recorder import trace
seen = []
hidden = {"seen": seen, "monitoring": sys.monitoring}
exec('''
monitoring.use_tool_id(5, "test")
def watch(code):
    start = monitoring.events.PY_START
    monitoring.register_callback(5, start, lambda *args: seen.append("start"))
    monitoring.set_local_events(5, code, start)
''', hidden)

def called(seen):
    return 0

def calls(seen):
    found = called(seen)

hidden["watch"](called.__code__)
with trace("trace", format="json"):
    calls(seen)
"""


def test_what_a_tool_does_before_a_start_shows(tmp_path: Path) -> None:
    """A tool with a higher number is told of a call first, and changes an argument."""
    path = tmp_path / "program.py"
    path.write_text(HANDED_ON)
    outcome = run([path], tmp_path)
    assert (outcome.status, outcome.stderr) == (0, b"")
    records = json.loads((tmp_path / "trace" / "trace.json").read_text())
    [call] = [event for event in events_of(records) if event[:2] == ["call", "called"]]
    assert call[-1] == [["seen", ["Sequence", "list", [["String", "str", "start"]]]]]


ATTENDED = """
def called(seen):
    return len(seen)

def wait(seen, text):
    while called(seen) == 0:
        pass
"""


@pytest.mark.parametrize("interruption", INTERRUPTIONS)
def test_what_happens_at_a_start_shows(interruption: str, tmp_path: Path) -> None:
    """CPython may attend to signals and threads between a call and the first line."""
    path = tmp_path / "program.py"
    path.write_text(HEAD + ATTENDED + INTERRUPTIONS[interruption])
    recording = record("json", [path], tmp_path, tmp_path / "trace", ())
    assert (recording.outcome.status, recording.outcome.stderr) == (0, b"")
    events = events_of(recording.records)
    number = path.read_text().splitlines().index("    return len(seen)") + 1
    returned = [
        (step[2], after)
        for step, after in itertools.pairwise(events)
        if step[:2] == ["line", number] and after[0] == "return"
    ]
    assert returned
    for variables, after in returned:
        [[_, _, items]] = (value for name, value in variables if name == "seen")
        assert after[-1] == ["Int", "int", len(items)]


COLLECTED = """
def called(seen, other):
    return other

def call(seen):
    gc.enable()
    found = called(seen, enumerate(seen))
    return found

gc.disable()
gc.set_threshold(1)
garbage = [hidden["Dying"]() for _ in range(2)]
garbage = 0
call(seen)
"""


@pytest.mark.skipif(sys.version_info < (3, 13), reason="told of the start first")
def test_a_collection_before_a_start_shows(tmp_path: Path) -> None:
    """What a line makes for a call has the collector run before the call is told of."""
    path = tmp_path / "program.py"
    path.write_text(HEAD + COLLECTED)
    recording = record("json", [path], tmp_path, tmp_path / "trace", ())
    assert (recording.outcome.status, recording.outcome.stderr) == (0, b"")
    events = events_of(recording.records)
    [call] = [event for event in events if event[:2] == ["call", "called"]]
    assert call[-1][0] == [
        "seen",
        ["Sequence", "list", [["String", "str", "gone"]] * 2],
    ]


WORK = """
import sys
sys.path.insert(0, sys.argv[1])
import my_configparser, my_difflib, my_shlex, my_textwrap, my_tokenize

hidden = {"sys": sys}
exec('''
def watch(way):
    "A tool that is told of each line: no line is inert then."
    if way == "alone":
        return
    monitoring = sys.monitoring
    monitoring.use_tool_id(4, "test")
    monitoring.register_callback(4, monitoring.events.LINE, lambda *args: None)
    monitoring.set_events(4, monitoring.events.LINE)
''', hidden)
TEXT = '''[part one]
first = a text of "several words"
second: another one, which goes on
    in the next line

[part two]
third = %(fourth)s and more
fourth = 4
'''


def work():
    config = my_configparser.ConfigParser()
    config.read_string(TEXT)
    values = [config[part][name] for part in config for name in config[part]]
    lines = my_textwrap.wrap(TEXT, 20)
    other = my_textwrap.dedent(TEXT).splitlines()
    compared = list(my_difflib.unified_diff(lines, other))
    words = my_shlex.split(TEXT.replace("'", ""))
    left = iter(["def f(x):", "    return x + 1.5  # more"])
    tokens = list(my_tokenize.generate_tokens(lambda: next(left, "")))
    return values, compared, words, tokens


hidden["watch"](sys.argv[2])
work()
"""


def test_real_code_shows_the_same(tmp_path: Path) -> None:
    """Modules of the standard library, with inert lines and without any."""
    for name in ("configparser", "difflib", "shlex", "textwrap", "tokenize"):
        source = Path(importlib.import_module(name).__file__ or "")
        copy(source, tmp_path / f"my_{name}.py")
    program = tmp_path / "program.py"
    program.write_text(WORK)
    same_sets = {"PYTHONHASHSEED": "0"}
    recordings = [
        record(
            "json", [program, tmp_path, way], tmp_path, tmp_path / way, (), same_sets
        )
        for way in ("alone", "watched")
    ]
    for recording in recordings:
        assert (recording.outcome.status, recording.outcome.stderr) == (0, b"")
        assert recording.metadata["counts"]["steps"] > 5_000
    alone, watched = (events_of(recording.records) for recording in recordings)
    assert alone == watched
