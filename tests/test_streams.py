"""Output and input in the trace: at which line, in which pieces, and all of it."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from checker.vocabulary import EVENT_ERROR
from fidelity import Case
from fidelity.run import run_case
from recording import FORMATS, PACKAGE, Outcome, Recording, record, run

IS_SOAK = bool(os.environ.get("CT_SOAK"))

STREAMS = {0: "out", 2: "err", 3: "in"}
LONGEST = 8192 + 4 * 4096
"""Bytes that the content of an Event has at most."""


@dataclass(frozen=True)
class Event:
    """An Event of a stream: `out`, `err` or `in`, and the line it stands at."""

    stream: str
    line: int
    content: str
    flags: tuple[str, ...]


def events_of(recording: Recording) -> list[Event]:
    """The Events of the streams; the checker has looked at the rest of them."""
    recording.assert_clean()
    events, line = [], 0
    for each in recording.records:
        [(kind, body)] = each.items()
        if kind == "Step":
            line = body["line"]
        elif kind == "Event" and body["kind"] != EVENT_ERROR:
            flags = eval_flags(body)
            events.append(Event(STREAMS[body["kind"]], line, body["content"], flags))
    return events


def eval_flags(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The flags in an Event's metadata."""
    _, _, flags = body["metadata"].partition('"flags":[')
    return tuple(name for name in flags.strip("]}").replace('"', "").split(",") if name)


def recorded(
    tmp_path: Path,
    program: str,
    options: tuple[str, ...] = (),
    trace_format: str = "json",
    variables: Mapping[str, str] | None = None,
) -> Recording:
    (tmp_path / "main.py").write_text(program, encoding="utf-8")
    trace = tmp_path / "trace"
    return record(trace_format, ["main.py"], tmp_path, trace, options, variables)


def content(events: list[Event], stream: str) -> str:
    return "".join(event.content for event in events if event.stream == stream)


# ---- which pieces --------------------------------------------------------------------

PIECES = """import sys, time
def f():
    print("a", 1)
    print("b", end="")
    print("c", end="", flush=True)
    print("d\\ne\\nf")
    print("g", end=""); sys.stderr.write("h"); print("i")
    print(len("j"), end="") or time.sleep(0.02) or print("k", end="")
    sys.stdout.buffer.write("\\u20ac\\n".encode())
    try:
        print("\\ud800")
    except UnicodeEncodeError:
        pass
f()
"""


@pytest.mark.parametrize("trace_format", FORMATS)
def test_pieces(tmp_path: Path, trace_format: str) -> None:
    newline, boundary = ("newline",), ("step_boundary",)
    recording = recorded(tmp_path, PIECES, trace_format=trace_format)
    assert events_of(recording) == [
        Event("out", 3, "a 1\n", newline),
        Event("out", 4, "b", boundary),
        Event("out", 5, "c", ("flush",)),
        Event("out", 6, "d\n", newline),
        Event("out", 6, "e\n", newline),
        Event("out", 6, "f\n", newline),
        Event("out", 7, "g", ()),
        Event("err", 7, "h", ()),
        Event("out", 7, "i\n", newline),
        Event("out", 8, "1", ("time_split",)),
        Event("out", 8, "k", boundary),
        Event("out", 9, "€\n", newline),
    ]


def test_input_in_two_parts(tmp_path: Path) -> None:
    program = """import os, sys, time
end, other = os.pipe()
os.dup2(end, 0)
os.write(other, b"ab\\n")
sys.stdin.read(1), time.sleep(0.02), sys.stdin.readline()
"""
    assert events_of(recorded(tmp_path, program)) == [
        Event("in", 5, "a", ("time_split", "input")),
        Event("in", 5, "b\n", ("newline", "input")),
    ]


def test_off(tmp_path: Path) -> None:
    assert events_of(recorded(tmp_path, PIECES, ("--io-capture", "off"))) == []


