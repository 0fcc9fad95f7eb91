"""workload.py NAME ROUNDS TRACE: a process that measures one piece of work in itself.

Prints as JSON what a run took, in ROUNDS that take turns: plain, the first one of a
recording, and recorded, starting and finishing the recording not included: pairs of
seconds on the clock and seconds of processor time; and how many events one run makes.
What code costs once is in the first run. Plain and recorded are those of a loop of
runs, as long as pyperf would calibrate it but for the gigabytes of trace it would make.
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


_LEAST = 0.02  # seconds of a plain loop


def _seconds(work: Callable[[], object], loops: int = 1) -> tuple[float, float]:
    """What a run takes, of as many."""
    clock, processor = perf_counter(), process_time()
    for _ in range(loops):
        work()
    seconds = perf_counter() - clock, process_time() - processor
    return seconds[0] / loops, seconds[1] / loops


def _calibrate(work: Callable[[], object]) -> int:
    """How many runs a loop needs."""
    loops = 1
    while _seconds(work, loops)[1] * loops < _LEAST:
        loops *= 2
    return loops


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
    plain, first, recorded = [], [], []
    work()
    loops = _calibrate(work)
    for _ in range(rounds):
        plain.append(_seconds(work, loops))
        start(trace, format="binary")
        first.append(_seconds(work))
        recorded.append(_seconds(work, loops))
        stop()
        shutil.rmtree(trace)
    figures = {"plain": plain, "first": first, "recorded": recorded}
    print(json.dumps(figures | {"events": _count_events(work)}))


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
