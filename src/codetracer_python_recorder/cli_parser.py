"""The parser of the command line: help in groups, errors that say what to type.

Imported by cli.py when options are to be parsed, not before: argparse and its imports
must not come from the directory that `-m` puts on sys.path.
"""

import argparse
import difflib
import platform
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from ._version import __version__
from .formats import SUPPORTED_FORMATS

_OTHER_GROUP = "recording"


class Parser(argparse.ArgumentParser):
    """Takes the recorder's own options; the program and what follows stay outside."""

    def __init__(
        self,
        options: Iterable[tuple[tuple[str, ...], dict[str, Any]]],
        settings: Iterable[tuple[tuple[str, ...], dict[str, Any]]],
        **keywords: Any,
    ) -> None:
        """Build it from the tables of cli.py; settings not given are None."""
        super().__init__(
            allow_abbrev=False,
            add_help=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **keywords,
        )
        self._headings: dict[str, Any] = {}
        for names, row in options:
            self._add(names, row)
        for names, row in settings:
            self._add(names, {"default": None, **row})
        heading = self._heading("about the recorder")
        heading.add_argument("-h", "--help", action="help", help="show this help")
        heading.add_argument(
            "-V",
            "--version",
            action="version",
            version=version_text(),
            help="show versions and formats",
        )

    def _heading(self, title: str) -> Any:
        if title not in self._headings:
            self._headings[title] = self.add_argument_group(title)
        return self._headings[title]

    def _add(self, names: tuple[str, ...], row: dict[str, Any]) -> None:
        keywords = dict(row)
        heading = self._heading(keywords.pop("group", _OTHER_GROUP))
        if keywords.get("action") == "switch":
            keywords["action"] = argparse.BooleanOptionalAction
        heading.add_argument(*names, **keywords)

    def error(self, message: str) -> NoReturn:
        """Print the error and what to type instead; SystemExit 2."""
        text = f"{self.prog}: error: {message}"
        self.exit(2, f"{self.format_usage()}{text}\n{self._hint(message)}\n")

    def _hint(self, message: str) -> str:
        """What to type instead."""
        if message.startswith("unrecognized arguments: "):
            return self._nearest(message.split()[2].partition("=")[0])
        if message.startswith("missing script"):
            return f"Type: {self.prog} [options] script.py [args...]"
        if message.startswith("script '"):
            return (
                f"Type the path of a script, or: {self.prog} -m module, "
                f"{self.prog} -c code"
            )
        if message.startswith("unsupported trace format"):
            choices = " or ".join(f"--format {name}" for name in SUPPORTED_FORMATS)
            return f"Type: {choices}"
        if message.startswith("argument "):
            return self._usage_of(message.split()[1].rstrip(":").partition("/")[0])
        return f"Type: {self.prog} --help"

    def _nearest(self, name: str) -> str:
        """The options that look like an unknown one."""
        known = [text for text in self._option_string_actions if len(text) > 2]
        found = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
        if not found:
            return f"Type: {self.prog} --help, which shows every option"
        return f"Did you mean {' or '.join(found)}?"

    def _usage_of(self, name: str) -> str:
        """How an option is written."""
        action = self._option_string_actions.get(name)
        if action is None:  # -m and -c, which name the program
            value = {"-m": "module", "-c": "code"}.get(name, "script.py")
            return f"Type: {self.prog} [options] {name} {value} [args...]"
        if action.choices is not None:
            value = "|".join(map(str, action.choices))
        else:
            value = str(action.metavar)
        return f"Type: {name} {value}"


def version_text() -> str:
    """What `--version` prints."""
    formats = ", ".join(SUPPORTED_FORMATS)
    return (
        f"%(prog)s {__version__}\n"
        f"{platform.python_implementation()} {platform.python_version()} "
        f"({sys.executable}); formats: {formats}"
    )