@pytest.mark.parametrize(
    ("table", "streams"),
    [
        ("capture = false", set()),
        ('capture = true\nstreams = ["stderr"]', {"err"}),
        ('capture = true\nstreams = ["stdout", "stdin"]', {"out"}),
    ],
)
def test_filter_file(tmp_path: Path, table: str, streams: set[str]) -> None:
    (tmp_path / "filter.toml").write_text(
        f'[meta]\nname = "n"\nversion = 1\n[io]\n{table}\n'
        '[scope]\ndefault_exec = "inherit"\ndefault_value_action = "inherit"\n'
    )
    options = ("--trace-filter", str(tmp_path / "filter.toml"))
    events = events_of(recorded(tmp_path, PIECES, options))
    assert {event.stream for event in events} == streams


# ---- all of it -----------------------------------------------------------------------


def test_a_long_line_is_cut(tmp_path: Path) -> None:
    program = (
        "import sys\nprint('\\U0001f600' * 300_000, flush=True)\n"
        "sys.stdout.buffer.write('\\u20ac'.encode() * 300_000)\n"
    )
    recording = recorded(tmp_path, program)
    events = events_of(recording)
    assert content(events, "out") == recording.outcome.stdout.decode()
    assert max(len(event.content.encode()) for event in events) <= LONGEST
    whole = [event for event in events if event.flags]
    assert [event.flags for event in whole] == [("newline",), ("step_boundary",)]


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    program = "import sys\nsys.stdout.buffer.write(bytes(range(256)) * 100)\n"
    recording = recorded(tmp_path, program)
    written = recording.outcome.stdout.decode(errors="replace")
    assert content(events_of(recording), "out") == written


THREADS = """
import sys, threading
sys.setswitchinterval(1e-6)
def work(number):
    for i in range(30):
        print(number, i, "some text", end=" end\\n")
        print(number, i, "an error", file=sys.stderr)
threads = [threading.Thread(target=work, args=(n,)) for n in range(64)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


LOSES_TEXT = sys.version_info < (3, 12, 4)
"""Whether a text stream itself loses what threads print at the same time."""


@pytest.mark.skipif(LOSES_TEXT, reason="text is lost in the plain run, too")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_threads(tmp_path: Path, unbuffered: str) -> None:
    """Where the stream writes each line, the system decides whose is first."""
    variables = {"PYTHONUNBUFFERED": unbuffered}
    recording = recorded(tmp_path, THREADS, variables=variables)
    events, outcome = events_of(recording), recording.outcome
    assert outcome.status == 0
    out, err = outcome.stdout.decode(), outcome.stderr.decode()
    assert out.count("\n") == err.count("\n") == 64 * 30
    assert unbuffered or content(events, "out") == out
    assert sorted(content(events, "out")) == sorted(out)
    assert sorted(content(events, "err")) == sorted(err)


MEMORY = """import os, sys
line = "x" * 99 + "\\n"
for number in range({count}):
    sys.stdout.write(line * 1000)
with open("/proc/self/status") as status:
    [peak] = (line for line in status if line.startswith("VmHWM"))
print(peak, file=sys.stderr)
"""


@pytest.mark.parametrize("trace_format", FORMATS)
def test_memory_does_not_grow_with_the_output(
    tmp_path: Path, trace_format: str
) -> None:
    """100 kB a round; in a soak a gigabyte."""
    peaks = []
    for count in (20, 10_000 if IS_SOAK else 400):
        recording = recorded(
            tmp_path, MEMORY.format(count=count), trace_format=trace_format
        )
        assert len(recording.outcome.stdout) == count * 100_000
        peaks.append(int(recording.outcome.stderr.split()[1]))
        assert recording.metadata["counts"]["events"] >= count * 1000
        shutil.rmtree(tmp_path / "trace")
    few, many = peaks
    assert many - few < 8 * 1024, f"kB: {peaks}"


# ---- input() on a terminal -----------------------------------------------------------


def recorded_on_a_terminal(
    tmp_path: Path, program: str, *dialogue: tuple[bytes, bytes], status: int = 0
) -> list[Event]:
    case = Case("", program, on_terminal=True, dialogue=dialogue)
    trace = tmp_path / "trace"
    launcher = [sys.executable, "-m", PACKAGE, "--format", "json", "-o", str(trace)]
    outcome = run_case(case, launcher, tmp_path / "work")
    assert outcome.status == status
    return events_of(Recording(trace, Outcome(status, outcome.stdout, b"")))


def prompt(line: int, text: str) -> Event:
    return Event("out", line, text, ("flush",))


def typed(line: int, text: str) -> Event:
    return Event("in", line, text, ("newline", "input"))


def test_input_on_a_terminal(tmp_path: Path) -> None:
    program = 'name = input("name? ")\nprint("hello", name)\n'
    assert recorded_on_a_terminal(tmp_path, program, (b"name? ", b"Bob\n")) == [
        prompt(1, "name? "),
        typed(1, "Bob\n"),
        Event("out", 2, "hello Bob\n", ("newline",)),
    ]


def test_prompts_that_are_no_str(tmp_path: Path) -> None:
    """What they show is the program's secret: asking would run its code."""
    program = """class Text(str):
    def __str__(self): return "other? "
class Plain(str): pass
class Prompt:
    def __str__(self): return "object? "
input(Text("text? "))
input(Prompt())
input(5)
input(Plain("plain? "))
"""
    answers = [(text, b"x\n") for text in (b"other? ", b"object? ", b"5", b"plain? ")]
    assert recorded_on_a_terminal(tmp_path, program, *answers) == [
        *(typed(line, "x\n") for line in (2, 5, 8)),  # the last steps
        prompt(9, "plain? "),
        typed(9, "x\n"),
    ]


