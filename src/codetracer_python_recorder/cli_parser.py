"""The parser of the command line: help in groups, errors that say what to type.

Imported by cli.py when options are to be parsed, not before: argparse and its imports
must not come from the directory that `-m` puts on sys.path.
"""

import argparse
import os
import sys

from ._version import __version__
from .formats import SUPPORTED_FORMATS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, NoReturn

    Rows = Iterable[tuple[tuple[str, ...], dict[str, Any]]]

_OTHER_GROUP = "recording"


class Parser(argparse.ArgumentParser):
    """Takes the recorder's own options; the program and what follows stay outside."""

    def __init__(
        self,
        options: "Rows",
        settings: "Rows",
        **keywords: "Any",
    ) -> None:
        """Build it from the tables of cli_options.py; settings not given are None."""
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

    def _heading(self, title: str) -> "Any":
        if title not in self._headings:
            self._headings[title] = self.add_argument_group(title)
        return self._headings[title]

    def _add(self, names: tuple[str, ...], row: "dict[str, Any]") -> None:
        keywords = dict(row)
        heading = self._heading(keywords.pop("group", _OTHER_GROUP))
        if keywords.get("action") == "switch":
            keywords["action"] = argparse.BooleanOptionalAction
        if "choices" in keywords:
            keywords["metavar"] = "|".join(keywords["choices"])
        heading.add_argument(*names, **keywords)

    def error(self, message: str) -> "NoReturn":
        """Print the error and what to type instead; SystemExit 2."""
        text = f"{self.prog}: error: {message}"
        self.exit(2, f"{self.format_usage()}{text}\n{self._hint(message)}\n")

    def _hint(self, message: str) -> str:
        """What to type instead."""
        if message.startswith("unrecognized arguments: "):
            return self._nearest(message.split()[2:])
        if message.startswith("missing script"):
            return f"Type: {self.prog} [options] script.py [args...]"
        if message.startswith("script '"):
            return self._other_program(message.split("'")[1])
        if message.startswith("unsupported trace format"):
            choices = " or ".join(f"--format {name}" for name in SUPPORTED_FORMATS)
            return f"Type: {choices}"
        if message.startswith("argument "):
            return self._usage_of(message.split()[1].rstrip(":").partition("/")[0])
        if message.startswith("invalid value "):
            return self._usage_of(message.partition(" for ")[2].partition(":")[0])
        return f"Type: {self.prog} --help"

    def _nearest(self, names: list[str]) -> str:
        """The options that look like unknown ones."""
        from difflib import get_close_matches

        known = [text for text in self._option_string_actions if len(text) > 2]
        hints = []
        for name in (name.partition("=")[0] for name in names):
            if len(name) == 2:
                found = [text for text in known if text.startswith(f"-{name}")][:3]
            else:
                found = get_close_matches(name, known, n=3, cutoff=0.6)
            if found:
                hints.append(f"Did you mean {' or '.join(found)}?")
        return "\n".join(hints) or f"Type: {self.prog} --help, which shows every option"

    def _other_program(self, name: str) -> str:
        """How else the program can be named."""
        if os.path.isfile(f"{name}.py"):
            return f"Did you mean {name}.py?"
        return (
            f"Type the path of a script, or: {self.prog} -m module, {self.prog} -c code"
        )

    def _usage_of(self, name: str) -> str:
        """How an option is written."""
        action = self._option_string_actions.get(name)
        if action is None:  # -m and -c, which name the program
            value = {"-m": "module", "-c": "code"}.get(name, "script.py")
            return f"Type: {self.prog} [options] {name} {value} [args...]"
        if action.nargs == 0:
            return f"Type: {' or '.join(action.option_strings)}"
        return f"Type: {name} {action.metavar}"


def version_text() -> str:
    """What `--version` prints."""
    formats = ", ".join(SUPPORTED_FORMATS)
    return (
        f"%(prog)s {__version__}\n"
        f"CPython {sys.version.split()[0]} ({sys.executable}); formats: {formats}"
    )
