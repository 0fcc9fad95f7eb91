"""Runs one module of CPython's own tests and writes down what came of each test.

    python run_module.py MODULE RESULTS [PATTERN...]

MODULE is `test.test_x`. RESULTS becomes a JSON object: the outcome by the test's name.
Tests whose names match a pattern are left out. This is the program that is recorded; it
stands beside a package `test` of copies, which goes before the standard library's.
"""

import json
import os
import sys
import unittest
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from test import support


class Outcomes(unittest.TestResult):
    """Keeps the worst outcome of each test, by the test's name."""

    def __init__(self) -> None:
        super().__init__()
        self.by_name: dict[str, str] = {}

    def _keep(self, test: Any, outcome: str) -> None:
        name = getattr(test, "test_case", test).id()  # a subtest counts for its test
        if self.by_name.get(name) not in ("failure", "error"):
            self.by_name[name] = outcome

    def startTest(self, test: Any) -> None:
        super().startTest(test)
        self._keep(test, "ok")

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._keep(test, "failure")

    def addFailure(self, test: Any, err: Any) -> None:
        super().addFailure(test, err)
        self._keep(test, "failure")

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        self._keep(test, "error")

    def addSkip(self, test: Any, reason: str) -> None:
        super().addSkip(test, reason)
        self._keep(test, f"skipped: {reason}")

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        super().addExpectedFailure(test, err)
        self._keep(test, "expected failure")

    def addUnexpectedSuccess(self, test: Any) -> None:
        super().addUnexpectedSuccess(test)
        self._keep(test, "unexpected success")


class Loader(unittest.TestLoader):
    """Loads copies: test packages want to be found below the standard library."""

    def discover(self, start_dir: str, pattern: str = "", **_: Any) -> Any:
        """Load the tests of a package from below this file's directory."""
        return super().discover(start_dir, pattern, os.path.dirname(__file__))


def leaves(
    suite: unittest.TestSuite, patterns: list[str]
) -> Iterator[unittest.TestSuite | unittest.TestCase]:
    """The suites of single classes, without the tests that match a pattern."""
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield unittest.TestSuite(leaves(test, patterns))
        elif not any(fnmatchcase(test.id(), pattern) for pattern in patterns):
            yield test


def main(module: str, results: str, patterns: list[str]) -> None:
    """Run all tests of the module but those that match a pattern."""
    support.use_resources = []  # no network, no long computations
    outcomes = Outcomes()
    suite = Loader().loadTestsFromName(module)
    unittest.TestSuite(leaves(suite, patterns)).run(outcomes)
    with open(results, "w", encoding="utf-8") as file:
        json.dump(outcomes.by_name, file, indent=1)
    for test, text in outcomes.failures + outcomes.errors:
        print(test.id(), text, sep="\n", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1], os.path.abspath(sys.argv[2]), sys.argv[3:])
