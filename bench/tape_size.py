"""Bytes on the tape for each step of a recording."""

import shutil
import subprocess
from collections.abc import Iterator

from environment import BENCH, PROGRAMS, Environment
from measure import figure, run_process
from steps import count_steps
from table import Row, at_most

_GROUP = "bytes on the tape"
_PROGRAMS = (
    ("mixed.py", "20", at_most(40)),
    ("pygments_highlight.py", "1", None),
    ("mistune_sqlparse.py", "2", None),
)


def rows(environment: Environment) -> Iterator[Row]:
    """The bytes a step for each program."""
    trace = environment.work / "trace"
    for script, argument, target in _PROGRAMS:
        program = [str(PROGRAMS / script), argument]
        run_process(
            environment.ours.record(trace, "json", program), environment.environ
        )
        steps = count_steps(trace / "trace.json")
        shutil.rmtree(trace)
        helper = [
            str(environment.ours.python),
            str(BENCH / "tape_program.py"),
            str(trace),
        ]
        done = subprocess.run(
            helper + program,
            env=environment.environ,
            check=True,
            stdout=subprocess.PIPE,
        )
        shutil.rmtree(trace)
        size = figure([int(done.stdout) / steps])
        yield Row(_GROUP, f"{script} {argument}, a step", "B", size, target)
