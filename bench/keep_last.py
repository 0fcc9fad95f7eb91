"""What it costs to keep the last part of a recording only, and how large that is."""

import operator
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

from environment import PROGRAMS, Environment
from measure import Process, per_round, run_process
from table import Row

_SIZE = "16M"
_ROUNDS_OF_MIXED = "100"  # a million lines


@dataclass
class _Runs:
    """The rounds of one way to record, and the sizes of their traces in bytes."""

    processes: list[Process] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)

    def seconds(self) -> list[float]:
        return [process.seconds for process in self.processes]


def rows(environment: Environment) -> Iterator[Row]:
    """Time over the plain run and size of the trace, with the option and without."""
    program = [str(PROGRAMS / "mixed.py"), _ROUNDS_OF_MIXED]
    group = f"mixed.py {_ROUNDS_OF_MIXED}, binary: the whole, or --keep-last {_SIZE}"
    plain = []
    runs = {"whole": _Runs(), "last part": _Runs()}
    for _ in range(1 if environment.quick else 3):
        command = environment.ours.plain(program)
        plain.append(run_process(command, environment.environ).seconds)
        _record(environment, program, [], runs["whole"])
        _record(environment, program, ["--keep-last", _SIZE], runs["last part"])
    for name, run in runs.items():
        ratio = per_round(operator.truediv, run.seconds(), plain)
        yield Row(group, f"{name}: over the plain run", "x", ratio)
        size = per_round(operator.mul, run.sizes, [1e-6] * len(run.sizes))
        yield Row(group, f"{name}: trace", "MB", size)


def _record(
    environment: Environment, program: list[str], options: list[str], runs: _Runs
) -> None:
    trace = environment.work / "trace"
    command = environment.ours.record(trace, "binary", program)
    command[3:3] = options
    try:
        runs.processes.append(run_process(command, environment.environ))
        runs.sizes.append((trace / "trace.bin").stat().st_size)
    finally:
        shutil.rmtree(trace, ignore_errors=True)
