"""How fast a tape becomes a trace: each writer on one processor, and bytes a line.

Processor time, the kernel's for writing the files too, in memory where there is a file
system in memory: disks differ.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from environment import BENCH, PROGRAMS, Environment
from measure import figure
from steps import count_steps
from table import Row, at_least

_GROUP = "finishing"
_PROGRAMS = (
    ("mixed.py", "20"),
    ("pygments_highlight.py", "1"),
    ("mistune_sqlparse.py", "2"),
)
_TARGETS = {"json": 400.0, "binary": 250.0}
_FILES = {"json": "trace.json", "binary": "trace.bin"}
_MEMORY = Path("/dev/shm")


def rows(environment: Environment) -> Iterator[Row]:
    """Megabytes of the events file a second of processor time, and bytes a step."""
    place = _MEMORY if _MEMORY.is_dir() else environment.work
    rounds = 3 if environment.quick else 7
    for script, argument in _PROGRAMS[: 1 if environment.quick else None]:
        steps = 0
        for trace_format, target in _TARGETS.items():
            with tempfile.TemporaryDirectory(dir=place) as folder:
                tape = Path(folder) / "tape"
                _record(environment, tape, trace_format, [script, argument])
                trace = Path(folder) / "trace"
                speeds = []
                for _ in range(rounds):
                    shutil.rmtree(trace, ignore_errors=True)
                    shutil.copytree(tape, trace)
                    seconds = _finish(environment, trace)
                    size = (trace / _FILES[trace_format]).stat().st_size
                    speeds.append(size / seconds / 1e6)
                if trace_format == "json":
                    steps = count_steps(trace / _FILES[trace_format])
            subject = f"{trace_format}: {script} {argument}"
            yield Row(_GROUP, subject, "MB/s", figure(speeds), at_least(target))
            yield Row(_GROUP, f"{subject}, a step", "B", figure([size / steps]))


def _record(
    environment: Environment, tape: Path, trace_format: str, program: list[str]
) -> None:
    command = [
        str(environment.ours.python),
        str(BENCH / "unfinished_program.py"),
        str(tape),
        trace_format,
        str(PROGRAMS / program[0]),
        *program[1:],
    ]
    done = subprocess.run(command, env=environment.environ, check=False)
    if not (tape / "trace.tape").exists():
        raise RuntimeError(f"no tape; status {done.returncode}")


def _finish(environment: Environment, trace: Path) -> float:
    """Make the trace; the seconds of processor time."""
    [program] = environment.ours.python.parent.parent.glob(
        "lib/python3*/site-packages/codetracer_python_recorder/ct-finish"
    )
    process = subprocess.Popen([program, trace], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"ct-finish: status {status}")
    return usage.ru_utime + usage.ru_stime
