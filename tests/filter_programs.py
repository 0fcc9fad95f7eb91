"""Recordings of small programs under filters, for the tests."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from recording import Recording, record
from trace_text import trace_lines

HEAD = '[meta]\nname = "test"\nversion = 3\n'


def scope(execution: str = "trace", action: str = "allow") -> str:
    """The `[scope]` table with these defaults."""
    return f'[scope]\ndefault_exec = "{execution}"\ndefault_value_action = "{action}"\n'


def rule(selector: str, **says: str) -> str:
    """A rule; the keywords are its keys."""
    lines = [f'{key.rstrip("_")} = "{value}"\n' for key, value in says.items()]
    return f"[[scope.rules]]\nselector = '{selector}'\n{''.join(lines)}"


def pattern(selector: str, action: str) -> str:
    """A value pattern of the rule before it."""
    return (
        f"[[scope.rules.value_patterns]]\nselector = '{selector}'\n"
        f'action = "{action}"\n'
    )


class Run:
    """A recorded program. text: the trace as lines. called: names of functions."""

    def __init__(self, recording: Recording, directory: Path) -> None:
        self.recording = recording
        recording.assert_clean()
        self.lines = trace_lines(recording.records, directory)
        self.text = "\n".join(self.lines)
        calls = (line.split("(")[0] for line in self.lines if line.startswith("call "))
        self.called = [call.removeprefix("call ") for call in calls][1:]

    @property
    def filters(self) -> dict[str, Any]:
        """What the metadata says about filters."""
        filters: dict[str, Any] = self.recording.metadata["trace_filter"]
        return filters

    @property
    def stats(self) -> dict[str, Any]:
        """The counts in the metadata."""
        stats: dict[str, Any] = self.filters["stats"]
        return stats

    @property
    def notes(self) -> list[str]:
        """The metadata's notes."""
        notes: list[str] = self.recording.metadata["notes"]
        return notes


def write(directory: Path, files: Mapping[str, str]) -> None:
    """Write files with their folders; common indentation is taken off."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))


def run_filtered(
    directory: Path,
    program: str | Mapping[str, str],
    *filters: str,
    command: Iterable[str] = ("main.py",),
    options: Iterable[str] = (),
    trace_format: str = "json",
    variables: Mapping[str, str] | None = None,
    status: int = 0,
) -> Run:
    """Record a program under filters given as text, without their `[meta]`."""
    write(directory, {"main.py": program} if isinstance(program, str) else program)
    chosen = list(options)
    for number, text in enumerate(filters):
        path = directory / f"filter{number}.toml"
        path.write_text(HEAD + text)
        chosen += ["--trace-filter", str(path)]
    recording = record(
        trace_format, list(command), directory, directory / "trace", chosen, variables
    )
    assert recording.outcome.status == status, recording.outcome.stderr.decode()
    return Run(recording, directory)
