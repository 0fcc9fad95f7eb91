"""Where the recorder and the reference may differ, and why. Nothing else may differ.

What the contract asks of the recorder beyond `sys.settrace` is not here: the reference
does it too (a step at frame exit when the last line changed a variable, names of
definition lines, values out of wrappers, methods that `dataclass` makes).
"""

import inspect
import sys
import types
from pathlib import Path
from typing import Any

Event = list[Any]
Variables = list[list[Any]]

BROKEN_BY_SETTRACE = (
    "in 3.12 settrace itself sets the variables of a comprehension that is inlined in "
    "a module or class body to None while it runs"
)

KEPT_BY_F_LOCALS = (
    "in 3.12 a frame keeps the dict that f_locals gives: what that shows lives on "
    "until it is shown again, and the program's own locals() gives the same dict"
)
KEPT = ("locals_builtin", "mutation_in_del", "inert_hidden_death_at_call")
"""Programs for which that makes a difference."""

TOLD_AGAIN = (
    "in 3.12 a call leaves its frame between two instructions, on no line: what "
    "follows it begins the line again if something jumps there, too"
)
AGAIN = (
    "recursion_mutual",
    "conditional_expression",
    "inert_hidden_calls",
    "with, left on its own line",
)
"""Programs in which a line is told again where it is near, and not where it is far."""


def reason_to_skip(program: Path) -> str | None:
    """Why the reference cannot watch a program with this CPython."""
    if sys.version_info >= (3, 13):
        return None
    code = compile(program.read_bytes(), str(program), "exec")
    if has_hidden_variables(code):
        return BROKEN_BY_SETTRACE
    return KEPT_BY_F_LOCALS if program.stem in KEPT else None


def reason_to_skip_far(name: str) -> str | None:
    """The same where its lines are far."""
    return TOLD_AGAIN if sys.version_info < (3, 13) and name in AGAIN else None


def has_hidden_variables(code: types.CodeType) -> bool:
    """Whether a module or class body has comprehensions inlined."""
    if not code.co_flags & inspect.CO_OPTIMIZED and code.co_varnames:
        return True
    nested = (each for each in code.co_consts if isinstance(each, types.CodeType))
    return any(map(has_hidden_variables, nested))


def first_difference(ours: list[Event], reference: list[Event]) -> str | None:
    """Where two lists of events part; None if they do not.

    Of two steps on the same line that is the variables that differ.
    """
    for at in range(max(len(ours), len(reference))):
        one, other = ours[at : at + 1], reference[at : at + 1]
        if one == other:
            continue
        lines = [event[:2] for event in reference[:at] if event[0] == "line"][-3:]
        if one and other and one[0][:2] == other[0][:2] and one[0][0] == "line":
            one, other = ([list(pairs)] for pairs in parted(one[0][2], other[0][2]))
        else:
            one, other = ours[at : at + 2], reference[at : at + 2]
        return f"event {at} after {lines}\n  ours: {one}\n  reference: {other}"
    return None


def parted(ours: Variables, reference: Variables) -> tuple[Variables, Variables]:
    """The variables of each that the other has not; all if only their order differs."""
    one = [pair for pair in ours if pair not in reference]
    other = [pair for pair in reference if pair not in ours]
    return (one, other) if one or other else (ours, reference)
