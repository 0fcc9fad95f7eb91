"""Figures over rounds, and child processes measured from outside.

Every figure is made of rounds taken in turns with what it is compared to, in one run:
on a busy machine single times mean little, ratios of neighbours do.
"""

import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_CHILD = Path(__file__).with_name("child.py")


@dataclass(frozen=True)
class Figure:
    """A quantity over the rounds of one run."""

    median: float
    minimum: float
    maximum: float
    rounds: int

    def scaled(self, factor: float) -> "Figure":
        """The same in another unit."""
        return Figure(
            self.median * factor,
            self.minimum * factor,
            self.maximum * factor,
            self.rounds,
        )


def figure(values: Iterable[float]) -> Figure:
    """The figure of one value a round; ValueError without any."""
    rounds = list(values)
    return Figure(statistics.median(rounds), min(rounds), max(rounds), len(rounds))


def per_round(
    combine: Callable[[float, float], float],
    left: Sequence[float],
    right: Sequence[float],
) -> Figure:
    """The figure of `combine(left, right)` round by round."""
    return figure(combine(a, b) for a, b in zip(left, right, strict=True))


@dataclass(frozen=True)
class Process:
    """What a child process took: wall time and processor time in seconds, peak resident
    set in bytes. With its children, but not with a helper, which nobody waits for.
    """

    seconds: float
    processor: float
    peak_bytes: int


class ChildError(Exception):
    """The child process failed; the text is the last thing it said."""


class OverLimitError(ChildError):
    """The child process took longer than it may, and was ended with its children."""


def run_process(
    command: Sequence[str],
    environ: dict[str, str],
    limit: float | None = None,
    directory: Path | None = None,
) -> Process:
    """Run a command to its end, its output discarded; ChildError when it fails.

    limit: the seconds it may take. directory: where it runs, if not in this one's. It
    is started by a small process, not by this one: Linux counts the memory of the
    process that forks into the peak of the forked one.
    """
    launcher = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_CHILD), *command],
        env=environ,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, errors = launcher.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        raise OverLimitError(f"over {limit:g} s") from None
    finally:
        if launcher.poll() is None:
            os.killpg(launcher.pid, signal.SIGKILL)
            launcher.communicate()
    if launcher.returncode:
        said = errors.strip().splitlines() or [f"exit status {launcher.returncode}"]
        raise ChildError(said[-1][:200])
    seconds, processor, peak = output.split()
    return Process(float(seconds), float(processor), int(peak))
