"""What is measured side by side: this recorder, and what users might take instead."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

OURS = "ours"
RUST = "0.3.0"
VIZTRACER_ARGUMENTS = "viztracer, arguments"
FORMATS = ("binary", "json")


@dataclass(frozen=True)
class Recorder:
    """Something whose command line runs and records a program.

    captures: what of the program it keeps. environment: the name of its environment, a
    file of requirements/; empty for that of the running interpreter. words: what stands
    between the interpreter and the program, `{trace}` for a new directory of its own.
    before_arguments: what stands between the program and its arguments. variables: of
    the environment, `{trace}` likewise.
    """

    name: str
    captures: str
    environment: str
    words: tuple[str, ...]
    before_arguments: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)

    def command(self, python: Path, trace: Path, program: list[str]) -> list[str]:
        """The command that records `program`, a script and its arguments."""
        words = [word.format(trace=trace) for word in self.words]
        script, *arguments = program
        between = self.before_arguments if arguments else ()
        return [str(python), *words, script, *between, *arguments]

    def environ(self, trace: Path) -> dict[str, str]:
        """The environment variables that it needs beside the usual ones."""
        return {
            name: value.format(trace=trace) for name, value in self.variables.items()
        }


def _codetracer(name: str, environment: str) -> Iterator[Recorder]:
    for trace_format in FORMATS:
        words = ("-m", "codetracer_python_recorder", "--trace-dir", "{trace}")
        yield Recorder(
            f"{name} {trace_format}",
            "lines, values, calls",
            environment,
            (*words, "--format", trace_format),
        )


_VIZTRACER = ("-m", "viztracer", "--quiet", "--output_file", "{trace}/trace.json")
RECORDERS = (
    *_codetracer(OURS, ""),
    *_codetracer(RUST, "codetracer-0.3.0"),
    Recorder("viztracer", "calls", "viztracer", _VIZTRACER),
    Recorder(
        VIZTRACER_ARGUMENTS,
        "calls, arguments, results",
        "viztracer",
        (*_VIZTRACER, "--log_func_args", "--log_func_retval"),
    ),
    Recorder(
        "coverage",
        "which lines ran, own code",
        "coverage",
        ("-m", "coverage", "run", "--data-file", "{trace}/coverage"),
    ),
    Recorder(
        "hunter",
        "lines, values, calls",
        "hunter",
        (),
        variables={
            "PYTHONHUNTER": "stdlib=False, "
            'action=VarsSnooper(stream=open("{trace}/trace.txt", "w"))'
        },
    ),
    Recorder(
        "py-tt-debug",
        "lines, values, own code",
        "py-tt-debug",
        ("-m", "pyttd", "record", "--db-path", "{trace}/trace.db"),
        before_arguments=("--args",),
    ),
)
