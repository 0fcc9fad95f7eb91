"""A long recording: memory over time, the helper's work, the wait at the end."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from environment import PROGRAMS, Environment
from measure import figure
from table import Row, at_most

_LINES, _QUICK_LINES = 50_000_000, 5_000_000
_EXTRA_MB = 30.0
_WAIT_PART = 0.1
_PAUSE = 0.05  # seconds between two looks at the processes
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class _Run:
    """What a run took: seconds of the program and behind its end; resident bytes of its
    process over time; seconds of processor and peak resident bytes of the helper.
    """

    program: float
    wait: float
    resident: list[int]
    helper_seconds: float = 0.0
    helper_peak: int = 0


def rows(environment: Environment) -> Iterator[Row]:
    """The rows of each format."""
    lines = _QUICK_LINES if environment.quick else _LINES
    mark = environment.work / "end"
    program = [str(PROGRAMS / "lines.py"), str(lines), str(mark)]
    plain = _watch(environment.ours.plain(program), environment, mark, None)
    for format in ("binary", "json"):
        group = f"long run: {lines // 1_000_000} million lines, {format}"
        trace = environment.work / "trace"
        command = environment.ours.record(trace, format, program)
        run = _watch(command, environment, mark, trace)
        shutil.rmtree(trace)
        yield from _rows_of(group, run, plain)


def _rows_of(group: str, run: _Run, plain: _Run) -> Iterator[Row]:
    extra = (max(run.resident) - max(plain.resident)) * 1e-6
    first, last = _quarter(run.resident, 1), _quarter(run.resident, 3)
    yield Row(group, "peak over plain", "MB", figure([extra]), at_most(_EXTRA_MB))
    growth = (last - first) * 1e-6
    yield Row(group, "growth, last over first quarter", "MB", figure([growth]))
    ratio = figure([run.program / plain.program])
    yield Row(group, "while it runs, over plain", "x", ratio)
    part = run.wait / run.program
    yield Row(
        group, "wait at the end, of the run", "x", figure([part]), at_most(_WAIT_PART)
    )
    yield Row(group, "helper's processor time", "s", figure([run.helper_seconds]))
    yield Row(group, "helper's peak", "MB", figure([run.helper_peak * 1e-6]))


def _quarter(values: list[int], number: int) -> int:
    return values[len(values) * number // 4]


def _watch(
    command: list[str], environment: Environment, mark: Path, trace: Path | None
) -> _Run:
    """Run the command and look at it, and at the helper of `trace`, now and then."""
    mark.unlink(missing_ok=True)
    started = time.monotonic()
    process = subprocess.Popen(
        command, env=environment.environ, stdin=subprocess.DEVNULL
    )
    run = _Run(0.0, 0.0, [])
    helper: Path | None = None
    while process.poll() is None:
        resident = _resident(Path(f"/proc/{process.pid}"))
        if resident:
            run.resident.append(resident)
        if trace is not None and helper is None:
            helper = _find_helper(trace)
        if helper is not None:
            run.helper_seconds = _processor_seconds(helper) or run.helper_seconds
            run.helper_peak = max(run.helper_peak, _resident(helper))
        time.sleep(_PAUSE)
    end = time.monotonic()
    run.program = float(mark.read_text()) - started
    run.wait = end - float(mark.read_text())
    return run


def _find_helper(trace: Path) -> Path | None:
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[1:3] == [b"--watch", os.fsencode(trace)]:
            return entry
    return None


def _resident(entry: Path) -> int:
    try:
        return int((entry / "statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _processor_seconds(entry: Path) -> float:
    try:
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS if len(fields) > 12 else 0.0
