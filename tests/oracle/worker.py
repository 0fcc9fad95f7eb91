"""The process that runs programs under the reference and under the recorder.

    python -m oracle.worker

It reads one JSON object a line, `{"program": …, "trace": …}`, runs the program twice,
each time as a fresh `__main__`, and answers with one line: the reference's events, and
how the program ended and what it printed each time. With `"reference": false` the
first run is plain. Python's cyclic garbage collector runs when the program says so.
"""

import contextlib
import gc
import io
import json
import os
import sys
import types
from pathlib import Path
from typing import Any

from codetracer_python_recorder import start, stop

from .reference import Reference


def run(path: Path) -> tuple[str, str]:
    """Run a program to its end: the name of what it ended with, and its output."""
    module = types.ModuleType("__main__")
    module.__file__ = str(path)
    code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    before = sys.modules["__main__"]
    output = io.StringIO()
    gc.disable()
    sys.modules["__main__"] = module
    try:
        with contextlib.redirect_stdout(output):
            exec(code, module.__dict__)
    except BaseException as error:
        return type(error).__name__, output.getvalue()
    finally:
        sys.modules["__main__"] = before
        gc.enable()
    return "", output.getvalue()


def run_with_reference(path: Path) -> tuple[list[Any], tuple[str, str]]:
    """The reference's events, and the outcome."""
    reference = Reference(path)
    reference.start()
    try:
        outcome = run(path)
    finally:
        reference.stop()
    return reference.events, outcome


def run_recorded(path: Path, trace: Path) -> tuple[str, str]:
    """Record the program's frames from their first line to their last.

    What the run before has left behind has to go first: a generator that dies is code
    of the program.
    """
    gc.collect()
    start(trace, format="json", start_on_enter=path)
    try:
        return run(path)
    finally:
        stop()


def serve() -> None:
    """Answer until there are no more requests."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What dies between the runs may print.
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for line in sys.stdin:
        request = json.loads(line)
        path, trace = Path(request["program"]), Path(request["trace"])
        gc.collect()
        answer: dict[str, Any] = {}
        if request.get("reference", True):
            answer["events"], answer["plain"] = run_with_reference(path)
        else:
            answer["plain"] = run(path)
        answer["recorded"] = run_recorded(path, trace)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve()
