"""Instructions that trace filters cost, counted by callgrind.

    filters.py

Run by the python of an environment that has this recorder; needs valgrind. Events
under long chains of rules are compared with the same events under the built-in filter
alone: over 3 % more makes the exit status 1. Also what a rule costs at the start, and
a module of 5,000 functions of which 90 % are skipped: calls of those alone may cost 5 %
more than in the plain run.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from instructions import part_totals, run_counted

_ALLOWED_GROWTH = 1.03
_ALLOWED_SKIPPED = 1.05  # of the plain run
_SKIPPED = 0.9  # of the functions of the module of many


def _count() -> dict[str, tuple[int, int]]:
    """Instructions and number of events of each part that has a name."""
    if shutil.which("valgrind") is None:
        raise SystemExit("Counting instructions needs valgrind.")
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory) / "callgrind.out"
        said = run_counted(
            Path(sys.executable), "filters_program.py", directory, output
        )
        names = json.loads(said)
        totals = list(part_totals(output))
    # The first part began with the interpreter, and has no number among the totals.
    counted = zip(names, totals, strict=False)
    return {name: (total, count) for (name, count), total in counted if name}


def _per_event(parts: dict[str, tuple[int, int]], label: str, kind: str) -> float:
    short, _ = parts[f"{label}|{kind}|short"]
    long, events = parts[f"{label}|{kind}|long"]
    return (long - short) / events


def main() -> int:
    """Count and report; the exit status."""
    parts = _count()
    labels = [name.split("|")[1] for name in parts if name.startswith("start|")]
    kinds = [name.split("|")[1] for name in parts if name.startswith("plain|")][::2]
    base, _ = parts["start|built-in"]
    is_over = False
    for kind in kinds:
        plain = _per_event(parts, "plain", kind)
        usual = _per_event(parts, "built-in", kind) - plain
        print(f"{kind}: {usual:.1f} instructions under the built-in filter")
        for label in labels[1:]:
            own = _per_event(parts, label, kind) - plain
            is_over |= own > usual * _ALLOWED_GROWTH
            print(f"  {label:<20} {own:>8.1f}  {own / usual - 1:>+7.1%}")
    print(f"start under the built-in filter: {base / 1e6:.1f} million instructions")
    for label in labels[1:]:
        total, rules = parts[f"start|{label}"]
        print(f"  {label:<20} {(total - base) / rules / 1e3:>8.1f} thousand a rule")
    plain_calls, functions = parts["many|plain"]
    later, _ = parts["many|later"]
    first, _ = parts["many|first"]
    recorded = functions * (1 - _SKIPPED)
    print(
        f"{functions} functions, {_SKIPPED:.0%} skipped: "
        f"{(first - plain_calls) / functions / 1e3:.1f} thousand instructions each at "
        f"first sight, then {(later - plain_calls) / recorded:.0f} for each call that "
        "is recorded"
    )
    growth = parts["skipped|later"][0] / parts["skipped|plain"][0]
    is_over |= growth > _ALLOWED_SKIPPED
    print(f"  calls of the skipped ones alone {growth - 1:+.2%}")
    return 1 if is_over else 0


if __name__ == "__main__":
    sys.exit(main())
