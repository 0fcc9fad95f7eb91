"""instructions_program.py DIR: the program that bench/instructions.py counts.

Runs each kind of event plain and recorded, a short and a long run each, with marks
between. Its last line of output says as JSON the kinds, and how many more events the
long run makes; what some of them print comes before.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from programs import events

from codetracer_python_recorder import start, stop

_SHORT, _LONG = 200, 1200


def _module_loop() -> Callable[[int], object]:
    path = Path(__file__).parent / "programs" / "module_loop.py"
    code = compile(path.read_text(), path, "exec")
    return lambda rounds: exec(code, {"__name__": "module_loop", "rounds": rounds})


def _skipped() -> Callable[[int], object]:
    """A function that belongs to no file, and is not recorded."""
    source = "def skipped(n):\n    while n:\n        n -= 1\n        leaf(n)\n"
    source += "def leaf(n):\n    return n\n"
    return _without_file(source)


def _printing(arguments: str) -> Callable[[int], object]:
    """A function that prints, and is not recorded itself.

    It flushes often: how many instructions the stream's list of waiting texts takes to
    grow depends on what else is on the heap.
    """
    source = "import sys\ndef skipped(n):\n    while n:\n        n -= 1\n"
    source += f"        print({arguments})\n        n & 15 or sys.stdout.flush()\n"
    return _without_file(source)


def _without_file(source: str) -> Callable[[int], object]:
    namespace: dict[str, Callable[[int], object]] = {}
    exec(source, namespace)
    return namespace["skipped"]


# What is counted, its function of a number of rounds, and its events a round.
KINDS = (
    ("line, 2 scalar locals, one changed", events.two_locals, 9),
    ("line, an int of 41 bits that changes", events.wide_int, 9),
    ("line, 7 locals, two changed", events.seven_locals, 15),
    ("call, line and return with one argument", events.calls, 32),
    ("line, a list of 30 ints, unchanged", events.list_unchanged, 2),
    ("line, a text that changes", events.text_changes, 3),
    ("line, one of 17 counts in a dict that changes", events.count_changes, 3),
    ("line of a module with 50 names, one changed", _module_loop(), 10),
    ("line with a call, a list of 10**6 ints, unchanged", events.million_ints, 2),
    ("line with a call, self with 200 linked attributes", events.many_attributes, 2),
    ("line with a call, a tree of 1023 dicts, unchanged", events.large_tree, 2),
    ("line, a table of 50 rows in a dict that changes", events.changing_table, 3),
    ("line with a harmless call, the same", events.harmless_call, 3),
    ("skipped code, a call of two lines", _skipped(), 1),
    ("print of one value", _printing("n"), 1),
    ("print of two values", _printing('n, "some text"'), 1),
)


def _measure(run: Callable[[int], object]) -> None:
    """A short and a long run, each between two marks; adapted code to begin with.

    The numbers are there to have every second block of Python's memory free around
    those that the runs take: a run at whose lines the last block of a page comes and
    goes costs more than one that stays within its page.
    """
    numbers = list(range(10_000, 20_000))
    del numbers[::2]
    run(_SHORT)
    os.getppid()
    run(_SHORT)
    os.getppid()
    run(_LONG)
    os.getppid()


def _main(directory: Path) -> None:
    for _, run, _ in KINDS:
        _measure(run)
        start(directory / "trace", format="binary")
        _measure(run)
        stop()
    listed = [(kind, (_LONG - _SHORT) * each) for kind, _, each in KINDS]
    print(json.dumps(listed))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
