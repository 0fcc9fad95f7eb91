"""Time, memory and size a line, for runs of ten thousand to a hundred million lines.

Not among the parts that run by default: the longest run takes minutes and 15 GB.
"""

import shutil
from collections.abc import Iterator

from environment import PROGRAMS, Environment
from measure import figure, run_process
from table import Row

_FIRST = 10_000
_LARGEST = {"json": 100_000_000, "binary": 50_000_000}
_FILES = {"json": "trace.json", "binary": "trace.bin"}


def rows(environment: Environment) -> Iterator[Row]:
    """Nanoseconds and bytes a line, and megabytes over the plain run."""
    trace = environment.work / "trace"
    mark = environment.work / "end"
    for trace_format, largest in _LARGEST.items():
        lines = _FIRST
        while lines <= largest and lines <= environment.max_lines:
            program = [str(PROGRAMS / "lines.py"), str(lines), str(mark)]
            command = environment.ours.plain(program)
            plain = run_process(command, environment.environ)
            command = environment.ours.record(trace, trace_format, program)
            try:
                recorded = run_process(command, environment.environ)
                size = (trace / _FILES[trace_format]).stat().st_size
            finally:
                shutil.rmtree(trace, ignore_errors=True)
            group = f"growth, {trace_format}: {lines} lines"
            seconds = recorded.seconds - plain.seconds
            yield Row(group, "time, a line", "ns", figure([seconds * 1e9 / lines]))
            extra = recorded.peak_bytes - plain.peak_bytes
            yield Row(group, "memory over plain", "MB", figure([extra * 1e-6]))
            yield Row(group, "trace, a line", "B", figure([size / lines]))
            lines = largest if lines < largest < lines * 10 else lines * 10
