"""What recording costs the whole process, files written, beside other recorders.

A round runs each recorder on the program in each format, and before them the program
alone in the same environment; the extra time is the difference.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

from environment import PROGRAMS, Environment, Recorder
from measure import ChildError, figure, run_process
from steps import count_steps
from table import Row, at_least

_FORMATS = {"binary": "trace.bin", "json": "trace.json"}
_PROGRAMS = (
    ("mixed.py", "20"),
    ("pygments_highlight.py", "1"),
    ("mistune_sqlparse.py", "2"),
)
_TARGETS = {("mixed.py", "binary"): at_least(25), ("mixed.py", "json"): at_least(10)}

_ROUNDS, _QUICK_ROUNDS, _PEER_ROUNDS = 5, 3, 1  # a peer takes up to a minute each


@dataclass
class _Result:
    """The rounds of one recorder, program and format: extra seconds, and times the
    plain run; bytes of the trace file, its steps where it is JSON.
    """

    extra: list[float] = field(default_factory=list)
    ratio: list[float] = field(default_factory=list)
    size: int = 0
    steps: int = 0
    failure: str = ""


_Results = dict[str, _Result]  # by format


def rows(environment: Environment) -> Iterator[Row]:
    """Extra time of each recorder, that of others by ours, and sizes of traces."""
    ours = environment.ours.name
    for script, argument in _PROGRAMS[: 1 if environment.quick else None]:
        results = _measure(environment, [str(PROGRAMS / script), argument])
        group = f"whole process: {script} {argument}"
        for format in _FORMATS:
            for name, by_format in results.items():
                yield from _time_rows(group, name, format, by_format[format])
            mine = results[ours][format].extra
            for name, by_format in results.items():
                theirs = by_format[format].extra
                if name != ours and mine and theirs:
                    subject = f"{format}: extra time of {name}, by ours"
                    quotient = figure(figure(theirs).median / extra for extra in mine)
                    target = _TARGETS.get((script, format))
                    yield Row(group, subject, "x", quotient, target)
        for name, by_format in results.items():
            yield from _size_rows(group, name, by_format)


def _time_rows(group: str, name: str, format: str, result: _Result) -> Iterator[Row]:
    subject = f"{format}: {name}, extra time"
    if result.failure:
        yield Row(group, subject, "", None, failure=result.failure)
        return
    yield Row(group, subject, "s", figure(result.extra))
    subject = f"{format}: {name}, over the plain run"
    yield Row(group, subject, "x", figure(result.ratio))


def _size_rows(group: str, name: str, results: _Results) -> Iterator[Row]:
    steps = results["json"].steps
    if steps:
        yield Row(group, f"steps: {name}", "", figure([steps]))
        for format, result in results.items():
            if not result.failure:
                subject = f"{format}: {name}, a step"
                yield Row(group, subject, "B", figure([result.size / steps]))


def _measure(environment: Environment, program: list[str]) -> dict[str, _Results]:
    """The results of each recorder, by its name."""
    recorders = [environment.ours, *environment.peers]
    results = {
        recorder.name: {format: _Result() for format in _FORMATS}
        for recorder in recorders
    }
    for number in range(_QUICK_ROUNDS if environment.quick else _ROUNDS):
        for recorder in recorders:
            if recorder is environment.ours or number < _PEER_ROUNDS:
                command = recorder.plain(program)
                plain = run_process(command, environment.environ).seconds
                for format, result in results[recorder.name].items():
                    _record(environment, recorder, program, format, plain, result)
    return results


def _record(
    environment: Environment,
    recorder: Recorder,
    program: list[str],
    format: str,
    plain: float,
    result: _Result,
) -> None:
    """One recording, added to `result`; nothing more after one that failed."""
    if result.failure:
        return
    trace = environment.work / "trace"
    try:
        command = recorder.record(trace, format, program)
        seconds = run_process(command, environment.environ).seconds
        file = trace / _FORMATS[format]
        result.size = file.stat().st_size
        result.extra.append(seconds - plain)
        result.ratio.append(seconds / plain)
        if format == "json" and not result.steps:
            result.steps = count_steps(file)
    except (ChildError, OSError) as error:
        result.failure = str(error)
    finally:
        shutil.rmtree(trace, ignore_errors=True)
