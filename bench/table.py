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

    def heading(self) -> str:
        """What stands above the rows of a group."""
        return self.group

    def line(self) -> str:
        """The row as it is printed."""
        if self.figure is None:
            return f"  {self.subject:<50} failed: {self.failure}"
        numbers = self.figure.median, self.figure.minimum, self.figure.maximum
        median, minimum, maximum = map(_number, numbers)
        verdict = {None: "", True: "met", False: "MISSED"}[self.is_met()]
        target = str(self.target or "")
        return (
            f"  {self.subject:<50} {median:>8} {self.unit:<4} {minimum:>9} "
            f"{maximum:>9} {self.figure.rounds:>6}  {target:<7} {verdict}"
        ).rstrip()


@dataclass(frozen=True)
class Run:
    """A program under a recorder, whole process; in `failure` why there are no figures.

    group: the program. subject: the recorder, or `plain`. captures: what it keeps.
    ratio: times the plain run of the same round. peak_mb: megabytes. size: the trace's
    bytes.
    """

    group: str
    subject: str
    captures: str
    seconds: Figure | None = None
    ratio: Figure | None = None
    peak_mb: Figure | None = None
    size: int | None = None
    failure: str = ""

    def failed(self, why: str) -> "Run":
        """The same without figures."""
        return Run(self.group, self.subject, self.captures, failure=why)

    def heading(self) -> str:
        """What stands above the runs of a program."""
        columns = ("s", "min", "max", "rounds", "x plain", "peak MB", "trace MB")
        return f"{self.group:<23}" + "".join(f"{column:>9}" for column in columns)

    def line(self) -> str:
        """The run as it is printed."""
        if self.seconds is None or self.ratio is None or self.peak_mb is None:
            return f"  {self.subject:<21} {self.failure}"
        columns = (
            _number(self.seconds.median),
            _number(self.seconds.minimum),
            _number(self.seconds.maximum),
            str(self.seconds.rounds),
            _number(self.ratio.median),
            _number(self.peak_mb.median),
            _number((self.size or 0) * 1e-6),
        )
        numbers = "".join(f"{column:>9}" for column in columns)
        return f"  {self.subject:<21}{numbers}  {self.captures}".rstrip()


_HEADINGS = ("", "median", "min", "max", "rounds", "target", "")


def print_table(rows: Iterable[Row | Run]) -> None:
    """Print the rows under a line for each group."""
    group = None
    print("{:<52} {:>13} {:>9} {:>9} {:>6}  {:<7} {}".format(*_HEADINGS))
    for row in rows:
        if row.group != group:
            group = row.group
            print(f"\n{row.heading()}")
        print(row.line(), flush=True)


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


def write_results(path: Path, machine: dict[str, str], rows: list[Row | Run]) -> None:
    """Write what was measured as JSON.

    `machine` says where and when, `runs` holds whole processes side by side, `rows` all
    other figures, as they are printed.
    """
    runs = [asdict(row) for row in rows if isinstance(row, Run)]
    figures = [
        {**asdict(row), "met": row.is_met()} for row in rows if isinstance(row, Row)
    ]
    text = json.dumps({"machine": machine, "runs": runs, "rows": figures}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
