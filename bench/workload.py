"""workload.py NAME ROUNDS TRACE: a process that measures one piece of work in itself.

Prints as JSON what ROUNDS runs took plain and recorded, in turns, starting and
finishing the recording not included: pairs of seconds on the clock and seconds of
processor time; and how many events one run makes.
"""

import json
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

from programs import mixed, threads

from codetracer_python_recorder import start, stop

_MARKDOWN = """# Title

Some *text* with **bold** and `code`.

- a
- b

| a | b |
|---|---|
| 1 | 2 |

"""
_STATEMENT = "select a,b from t where x=1 and y in (select z from q)"


def _fib() -> None:
    for _ in range(10):
        mixed.fib(20)


def _pygments() -> None:
    """Highlights a file of 190 lines."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    source = Path(mixed.__file__).read_text() * 3
    highlight(source, PythonLexer(), HtmlFormatter())


def _mistune() -> None:
    """Renders Markdown and formats a statement."""
    import mistune
    import sqlparse

    mistune.html(_MARKDOWN * 10)
    sqlparse.format(_STATEMENT, reindent=True)


WORK: dict[str, Callable[[], object]] = {
    "mixed.main(20)": lambda: mixed.main(20),
    "fib(20)": _fib,
    "loop(100,000)": lambda: mixed.loop(100_000),
    "loop(1,000,000)": lambda: mixed.loop(1_000_000),
    "Pygments": _pygments,
    "mistune, sqlparse": _mistune,
    **{f"threads({n})": partial(threads.run, n, 100_000) for n in (1, 2, 4, 8)},
}


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    clock, processor = perf_counter(), process_time()
    work()
    return perf_counter() - clock, process_time() - processor


def _count_events(work: Callable[[], object]) -> int:
    """How often sys.monitoring reports what a recorder must record."""
    monitoring = sys.monitoring
    count = 0

    def callback(*_: object) -> None:
        nonlocal count
        count += 1

    kinds = monitoring.events
    recorded = (kinds.LINE, kinds.PY_START, kinds.PY_RETURN, kinds.PY_YIELD)
    tool = monitoring.PROFILER_ID
    monitoring.use_tool_id(tool, "count")
    for kind in recorded:
        monitoring.register_callback(tool, kind, callback)
    monitoring.set_events(tool, sum(recorded))
    work()
    monitoring.set_events(tool, 0)
    monitoring.free_tool_id(tool)
    return count


def _main(name: str, rounds: int, trace: Path) -> None:
    work = WORK[name]
    plain, recorded = [], []
    work()
    for _ in range(rounds):
        plain.append(_seconds(work))
        start(trace, format="binary")
        recorded.append(_seconds(work))
        stop()
        shutil.rmtree(trace)
    events = _count_events(work)
    print(json.dumps({"plain": plain, "recorded": recorded, "events": events}))


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
