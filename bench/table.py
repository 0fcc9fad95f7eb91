"""The table of a run, and the same in machine-readable form."""

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from measure import Figure


@dataclass(frozen=True)
class Target:
    """What a figure ought to be: at most or at least `value`."""

    sense: str
    value: float

    def __str__(self) -> str:
        return f"{self.sense} {_number(self.value)}"

    def is_met(self, value: float) -> bool:
        """Whether a median reaches the target."""
        return value <= self.value if self.sense == "≤" else value >= self.value


def at_most(value: float) -> Target:
    """The target of a cost."""
    return Target("≤", value)


def at_least(value: float) -> Target:
    """The target of a gain."""
    return Target("≥", value)


@dataclass(frozen=True)
class Row:
    """One line of the table: a figure, or in `failure` why there is none.

    group: what was measured, e.g. `while recording`. subject: of what. unit: of the
    figure; `x` for a ratio.
    """

    group: str
    subject: str
    unit: str
    figure: Figure | None
    target: Target | None = None
    failure: str = ""

    def is_met(self) -> bool | None:
        """Whether the target is reached; None without a target or a figure."""
        if self.target is None or self.figure is None:
            return None
        return self.target.is_met(self.figure.median)


_HEADINGS = ("", "median", "min", "max", "rounds", "target", "")


def print_table(rows: Iterable[Row]) -> None:
    """Print the rows under a line for each group."""
    group = None
    print("{:<52} {:>13} {:>9} {:>9} {:>6}  {:<7} {}".format(*_HEADINGS))
    for row in rows:
        if row.group != group:
            group = row.group
            print(f"\n{group}")
        print(_line(row), flush=True)


def _line(row: Row) -> str:
    if row.figure is None:
        return f"  {row.subject:<50} failed: {row.failure}"
    numbers = row.figure.median, row.figure.minimum, row.figure.maximum
    median, minimum, maximum = map(_number, numbers)
    verdict = {None: "", True: "met", False: "MISSED"}[row.is_met()]
    target = str(row.target or "")
    return (
        f"  {row.subject:<50} {median:>8} {row.unit:<4} {minimum:>9} {maximum:>9} "
        f"{row.figure.rounds:>6}  {target:<7} {verdict}"
    ).rstrip()


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def describe_machine(version: str) -> dict[str, str]:
    """Where and when: interpreter, processor, load (1 minute), date, our version."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "processor": _processor(),
        "cpus": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
        "recorder": version,
    }


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        text = ""
    for line in text.splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def write_results(path: Path, machine: dict[str, str], rows: list[Row]) -> None:
    """Write the run as JSON: `machine`, and `rows` as they are printed."""
    listed = [{**asdict(row), "met": row.is_met()} for row in rows]
    text = json.dumps({"machine": machine, "rows": listed}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
