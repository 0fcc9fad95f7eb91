"""Time, memory and size a line, for runs of ten thousand to a hundred million lines.

Not among the parts that run by default: the longest run takes minutes and 15 GB.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from environment import PROGRAMS, Environment
from measure import figure, run_process
from table import Row

_NONE, _FIRST = 2, 10_000  # lines
_LARGEST = {"json": 100_000_000, "binary": 50_000_000}
_FILES = {"json": "trace.json", "binary": "trace.bin"}


@dataclass(frozen=True)
class _Extra:
    """What a recording adds: seconds, on the clock and of processor, bytes of memory;
    and the bytes of its trace.
    """

    seconds: float
    processor: float
    memory: int
    size: int


def rows(environment: Environment) -> Iterator[Row]:
    """Nanoseconds and bytes a line, and megabytes over the plain run.

    While it runs: processor time. Until the trace is written: on the clock, where it is
    the disk's speed that counts, once the trace is larger than what the kernel keeps.
    What a recording of next to no lines takes, start and end, is not in the time.
    """
    for trace_format, largest in _LARGEST.items():
        shortest = [_record(environment, trace_format, _NONE) for _ in range(3)]
        fixed = min(extra.seconds for extra in shortest)
        fixed_processor = min(extra.processor for extra in shortest)
        lines = _FIRST
        while lines <= min(largest, environment.max_lines):
            extra = _record(environment, trace_format, lines)
            group = f"growth, {trace_format}: {lines} lines"
            nanoseconds = (extra.seconds - fixed) * 1e9
            processor = (extra.processor - fixed_processor) * 1e9
            yield Row(group, "while it runs, a line", "ns", figure([processor / lines]))
            yield Row(
                group, "until the trace, a line", "ns", figure([nanoseconds / lines])
            )
            memory = figure([extra.memory * 1e-6])
            yield Row(group, "memory over plain", "MB", memory)
            yield Row(group, "trace, a line", "B", figure([extra.size / lines]))
            lines = largest if lines < largest < lines * 10 else lines * 10


def _record(environment: Environment, trace_format: str, lines: int) -> _Extra:
    trace = environment.work / "trace"
    program = [str(PROGRAMS / "lines.py"), str(lines), str(environment.work / "end")]
    plain = run_process(environment.ours.plain(program), environment.environ)
    command = environment.ours.record(trace, trace_format, program)
    try:
        recorded = run_process(command, environment.environ)
        size = (trace / _FILES[trace_format]).stat().st_size
    finally:
        shutil.rmtree(trace, ignore_errors=True)
    return _Extra(
        recorded.seconds - plain.seconds,
        recorded.processor - plain.processor,
        recorded.peak_bytes - plain.peak_bytes,
        size,
    )
