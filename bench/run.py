"""Measures what recording costs: prints a table, writes results beside it.

    run.py [--quick] [--no-peers] [--build DIR] [--limit SECONDS] [--program NAME]...
           [--max-lines N] [PART...]

Run by the python of an environment that has this recorder (`make bench`). Parts:
while, whole, memory, long, keep, start, threads, tape, finish, wait, growth, large;
without any, all but the last two. Results are results.json and, of what was measured,
plots in SVG. Nothing here fails on a slow figure.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import finishing
import growth
import keep_last
import large
import long_run
import memory
import side_by_side
import start_up
import tape_size
import thread_scaling
import waiting
import while_recording
from environment import (
    BENCH,
    Environment,
    EnvironmentFailure,
    prepare,
    venv_python,
)
from subjects import SUBJECTS
from table import Row, Run, describe_machine, print_table, write_results

from codetracer_python_recorder import __version__

PARTS: dict[str, Callable[[Environment], Iterator[Row] | Iterator[Row | Run]]] = {
    "while": while_recording.rows,
    "whole": side_by_side.rows,
    "memory": memory.rows,
    "long": long_run.rows,
    "keep": keep_last.rows,
    "start": start_up.rows,
    "threads": thread_scaling.rows,
    "tape": tape_size.rows,
    "finish": finishing.rows,
    "wait": waiting.rows,
    "growth": growth.rows,
    "large": large.rows,
}
_ONLY_IF_NAMED = {"growth", "large"}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What recording costs.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="a few short rounds")
    parser.add_argument("--no-peers", action="store_true", help="this recorder alone")
    parser.add_argument(
        "--build",
        type=Path,
        default=BENCH.parent / "build" / "bench",
        help="where environments, traces and results go (default: build/bench)",
    )
    parser.add_argument(
        "--limit",
        type=float,
        default=120.0,
        metavar="SECONDS",
        help="how long a recorder may take for one program (default: 120)",
    )
    parser.add_argument(
        "--program",
        action="append",
        default=[],
        choices=[subject.name for subject in SUBJECTS],
        help="compare recorders on this program only; may be repeated",
    )
    parser.add_argument(
        "--max-lines",
        type=float,
        default=1e8,
        metavar="N",
        help="lines of the longest run of the part growth (default: 1e8)",
    )
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return arguments


def _measure(
    parts: list[str], environment: Environment, rows: list[Row | Run]
) -> Iterator[Row | Run]:
    """The rows of the parts as they come, each also kept in `rows`."""
    for name, part in PARTS.items():
        if name in parts or (not parts and name not in _ONLY_IF_NAMED):
            for row in part(environment):
                rows.append(row)
                yield row


def main() -> None:
    """Measure and report."""
    arguments = _arguments()
    build = arguments.build.absolute()
    environment = prepare(
        build,
        quick=arguments.quick,
        with_peers=not arguments.no_peers,
        limit=arguments.limit,
        only=tuple(arguments.program),
        max_lines=int(arguments.max_lines),
    )
    machine = describe_machine(__version__)
    print(", ".join(f"{key} {value}" for key, value in machine.items()), "\n")
    results = build / "results.json"
    rows: list[Row | Run] = []
    try:
        print_table(_measure(arguments.parts, environment, rows))
    finally:
        write_results(results, machine, rows)
    print(f"\n{results}", flush=True)
    _plot(build, results)


def _plot(build: Path, results: Path) -> None:
    """Make the plots; that they cannot be made is no failure of the measurements."""
    try:
        python = venv_python(build, "plot")
    except EnvironmentFailure as error:
        print(f"No plots: {error}", file=sys.stderr)
        return
    subprocess.run([python, BENCH / "plot.py", results, build], check=True)


if __name__ == "__main__":
    main()