def test_prompts_without_an_answer(tmp_path: Path) -> None:
    program = """for text in "\\ud800", "caf\\u00e9? ":
    try: input(text)
    except (ValueError, EOFError): pass
input("last? ")
"""
    dialogue = (("caf\u00e9? ".encode(), b"\x04"), (b"last? ", b"\x03"))
    events = recorded_on_a_terminal(tmp_path, program, *dialogue, status=-2)
    assert events[:2] == [prompt(2, "caf\u00e9? "), prompt(4, "last? ")]
    assert all(event.stream == "err" for event in events[2:])


def test_prompt_before_what_comes_while_it_waits(tmp_path: Path) -> None:
    """The order in which a user sees it."""
    program = """import signal
signal.signal(signal.SIGINT, lambda *_: print("printed"))
input("name? ")
"""
    dialogue = ((b"name? ", b"\x03"), (b"printed", b"Bob\n"))
    events = recorded_on_a_terminal(tmp_path, program, *dialogue)
    assert [event.content for event in events] == ["name? ", "printed\n", "Bob\n"]


# ---- recordings of the API -----------------------------------------------------------


def test_from_start_to_stop(tmp_path: Path) -> None:
    """Methods and handlers made before are seen; what is written outside is not."""
    program = f"""
import io, logging, sys
import {PACKAGE} as recorder
write = sys.stdout.write
write("before\\n")
handler = logging.StreamHandler(sys.stdout)
logging.getLogger().addHandler(handler)
for name in ("first", "second"):
    recorder.start(name, format="json")
    write(name + "\\n")
    logging.error("logged")
    recorder.stop()
    write("between\\n")
sys.stdout = io.StringIO()
recorder.start("third", format="json")
print("kept")
sys.__stdout__.write("third\\n")
recorder.stop()
assert sys.stdout.getvalue() == "kept\\n" and sys.__stdout__.write == write
"""
    (tmp_path / "main.py").write_text(program)
    outcome = run(["main.py"], tmp_path)
    assert (outcome.status, outcome.stderr) == (0, b"")
    said = {
        "first": "first\nlogged\n",
        "second": "second\nlogged\n",
        "third": "third\n",
    }
    assert outcome.stdout.decode() == "before\n" + "between\n".join(said.values())
    for name, text in said.items():
        recording = Recording(tmp_path / name, outcome)
        assert content(events_of(recording), "out") == text


def test_a_file_in_the_place_of_a_stream_that_is_gone(tmp_path: Path) -> None:
    """A stream is known by its address, which another one gets when it has gone."""
    program = """
import sys
place = id(sys.stderr)
print("x", file=sys.stderr)
del sys.stderr, sys.__stderr__
files = [open(f"{number}.txt", "w") for number in range(50)]
for file in files:
    file.write("to a file\\n")
print(place in map(id, files))
"""
    recording = recorded(tmp_path, program)
    assert recording.outcome.stdout == b"True\n"
    assert content(events_of(recording), "err") == "x\n"
