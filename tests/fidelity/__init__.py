"""Behaviours of a program that recording it must not change: a table of programs.

Each row is a `Case` with a small program; the modules of this package group them by
subject, and `CASES` is all of them. `run.py` runs a case plain or recorded, and
`tests/test_fidelity.py` compares the two. A row states what the plain run's exit status
and standard error are, so that a program with a mistake cannot pass for equal.

Programs print nothing that differs from one plain run to the next: no addresses, ids,
times, process ids, nor the order of a set of strings.
"""

from . import (
    data,
    debuggers,
    endings,
    flow,
    frames,
    imports,
    interactive,
    lifetimes,
    names,
    options,
    processes,
    rule_one,
    signals,
    start,
    stream_objects,
    stream_targets,
    streams,
    threads,
    tools,
    tracebacks,
)
from .case import Case

__all__ = ["CASES", "STREAM_CASES", "Case"]

STREAM_CASES: tuple[Case, ...] = (
    *streams.CASES,
    *stream_objects.CASES,
    *stream_targets.CASES,
)
"""The rows about the standard streams themselves."""

CASES: tuple[Case, ...] = (
    *start.CASES,
    *names.CASES,
    *options.CASES,
    *STREAM_CASES,
    *interactive.CASES,
    *imports.CASES,
    *endings.CASES,
    *signals.CASES,
    *tracebacks.CASES,
    *frames.CASES,
    *flow.CASES,
    *data.CASES,
    *rule_one.CASES,
    *lifetimes.CASES,
    *threads.CASES,
    *processes.CASES,
    *tools.CASES,
    *debuggers.CASES,
)
