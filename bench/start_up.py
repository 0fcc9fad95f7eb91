"""What a recording adds to a process that does nothing: import, start, command line.

The target is for processor time; wall time depends on what else the machine does.
"""

import operator
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from environment import BENCH, Environment
from measure import figure, per_round, run_process
from table import Row, at_most

_GROUP = "a program that does nothing"
_TARGET = 10.0  # milliseconds
_ROUNDS, _QUICK_ROUNDS = 25, 5
_PROGRAM = BENCH / "start_up_program.py"


def rows(environment: Environment) -> Iterator[Row]:
    """Milliseconds of import and start in the process, and of whole processes."""
    trace = environment.work / "trace"
    nothing = environment.work / "nothing.py"
    nothing.write_text("")
    own = environment.ours
    commands = {
        "plain": own.plain([str(nothing)]),
        "import, start and stop": own.plain([str(_PROGRAM), str(trace)]),
        "command line": own.record(trace, "binary", [str(nothing)]),
    }
    inside = []
    whole: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(_QUICK_ROUNDS if environment.quick else _ROUNDS):
        inside.append(_inside(environment, trace))
        for name, command in commands.items():
            seconds = run_process(command, environment.environ).seconds
            whole[name].append(seconds * 1e3)
            shutil.rmtree(trace, ignore_errors=True)
    imported, both, clock = (figure(values) for values in zip(*inside, strict=True))
    yield Row(_GROUP, "import", "ms", imported)
    yield Row(_GROUP, "import and start", "ms", both, at_most(_TARGET))
    yield Row(_GROUP, "import and start, wall time", "ms", clock)
    plain = whole.pop("plain")
    yield Row(_GROUP, "plain, whole process", "ms", figure(plain))
    for name, milliseconds in whole.items():
        extra = per_round(operator.sub, milliseconds, plain)
        yield Row(_GROUP, f"{name}, over plain", "ms", extra)


def _inside(environment: Environment, trace: Path) -> list[float]:
    """What the program says of itself."""
    done = subprocess.run(
        environment.ours.plain([str(_PROGRAM), str(trace)]),
        env=environment.environ,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    shutil.rmtree(trace)
    return [float(word) for word in done.stdout.split()]
