"""Instructions a recorded event costs, counted by callgrind.

    instructions.py [--update] [--budget FILE]

Run by the python of an environment that has this recorder; needs valgrind. Counts do
not depend on the machine's load, so they can be kept: instructions.json holds the
budget for each minor version of CPython, `--update` writes it. A kind of event that
costs over 3 % (and one instruction) more makes the exit status 1, unless the budget was
counted with another build of that version: then there is nothing to compare with.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

_BENCH = Path(__file__).resolve().parent
_ALLOWED_GROWTH = 1.03
_ALLOWED_INSTRUCTIONS = 1.0
_TOTALS = re.compile(r"^totals: (\d+)$", re.MULTILINE)
_PLAIN_AND_RECORDED = 2
_STACK_START = 4096  # characters of the words of command and environment

# Callgrind writes and clears its counters whenever the program enters this function
# of the C library, which nothing else calls: the mark between two measurements.
_MARK = "getppid"


def count(python: Path) -> dict[str, float]:
    """Extra instructions an event for each kind; SystemExit when they cannot be had.

    Each kind is run plain and recorded, for two numbers of rounds; what is left of
    the four counts after subtracting is neither start-up nor the program's own work.
    """
    if shutil.which("valgrind") is None:
        raise SystemExit("Counting instructions needs valgrind.")
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory) / "callgrind.out"
        said = run_counted(python, "instructions_program.py", directory, output)
        parts = part_totals(output)
        kinds = json.loads(said.splitlines()[-1])
        return {kind: _extra(parts, events) for kind, events in kinds}


def run_counted(python: Path, program: str, directory: str, output: Path) -> str:
    """Run a program of this folder under callgrind; what it prints."""
    command = ["valgrind", "--tool=callgrind", f"--dump-before={_MARK}"]
    command += [f"--callgrind-out-file={output}", str(python)]
    command += [str(_BENCH / program), directory]
    done = subprocess.run(
        command,
        env=_environment(command),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


def _environment(command: list[str]) -> dict[str, str]:
    """What makes the counts the same on every machine and in every folder.

    The padding has the stack begin where it always does: how many instructions copying
    takes depends on how the bytes are aligned.
    """
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONHASHSEED": "0",
        # By itself valgrind has Python use malloc, whose costs depend on what else is
        # on the heap.
        "PYTHONMALLOC": "pymalloc",
    }
    words = [*command, command[0], *environment.values()]
    environment["PADDING"] = "-" * (_STACK_START - sum(map(len, words)))
    return environment


def part_totals(output: Path) -> Iterator[int]:
    """The instructions between one mark and the next, those before the first left out.

    A part ends where the mark is entered, so that a measurement between two marks is
    the part that the second one ends.
    """
    number = 1
    while (part := output.with_name(f"{output.name}.{number}")).exists():
        match = _TOTALS.search(part.read_text())
        assert match is not None
        yield int(match[1])
        number += 1


def _extra(parts: Iterator[int], events: int) -> float:
    """What recording adds to one event.

    The parts are, for the plain and for the recorded run: what came before, the short
    run, the long run. `events` is how many more events the long run makes.
    """
    differences = []
    for _ in range(_PLAIN_AND_RECORDED):
        _, short, long = next(parts), next(parts), next(parts)
        differences.append(long - short)
    plain, recorded = differences
    return (recorded - plain) / events


def _interpreter() -> str:
    """The build of the interpreter, of whose instructions a good part is."""
    return f"{platform.python_version()}, {platform.python_compiler()}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Instructions of recorded events.")
    parser.add_argument("--update", action="store_true", help="write the budget")
    parser.add_argument(
        "--budget",
        type=Path,
        default=_BENCH / "instructions.json",
        metavar="FILE",
        help="where it is (default: bench/instructions.json)",
    )
    return parser.parse_args()


def _report(counts: dict[str, float], budget: dict[str, float]) -> bool:
    """Print the counts beside the budget; whether one is over it."""
    is_over = False
    for kind, value in counts.items():
        allowed = budget.get(kind)
        line = f"  {kind:<52} {value:>8.1f}"
        if allowed is not None:
            line += f"   budget {allowed:>8.1f}"
            if value > max(allowed * _ALLOWED_GROWTH, allowed + _ALLOWED_INSTRUCTIONS):
                line += "   OVER"
                is_over = True
        print(line)
    return is_over


def main() -> int:
    """Count, compare with the budget, report; the exit status."""
    arguments = _arguments()
    version = ".".join(platform.python_version_tuple()[:2])
    path: Path = arguments.budget
    budgets = json.loads(path.read_text()) if path.exists() else {}
    budget = budgets.get(version, {"interpreter": "no interpreter", "events": {}})
    counts = count(Path(sys.executable))
    print(f"instructions an event, CPython {_interpreter()}")
    is_over = _report(counts, budget["events"])
    if arguments.update:
        events = {kind: round(value, 1) + 0.0 for kind, value in counts.items()}
        budgets[version] = {"interpreter": _interpreter(), "events": events}
        path.write_text(json.dumps(budgets, indent=2, sort_keys=True) + "\n")
        return 0
    if budget["interpreter"] != _interpreter():
        print(f"Not compared: the budget is that of {budget['interpreter']}.")
        return 0
    if is_over:
        print("Make it cheaper, or change the budget in the same commit: --update.")
    return 1 if is_over else 0


if __name__ == "__main__":
    sys.exit(main())
