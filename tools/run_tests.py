"""Run every suite of tests, one after another, and add up their results.

A suite is one command. It tells how many of its tests passed and failed in one of two
ways: by a report in JUnit's format, or by lines ``N passed, N failed`` in its output.
One that does neither counts as a single test; one that ends with an error counts as at
least one failure.

The suites of the interpreters on this machine always run, those of the Debian testing
root if it has been built (``make debian-root``). With ``CI`` set that root is built
when missing, and lint, sanitizers, the demo and the counts of instructions run too.
With ``PYTHON`` set only that interpreter is tested.

The last line on stdout is ``N passed, N failed``, kept in ``build/results``; the exit
status is 0 if nothing failed.
"""

import argparse
import fnmatch
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
BUILD = Path("build")
RESULTS = BUILD / "results"

# What the other frame adapter can change: what is recorded, not how a program is run.
VARIANT_TESTS = (
    "tests/test_golden.py",
    "tests/test_value_texts.py",
    "tests/test_api.py",
)
# What depends on the version, less what takes minutes (deaths, random programs) or
# needs more than the root has (mounts, CPython's own tests).
ROOT_TESTS = (
    *VARIANT_TESTS,
    "tests/test_oracle.py",
    "tests/test_session.py",
    "tests/test_cli.py",
    "tests/test_launch.py",
    "tests/test_values.py",
    "tests/test_fidelity.py",
    "tests/property/test_encoders.py",
)
# The same for the last bugfix release of a version that the machine has, too.
LAST_TESTS = (*VARIANT_TESTS, "tests/test_oracle.py", "tests/test_fidelity.py")
READERS = "tests/readers/Cargo.toml"
COUNTS = re.compile(r"^(\d+) passed, (\d+) failed\s*$", re.M)
WANTED_VERSIONS = ("3.12", "3.13", "3.14", "3.15")
ROOT_VERSIONS = ("3.13", "3.14", "3.15")  # what tools/debian_root.sh installs
SUITE_SECONDS = 40 * 60  # a suite that hangs is ended, so that the sum still appears


@dataclass(frozen=True)
class Suite:
    """A name for the table, the command, and where it leaves its report, if it does.

    Paths are relative to the checkout.
    """

    name: str
    command: tuple[str | Path, ...]
    report: Path | None = None


@dataclass(frozen=True)
class Result:
    """What came of a suite."""

    name: str
    passed: int
    failed: int
    seconds: float


def interpreters() -> dict[str, str]:
    """Return the interpreters on this machine: path by tag, such as ``3.13``."""
    listing = subprocess.run(
        ["tools/find_python", "--all"], check=True, stdout=subprocess.PIPE, text=True
    )
    return dict(line.split(" ", 1) for line in listing.stdout.splitlines())


def root_versions() -> tuple[str, ...]:
    """Return the versions to be tested in the Debian root, if that can be used."""
    if os.environ.get("PYTHON"):
        return ()
    if not os.environ.get("CI"):
        have = subprocess.run(["tools/debian_root.sh", "have"], check=False)
        if have.returncode != 0 or os.geteuid() != 0:
            return ()
    return ROOT_VERSIONS


def pytest_suite(tag: str, python: str, variant: str = "") -> Suite:
    """Return the Python tests of one interpreter of this machine."""
    name = f"python-{tag}" + (f"-{variant}" if variant else "")
    command: tuple[str | Path, ...] = ("tools/python_tests.sh", python, BUILD)
    if variant:
        command += (variant, "--", *VARIANT_TESTS)
    return Suite(name, command, RESULTS / f"{name}.xml")


def root_pytest_suite(version: str, pythons: dict[str, str]) -> Suite:
    """Return the Python tests of one interpreter of the Debian root."""
    build = BUILD / "root"
    in_root = ("tools/debian_root.sh", "run", build)
    command = (*in_root, "tools/python_tests.sh", f"python{version}", "/build")
    command += ("--", *(LAST_TESTS if version in pythons else ROOT_TESTS))
    name = f"python-{version}"
    report = build / "results" / f"{name}.xml"
    return Suite(f"{name}-last" if version in pythons else name, command, report)


def instructions_suites(python: str, versions: tuple[str, ...]) -> list[Suite]:
    """Return the counts of instructions against their budget, by an older CPython and,
    in the Debian root, a newer one.
    """
    found = [Suite("instructions", ("tools/instructions.sh", python, BUILD))]
    if "3.14" in versions:
        in_root = ("tools/debian_root.sh", "run", BUILD / "root")
        command = (*in_root, "tools/instructions.sh", "python3.14", "/build")
        found.append(Suite("instructions-3.14", command))
    return found


