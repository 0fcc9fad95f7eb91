"""The environments: this recorder, those it is compared to, and what programs need."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

BENCH = Path(__file__).resolve().parent
PROGRAMS = BENCH / "programs"
_VENV_TOOL = BENCH.parent / "tools" / "venv.sh"


@dataclass(frozen=True)
class Recorder:
    """A recorder with the command line of CodeTracer's recorders.

    `python` is the interpreter of the environment that it is installed in.
    """

    name: str
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

    work: a directory for traces. environ: the environment of every child process.
    quick: fewer and shorter rounds.
    """

    ours: Recorder
    peers: list[Recorder]
    work: Path
    environ: dict[str, str]
    quick: bool


def prepare(build: Path, quick: bool, with_peers: bool) -> Environment:
    """Make the environments below `build`; needs the network for a new one.

    This recorder is the one installed for the running interpreter.
    CalledProcessError when an environment cannot be made.
    """
    libraries = _venv(build / "venv-libraries", "libraries.txt")
    peers = []
    if with_peers:
        venv = _venv(build / "venv-peers", "requirements.txt")
        peers.append(Recorder("codetracer 0.3.0", venv / "bin" / "python"))
    site = next(libraries.glob("lib/python3*/site-packages"))
    work = build / "work"
    work.mkdir(parents=True, exist_ok=True)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(work),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(site),
    }
    ours = Recorder("ours", Path(sys.executable))
    return Environment(ours, peers, work, environ, quick)


def _venv(directory: Path, requirements: str) -> Path:
    command = [_VENV_TOOL, sys.executable, directory, BENCH / requirements]
    subprocess.run([str(part) for part in command], check=True)
    return directory
