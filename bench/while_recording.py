"""What recording costs the program while it runs, starting and finishing excluded.

Targets are for processor time. Wall time is shown beside it: where other work shares
the processors, the longer run is interrupted more often, which says nothing about it.
"""

import json
import operator
import subprocess
from collections.abc import Iterator
from typing import Any

from environment import BENCH, Environment
from measure import per_round
from table import Row, at_most

_GROUP = "while recording, over the plain run"
_TARGETS = {
    "mixed.main(20)": 5.0,
    "fib(20)": 10.0,
    "loop(1,000,000)": 3.0,
    "Pygments": 8.0,
    "mistune, sqlparse": 8.0,
}
_QUICK_TARGETS = {"mixed.main(20)": 5.0, "fib(20)": 10.0, "loop(100,000)": 3.0}


def rows(environment: Environment) -> Iterator[Row]:
    """Ratios and the nanoseconds an event for each piece of work."""
    rounds = 3 if environment.quick else 9
    targets = _QUICK_TARGETS if environment.quick else _TARGETS
    for name, target in targets.items():
        result = measure(environment, name, rounds)
        plain_wall, plain = zip(*result["plain"], strict=True)
        recorded_wall, recorded = zip(*result["recorded"], strict=True)
        ratio = per_round(operator.truediv, recorded, plain)
        yield Row(_GROUP, name, "x", ratio, at_most(target))
        _, first = zip(*result["first"], strict=True)
        first_ratio = per_round(operator.truediv, first, plain)
        yield Row(_GROUP, f"{name}, first run", "x", first_ratio)
        extra = per_round(operator.sub, recorded, plain)
        event = extra.scaled(1e9 / result["events"])
        yield Row(_GROUP, f"{name}, an event", "ns", event)
        wall = per_round(operator.truediv, recorded_wall, plain_wall)
        yield Row(_GROUP, f"{name}, wall time", "x", wall)


def measure(environment: Environment, name: str, rounds: int) -> dict[str, Any]:
    """What workload.py says of a piece of work."""
    command = [str(environment.ours.python), str(BENCH / "workload.py"), name]
    command += [str(rounds), str(environment.work / "trace")]
    done = subprocess.run(
        command, env=environment.environ, check=True, stdout=subprocess.PIPE
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result
