"""How long a user waits: from the end of the program to the trace, by what it ran."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator

from environment import BENCH, PROGRAMS, Environment
from measure import figure
from table import Row, at_most

_PROGRAMS = (
    ("pygments_highlight.py", "1"),
    ("pygments_highlight.py", "4"),
    ("mistune_sqlparse.py", "4"),
    ("mixed.py", "20"),
)
_TARGET = 0.1
_ROUNDS, _QUICK_ROUNDS = 7, 3


def rows(environment: Environment) -> Iterator[Row]:
    """The wait beyond that of the plain program, by the time that it ran recorded."""
    rounds = _QUICK_ROUNDS if environment.quick else _ROUNDS
    trace = environment.work / "trace"
    for script, argument in _PROGRAMS:
        for trace_format in ("binary", "json"):
            program = [str(PROGRAMS / script), argument]
            parts = []
            for _ in range(rounds):
                _, plain = _run(environment, environment.ours.plain, program)

                def record(marked: list[str], to: str = trace_format) -> list[str]:
                    return environment.ours.record(trace, to, marked)

                run, wait = _run(environment, record, program)
                shutil.rmtree(trace)
                parts.append(max(wait - plain, 0) / run)
            subject = f"{trace_format}: {script} {argument}"
            target = at_most(_TARGET)
            yield Row(
                "wait at the end, of the run", subject, "x", figure(parts), target
            )


def _run(
    environment: Environment,
    command: Callable[[list[str]], list[str]],
    program: list[str],
) -> tuple[float, float]:
    """Seconds that the program ran, and from its end to that of its process."""
    mark = environment.work / "mark"
    subprocess.run(
        command([str(BENCH / "marked_program.py"), str(mark), *program]),
        env=environment.environ,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    end = time.monotonic()
    began, ended = map(float, mark.read_text().split())
    return ended - began, end - ended
