"""The published readers of CodeTracer traces, as pytest sees them.

``readers/`` is a cargo package with one binary per generation of readers that users
have; this module builds it once and asks it for its opinion on an events file.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent


class Refused(Exception):
    """A reader did not load the file; the text is what it said."""


@dataclass(frozen=True)
class Readers:
    """Paths of the built binaries."""

    old: Path  # runtime_tracing 0.14: the CodeTracer releases of 2025
    new: Path  # codetracer_trace_reader 0.17


@dataclass(frozen=True)
class Counts:
    """How many records a reader found in a file: in all, and of five kinds."""

    records: int
    step: int
    call: int
    return_: int
    value: int
    event: int


@pytest.fixture(scope="session")
def readers() -> Readers:
    """Build both readers, in ``$CARGO_TARGET_DIR`` or ``build/readers``.

    Every pytest worker may do so: cargo locks its target directory, and the second
    build finds nothing to do. Without the tools the tests that need readers are
    skipped, but fail where ``$CI`` is set.
    """
    missing = [tool for tool in ("cargo", "capnp") if not shutil.which(tool)]
    if missing:
        report = pytest.fail if os.environ.get("CI") else pytest.skip
        report(f"building tests/readers needs {' and '.join(missing)}")
    target = Path(
        os.environ.get("CARGO_TARGET_DIR") or TESTS.parent / "build" / "readers"
    ).absolute()
    build = subprocess.run(
        ["cargo", "build", "--locked", "--quiet", "--target-dir", target],
        cwd=TESTS / "readers",
        env=foreign_environment(),
        check=False,
        stderr=subprocess.PIPE,
        text=True,
    )
    if build.returncode != 0:
        pytest.fail(f"cargo cannot build tests/readers:\n{build.stderr}")
    return Readers(target / "debug" / "read_old", target / "debug" / "read_new")


def foreign_environment() -> dict[str, str]:
    """The environment without a sanitizer's library, which is not for Rust."""
    return {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}


def load(reader: Path, events_file: Path) -> Counts:
    """Have one of the binaries load a ``*.json`` or ``*.bin`` file.

    Raises `Refused` if it does not, whether it says so or dies.
    """
    run = subprocess.run(
        [reader, events_file],
        env=foreign_environment(),
        check=False,
        capture_output=True,
        text=True,
    )
    if run.returncode != 0:
        raise Refused(
            f"{reader.name}, status {run.returncode}: {run.stdout}{run.stderr}"
        )
    counts = run.stdout.removeprefix(f"ok {events_file} ").split()
    return Counts(*(int(count.rpartition("=")[2]) for count in counts))


def assert_readable(
    readers: Readers, events_file: Path, *, old_reader: bool = True
) -> Counts:
    """Assert that the readers load a file and agree on what it holds.

    ``old_reader=False`` is for what the old one is known to refuse: thread records,
    and a ``trace.bin`` beyond its limit. Returns the counts, to be compared with what
    the recorder says of itself. Raises `Refused` with the reader's own words.
    """
    counts = load(readers.new, events_file)
    if old_reader:
        assert load(readers.old, events_file) == counts
    return counts
