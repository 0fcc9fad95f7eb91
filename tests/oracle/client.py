"""What tests talk to the worker through."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recording import TESTS, environment

from .traces import Event


@dataclass(frozen=True)
class Outcome:
    """How a program ended: the name of an exception or nothing; what it printed."""

    exception: str
    stdout: str


@dataclass(frozen=True)
class Answer:
    """What came of a program. events: the reference's, empty if it was not asked."""

    events: list[Event]
    plain: Outcome
    recorded: Outcome


class WorkerDied(Exception):
    """The process that ran a program has ended, with this status."""


class Worker:
    """A worker process, started when first needed and again after it has died."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def run(self, program: Path, trace: Path, reference: bool = True) -> Answer:
        """Run a program both ways; the trace goes to a new directory."""
        process = self.process = self.process or self.launch()
        assert process.stdin is not None
        assert process.stdout is not None
        request: dict[str, Any] = {"program": str(program), "trace": str(trace)}
        try:
            process.stdin.write(json.dumps(request | {"reference": reference}) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self.process = None
            raise WorkerDied(process.wait())
        answer = json.loads(line)
        return Answer(
            answer.get("events", []),
            Outcome(*answer["plain"]),
            Outcome(*answer["recorded"]),
        )

    def launch(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [
                sys.executable,
                "-X",
                "faulthandler",
                "-W",
                "ignore",
                "-m",
                "oracle.worker",
            ],
            cwd=TESTS,
            env=environment(PYTHONHASHSEED="0"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def close(self) -> None:
        """End the process."""
        if self.process is not None:
            assert self.process.stdin is not None
            self.process.stdin.close()
            self.process.wait()
            self.process = None
