"""Whole processes under each recorder, trace written: time, memory, size of the trace.

A round runs the program alone and then under each recorder, so that all of them meet
the same moods of the machine. A recorder that took long in the first round is measured
once only, and not at all in a program where it failed or went beyond the limit.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from environment import Environment, EnvironmentFailure, venv_python
from measure import ChildError, Process, figure, run_process
from recorders import FORMATS, OURS, RECORDERS, RUST, VIZTRACER_ARGUMENTS, Recorder
from steps import count_steps
from subjects import SUBJECTS, Subject
from table import Row, Run, Target, at_least, at_most

_ROUNDS, _QUICK_ROUNDS = 7, 1
_LONG = 5.0  # seconds, of a recorder that is measured once

# How many times our extra time another recorder's is to take, by format.
_TARGETS = {
    "mixed": {"binary": 50, "json": 15},
    "Pygments": {"binary": 100, "json": 50},
    "mistune, sqlparse": {"binary": 100, "json": 50},
}
_SHORT_TARGET, _SHORT = 20, 0.05  # for programs under so many seconds
_SIZE_TARGETS = {"binary": 0.5, "json": 0.75}
_VIZTRACER_TARGET = 3.0


@dataclass
class _Result:
    """The rounds of one recorder on one program; bytes of the trace, its steps."""

    processes: list[Process] = field(default_factory=list)
    size: int = 0
    steps: int = 0
    failure: str = ""

    def is_wanted(self, round_number: int) -> bool:
        if self.failure:
            return False
        return round_number == 0 or self.processes[0].seconds < _LONG

    def seconds(self) -> float:
        return figure(process.seconds for process in self.processes).median


def rows(environment: Environment) -> Iterator[Row | Run]:
    """A run of each recorder for each program, and what follows of them for us."""
    pythons = dict(_make_environments(environment))
    for subject in SUBJECTS:
        if not environment.only or subject.name in environment.only:
            plain, results = _measure(environment, pythons, subject)
            yield from _runs(subject, plain, results)
            yield from _comparisons(subject, plain, results)


def _make_environments(environment: Environment) -> Iterator[tuple[str, Path | str]]:
    """For each recorder its interpreter, or why there is none."""
    for recorder in RECORDERS:
        if not recorder.environment:
            yield recorder.name, environment.ours.python
        elif environment.with_peers:
            try:
                yield (
                    recorder.name,
                    venv_python(environment.build, recorder.environment),
                )
            except EnvironmentFailure as error:
                yield recorder.name, str(error)


def _measure(
    environment: Environment, pythons: dict[str, Path | str], subject: Subject
) -> tuple[list[Process], dict[str, _Result]]:
    """The plain runs, and the results of each recorder by its name."""
    results = {name: _Result() for name in pythons}
    plain = []
    command = environment.ours.plain(subject.program())
    run_process(command, environment.environ)  # compiles what the program imports
    for number in range(_QUICK_ROUNDS if environment.quick else _ROUNDS):
        plain.append(run_process(command, environment.environ))
        for recorder in RECORDERS:
            result = results.get(recorder.name)
            if result is None or not result.is_wanted(number):
                continue
            python = pythons[recorder.name]
            if isinstance(python, str):
                result.failure = python
            else:
                _record(environment, recorder, python, subject, result)
    return plain, results


def _record(
    environment: Environment,
    recorder: Recorder,
    python: Path,
    subject: Subject,
    result: _Result,
) -> None:
    """One recording, added to `result`.

    Its directory is its own: what an ended recorder leaves running may still write.
    """
    trace = Path(tempfile.mkdtemp(dir=environment.work))
    command = recorder.command(python, trace, subject.program())
    environ = environment.environ | recorder.environ(trace)
    try:
        process = run_process(command, environ, environment.limit, environment.work)
        files = [path for path in trace.rglob("*") if path.is_file()]
        result.size = sum(path.stat().st_size for path in files)
        if recorder.name in (f"{OURS} json", f"{RUST} json") and not result.steps:
            result.steps = count_steps(trace / "trace.json")
        result.processes.append(process)
    except (ChildError, OSError) as error:
        result.failure = str(error)
    finally:
        shutil.rmtree(trace, ignore_errors=True)


def _runs(
    subject: Subject, plain: list[Process], results: dict[str, _Result]
) -> Iterator[Run]:
    alone = figure(process.seconds for process in plain)
    peak = figure(process.peak_bytes * 1e-6 for process in plain)
    ratio = figure([1.0])
    yield Run(subject.name, "plain", "", alone, ratio, peak, 0)
    for recorder in RECORDERS:
        result = results.get(recorder.name)
        if result is None:
            continue
        run = Run(subject.name, recorder.name, recorder.captures)
        if result.failure:
            yield run.failed(result.failure)
            continue
        pairs = zip(result.processes, plain, strict=False)
        yield Run(
            subject.name,
            recorder.name,
            recorder.captures,
            figure(process.seconds for process in result.processes),
            figure(process.seconds / alone.seconds for process, alone in pairs),
            figure(process.peak_bytes * 1e-6 for process in result.processes),
            result.size,
        )


def _comparisons(
    subject: Subject, plain: list[Process], results: dict[str, _Result]
) -> Iterator[Row]:
    """Extra time and size against the recorders that matter, and bytes a step."""
    group = f"{subject.name}: compared"
    alone = figure(process.seconds for process in plain).median
    for trace_format in FORMATS:
        ours = results[f"{OURS} {trace_format}"]
        rust = results.get(f"{RUST} {trace_format}", _Result(failure="absent"))
        if ours.failure or rust.failure:
            continue
        extra = ours.seconds() - alone
        times = figure([(rust.seconds() - alone) / extra])
        target = _time_target(subject.name, trace_format, alone)
        label = f"{trace_format}: extra time of {RUST}, by ours"
        yield Row(group, label, "x", times, target)
        size = figure([ours.size / rust.size])
        label = f"{trace_format}: our trace, of {RUST}'s"
        yield Row(group, label, "x", size, at_most(_SIZE_TARGETS[trace_format]))
    ours = results[f"{OURS} binary"]
    viztracer = results.get(VIZTRACER_ARGUMENTS, _Result(failure="absent"))
    if not ours.failure and not viztracer.failure:
        times = figure([(ours.seconds() - alone) / (viztracer.seconds() - alone)])
        label = f"binary: our extra time, by that of {VIZTRACER_ARGUMENTS}"
        yield Row(group, label, "x", times, at_most(_VIZTRACER_TARGET))
    for name in (OURS, RUST):
        steps = results.get(f"{name} json", _Result()).steps
        if not steps:
            continue
        yield Row(group, f"steps: {name}", "", figure([steps]))
        for trace_format in FORMATS:
            result = results[f"{name} {trace_format}"]
            if not result.failure:
                size = figure([result.size / steps])
                yield Row(group, f"{trace_format}: {name}, a step", "B", size)


def _time_target(name: str, trace_format: str, alone: float) -> Target | None:
    if name in _TARGETS:
        return at_least(_TARGETS[name][trace_format])
    return at_least(_SHORT_TARGET) if alone < _SHORT else None