def suites(pythons: dict[str, str]) -> list[Suite]:
    """Return all that is to be run, quick things first."""
    in_ci = bool(os.environ.get("CI"))
    versions = root_versions()
    tag = "3.13" if "3.13" in pythons else max(pythons)
    python = pythons[tag]
    venv_python = BUILD / f"venv-{tag}" / "bin" / "python"

    found = [Suite("layers", (sys.executable, "tools/check_layers.py"))]
    if in_ci:
        found.append(Suite("lint", ("make", "lint")))
    found.append(Suite("c", ("tools/c_tests.sh", python, BUILD / "c")))
    if in_ci:
        found += [Suite("c-asan", ("make", "asan")), Suite("demo", ("make", "demo"))]
        found.append(Suite("editable", ("tools/editable.sh", python, BUILD)))
    if shutil.which("cargo") and shutil.which("capnp"):
        # Ahead of the tests that use the readers, whose time is limited.
        cargo = ("cargo", "build", "--locked", "--quiet", "--manifest-path", READERS)
        found.append(Suite("readers", (*cargo, "--target-dir", BUILD / "readers")))
    found += [pytest_suite(name, path) for name, path in pythons.items()]
    found += [
        pytest_suite(tag, python, "public"),
        Suite("symbols", (venv_python, "tools/check_symbols.py")),
        Suite("types", ("tools/types.sh", python, BUILD)),
    ]
    if in_ci and versions:
        found.append(Suite("debian-root", ("tools/debian_root.sh", "build")))
    found += [root_pytest_suite(version, pythons) for version in versions]
    return found + (instructions_suites(python, versions) if in_ci else [])


def count_report(report: Path | None) -> tuple[int, int] | None:
    """Read passed and failed from a report in JUnit's format; None if there is none."""
    if report is None or not report.exists():
        return None
    passed = failed = 0
    for suite in ElementTree.parse(report).iter("testsuite"):
        tests, failures, errors, skipped = (
            int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")
        )
        failed += failures + errors
        passed += tests - failures - errors - skipped
    return passed, failed


def count_lines(output: str) -> tuple[int, int] | None:
    """Add up the lines ``N passed, N failed``; None if there is none."""
    lines = COUNTS.findall(output)
    if not lines:
        return None
    return sum(int(line[0]) for line in lines), sum(int(line[1]) for line in lines)


def run_command(suite: Suite) -> tuple[int, str]:
    """Run a suite, its output shown as it comes; return exit status and output."""
    process = subprocess.Popen(
        suite.command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    assert process.stdout is not None
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(process.pid, signal.SIGKILL))
    signal.alarm(SUITE_SECONDS)
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            print(line, end="", flush=True)
        return process.wait(), "".join(lines)
    finally:
        signal.alarm(0)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def run(suite: Suite) -> Result:
    """Run a suite and count its tests."""
    print(f"\n==== {suite.name}", flush=True)
    if suite.report is not None:
        suite.report.unlink(missing_ok=True)
    start = time.monotonic()
    try:
        status, output = run_command(suite)
    except OSError as error:
        status, output = 1, ""
        print(error)
    seconds = time.monotonic() - start
    counts = count_report(suite.report) or count_lines(output)
    passed, failed = counts or (int(status == 0), 0)
    if status != 0 and failed == 0:
        print(f"{suite.name} ended with status {status}", flush=True)
        failed = 1
    return Result(suite.name, passed, failed, seconds)


def print_table(results: list[Result], tested: set[str]) -> None:
    """Print what came of each suite, and which versions of CPython were left out."""
    print("\n==== all suites")
    for result in results:
        print(
            f"{result.name:20} {result.passed:5} passed {result.failed:4} failed"
            f" {result.seconds:8.1f} s"
        )
    absent = [version for version in WANTED_VERSIONS if version not in tested]
    if absent:
        print(f"Not tested, for want of an interpreter: {', '.join(absent)}.")


def main() -> int:
    """Run the suites whose names match; print the table and the sum."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "patterns",
        nargs="*",
        default=["*"],
        metavar="SUITE",
        help="names of suites, such as c or 'python-*'; default: all",
    )
    patterns = parser.parse_args().patterns

    os.chdir(CHECKOUT)
    shutil.rmtree(RESULTS, ignore_errors=True)
    RESULTS.mkdir(parents=True)
    pythons = interpreters()
    results = [
        run(suite)
        for suite in suites(pythons)
        if any(fnmatch.fnmatch(suite.name, pattern) for pattern in patterns)
    ]
    if patterns == ["*"]:
        print_table(results, {*pythons, *root_versions()})
    failed = sum(result.failed for result in results)
    total = f"{sum(result.passed for result in results)} passed, {failed} failed"
    (RESULTS / "sum").write_text(total + "\n")
    print(total)
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
