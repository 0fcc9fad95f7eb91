"""The environments: this recorder, those it is compared to, and what programs need."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

BENCH = Path(__file__).resolve().parent
PROGRAMS = BENCH / "programs"
_VENV_TOOL = BENCH.parent / "tools" / "venv.sh"


class EnvironmentFailure(Exception):
    """An environment could not be made; the text is the last thing that was said."""


@dataclass(frozen=True)
class Ours:
    """This recorder, installed for the interpreter `python`."""

    python: Path

    def record(self, trace: Path, format: str, program: list[str]) -> list[str]:
        """The command that records `program`, a script and its arguments."""
        options = ["--trace-dir", str(trace), "--format", format]
        module = ["-m", "codetracer_python_recorder"]
        return [str(self.python), *module, *options, *program]

    def plain(self, program: list[str]) -> list[str]:
        """The command that runs it with the same interpreter, not recorded."""
        return [str(self.python), *program]


@dataclass(frozen=True)
class Environment:
    """What the measurements share.

    build: where environments are. work: a directory for traces. environ: the
    environment of every child process. quick: fewer and shorter rounds. with_peers:
    whether others are measured too. limit: seconds that a recorder may take for one
    program. only: names of the programs that recorders are compared on; empty for all.
    max_lines: of the longest run of the growth.
    """

    ours: Ours
    build: Path
    work: Path
    environ: dict[str, str]
    quick: bool
    with_peers: bool
    limit: float
    only: tuple[str, ...]
    max_lines: int


def prepare(
    build: Path,
    *,
    quick: bool,
    with_peers: bool,
    limit: float,
    only: tuple[str, ...],
    max_lines: int,
) -> Environment:
    """Make what all measurements need below `build`; needs the network for new things.

    This recorder is the one installed for the running interpreter.
    EnvironmentFailure when an environment cannot be made.
    """
    work = build / "work"
    work.mkdir(parents=True, exist_ok=True)
    libraries = venv_python(build, "libraries").parents[1]
    [site] = libraries.glob("lib/python3*/site-packages")
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(work),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(site),
    }
    ours = Ours(Path(sys.executable))
    return Environment(
        ours, build, work, environ, quick, with_peers, limit, only, max_lines
    )


def venv_python(build: Path, name: str) -> Path:
    """The interpreter of the environment of requirements/NAME.txt, made if need be.

    EnvironmentFailure when it cannot be made.
    """
    directory = build / f"venv-{name}"
    requirements = BENCH / "requirements" / f"{name}.txt"
    command = [str(_VENV_TOOL), sys.executable, str(directory), str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode:
        said = (done.stderr + done.stdout).strip().splitlines() or ["no word why"]
        raise EnvironmentFailure(f"{requirements.name}: {said[-1][:200]}")
    return directory / "bin" / "python"
