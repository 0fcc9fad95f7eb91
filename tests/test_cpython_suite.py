"""CPython's own tests end recorded as they do plain: the table in `cpython_suite`.

The standard library is not recorded, and its tests are part of it: so copies are run,
from a package `test` that goes before the standard library's and takes from there what
it has no copy of. The published readers read every trace; the checker, which is slow,
those that are not too large.

Interpreters come with their tests or without. `CT_CPYTHON_TESTS` names the directory
`test` to be used, which must be of the same version.
"""

import json
import os
import shutil
import sysconfig
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cpython_suite import MODULES, Module
from readers_support import Readers
from recording import TESTS, Outcome, record, run

IS_SOAK = bool(os.environ.get("CT_SOAK"))
CHECK_LIMIT = (48 if IS_SOAK else 4) * 1024**2
"""Bytes of `trace.bin` up to which the checker reads it: it takes a second for two MB.
"""
LOAD_LIMIT = 512 * 1024**2
"""Bytes of `trace.bin` up to which the readers read it: they need much memory."""

DRIVER = TESTS / "cpython_suite" / "run_module.py"
PACKAGE_CODE = "__path__.append({path!r})\n"
LIBRARY_TESTS = Path(
    os.environ.get("CT_CPYTHON_TESTS") or f"{sysconfig.get_path('stdlib')}/test"
)


def copy_suite(module: Module, directory: Path) -> None:
    """Lay out the driver, the package `test` and the copy of the module."""
    package = directory / "test"
    package.mkdir()
    shutil.copy(DRIVER, directory)
    code = PACKAGE_CODE.format(path=str(LIBRARY_TESTS))
    (package / "__init__.py").write_text(code, encoding="utf-8")
    (package / "data").mkdir()  # test_contextlib changes to it
    source = LIBRARY_TESTS / module.name
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, package / module.name, ignore=ignored)
    else:
        for path in (source.with_suffix(".py"), *LIBRARY_TESTS.glob("*_tests.py")):
            shutil.copy(path, package)


def new_directory(parent: Path, name: str) -> Path:
    path = parent / name
    path.mkdir()
    return path


def read_outcomes(path: Path, outcome: Outcome) -> dict[str, str]:
    """What the driver has written down. The run must have come to its end."""
    assert outcome.status == 0, outcome.stderr.decode(errors="replace")
    outcomes: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return outcomes


def compare(
    module: Module, plain: dict[str, str], recorded: dict[str, str], stderr: bytes
) -> None:
    """Assert that nothing differs but what the row excuses, and that this does."""
    differing = {
        name: (plain.get(name), recorded.get(name))
        for name in plain.keys() | recorded.keys()
        if plain.get(name) != recorded.get(name)
    }
    for pattern in module.unequal:
        matching = [name for name in differing if fnmatchcase(name, pattern)]
        assert matching, f"{pattern} excuses nothing"
        for name in matching:
            del differing[name]
    assert differing == {}, stderr.decode(errors="replace")


@pytest.mark.parametrize(
    "module",
    [module for module in MODULES if module.is_quick or IS_SOAK],
    ids=lambda module: module.name,
)
def test_ends_as_plain(module: Module, optional_readers: Readers | None) -> None:
    source = LIBRARY_TESTS / module.name
    if not source.is_dir() and not source.with_suffix(".py").exists():
        pytest.skip(f"this interpreter comes without {module.name}")
    with TemporaryDirectory() as temporary:
        directory = Path(temporary)
        copy_suite(module, directory)
        driver = directory / DRIVER.name
        results = directory / "results"
        command = [driver, f"test.{module.name}", results, *module.left_out]
        outcome = run(command, new_directory(directory, "plain"))
        plain = read_outcomes(results, outcome)
        assert "ok" in plain.values()
        results.unlink()
        recording = record(
            "binary",
            command,
            new_directory(directory, "recorded"),
            directory / "trace",
            module.options,
        )
        recorded = read_outcomes(results, recording.outcome)
        compare(module, plain, recorded, recording.outcome.stderr)
        assert recording.metadata["counts"]["calls"] > len(recorded)
        size = recording.events_file.stat().st_size
        if size <= CHECK_LIMIT:
            recording.assert_clean()
        if size <= LOAD_LIMIT:
            recording.assert_loads(optional_readers)
