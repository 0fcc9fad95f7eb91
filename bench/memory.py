"""Peak memory over the plain run, for ever longer programs."""

import operator
import shutil
from collections.abc import Iterator

from environment import PROGRAMS, Environment
from measure import per_round, run_process
from table import Row, at_most

_GROUP = "peak memory over the plain run"
_TARGET_MB = 30.0


def rows(environment: Environment) -> Iterator[Row]:
    """The extra megabytes for each length and format."""
    rounds = 1 if environment.quick else 3
    trace = environment.work / "trace"
    for length in ("5", "20", "80"):
        program = [str(PROGRAMS / "mixed.py"), length]
        for format in ("binary", "json"):
            plain, recorded = [], []
            for _ in range(rounds):
                command = environment.ours.plain(program)
                plain.append(run_process(command, environment.environ).peak_bytes)
                command = environment.ours.record(trace, format, program)
                recorded.append(run_process(command, environment.environ).peak_bytes)
                shutil.rmtree(trace)
            extra = per_round(operator.sub, recorded, plain).scaled(1e-6)
            subject = f"{format}: mixed.py {length}"
            yield Row(_GROUP, subject, "MB", extra, at_most(_TARGET_MB))
