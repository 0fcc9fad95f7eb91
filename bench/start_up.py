"""What a recording adds to a process that does nothing: import, start, command line."""

import operator
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from environment import BENCH, Environment
from measure import figure, per_round, run_process
from table import Row, at_most

_GROUP = "a program that does nothing"
_TARGET = 10.0  # milliseconds of import and start
_ROUNDS, _QUICK_ROUNDS = 25, 5
_PROGRAM = BENCH / "start_up_program.py"


def rows(environment: Environment) -> Iterator[Row]:
    """Milliseconds of import and start in the process, and over the plain process."""
    trace = environment.work / "trace"
    nothing = environment.work / "nothing.py"
    nothing.write_text("")
    program = [str(nothing)]
    imported, started, plain, api, command_line = [], [], [], [], []
    for _ in range(_QUICK_ROUNDS if environment.quick else _ROUNDS):
        first, second = _inside(environment, trace)
        imported.append(first)
        started.append(second)
        plain.append(_milliseconds(environment, environment.ours.plain(program)))
        api.append(
            _milliseconds(
                environment, environment.ours.plain([str(_PROGRAM), str(trace)])
            )
        )
        shutil.rmtree(trace)
        command = environment.ours.record(trace, "binary", program)
        command_line.append(_milliseconds(environment, command))
        shutil.rmtree(trace)
    yield Row(_GROUP, "import", "ms", figure(imported))
    both = per_round(operator.add, imported, started)
    yield Row(_GROUP, "import and start", "ms", both, at_most(_TARGET))
    yield Row(_GROUP, "plain, whole process", "ms", figure(plain))
    extra = per_round(operator.sub, api, plain)
    yield Row(_GROUP, "import, start and stop, over plain", "ms", extra)
    extra = per_round(operator.sub, command_line, plain)
    yield Row(_GROUP, "command line, over plain", "ms", extra)


def _inside(environment: Environment, trace: Path) -> tuple[float, float]:
    done = subprocess.run(
        environment.ours.plain([str(_PROGRAM), str(trace)]),
        env=environment.environ,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    shutil.rmtree(trace)
    first, second = done.stdout.split()
    return float(first), float(second)


def _milliseconds(environment: Environment, command: list[str]) -> float:
    return run_process(command, environment.environ).seconds * 1e3
