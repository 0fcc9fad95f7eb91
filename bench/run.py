"""Measures what recording costs: prints a table, writes results.json beside it.

    run.py [--quick] [--no-peers] [--build DIR] [PART...]

Run by the python of an environment that has this recorder (`make bench`). Parts:
while, whole, memory, long, tape, finish, wait, large; without any, all but the last.
Nothing here fails on a slow figure.
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import finishing
import large
import long_run
import memory
import tape_size
import waiting
import while_recording
import whole_process
from environment import BENCH, Environment, prepare
from table import Row, describe_machine, print_table, write_results

from codetracer_python_recorder import __version__

PARTS: dict[str, Callable[[Environment], Iterator[Row]]] = {
    "while": while_recording.rows,
    "whole": whole_process.rows,
    "memory": memory.rows,
    "long": long_run.rows,
    "tape": tape_size.rows,
    "finish": finishing.rows,
    "wait": waiting.rows,
    "large": large.rows,
}
_ONLY_IF_NAMED = {"large"}


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
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return arguments


def _measure(
    parts: list[str], environment: Environment, rows: list[Row]
) -> Iterator[Row]:
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
    environment = prepare(build, arguments.quick, not arguments.no_peers)
    machine = describe_machine(__version__)
    print(", ".join(f"{key} {value}" for key, value in machine.items()), "\n")
    rows: list[Row] = []
    print_table(_measure(arguments.parts, environment, rows))
    results = build / "results.json"
    write_results(results, machine, rows)
    print(f"\n{results}")


if __name__ == "__main__":
    main()
