"""Threads: whether recording scales as the interpreter itself does.

Each thread runs the same loop, so that n threads make n times the events. Where one
thread runs at a time (the GIL), a plain run takes n times as long. As elsewhere the
target is for processor time, and wall time is shown beside it.
"""

import operator
from collections.abc import Iterator

from environment import Environment
from measure import figure, per_round
from table import Row, at_most
from while_recording import measure

_GROUP = "threads while recording, over the plain run"
_ROUNDS, _QUICK_ROUNDS = 9, 3
_TARGET = 1.1  # what is left for the noise of the machine


def rows(environment: Environment) -> Iterator[Row]:
    """Ratios to the plain run, and how they grow from one thread on."""
    rounds = _QUICK_ROUNDS if environment.quick else _ROUNDS
    single = 0.0
    for count in (1, 2, 4, 8):
        result = measure(environment, f"threads({count})", rounds)
        plain_wall, plain = zip(*result["plain"], strict=True)
        recorded_wall, recorded = zip(*result["recorded"], strict=True)
        ratio = per_round(operator.truediv, recorded, plain)
        yield Row(_GROUP, f"{count}", "x", ratio)
        wall = per_round(operator.truediv, recorded_wall, plain_wall)
        yield Row(_GROUP, f"{count}, wall time", "x", wall)
        single = single or ratio.median
        if count > 1:
            growth = figure([ratio.median / single])
            subject = f"{count}, by the ratio of one thread"
            yield Row(_GROUP, subject, "x", growth, at_most(_TARGET))
