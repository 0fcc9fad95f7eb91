"""Makes the man page and the shells' completions from the parser of the command line.

Usage: python tools/make_pages.py MAN BASH ZSH

Each argument is a file to write. Called by the build: the package's native module need
not exist yet, so its `__init__` is not run. The man page is written here because what
makes man pages from argparse wants setuptools in every build.
"""

import argparse
import sys
import types
from pathlib import Path
from typing import Any

import shtab

PACKAGE = "codetracer_python_recorder"
SUMMARY = "record a run of a Python program for the CodeTracer debugger"
SOURCES = Path(__file__).resolve().parent.parent / "src"


def load_parser() -> argparse.ArgumentParser:
    """The parser of the command line, without the rest of the package."""
    package = types.ModuleType(PACKAGE)
    package.__path__ = [str(SOURCES / PACKAGE)]
    sys.modules[PACKAGE] = package
    from codetracer_python_recorder import cli

    return cli._make_parser()


def escape(text: str) -> str:
    """Text that roff takes as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    lines = (f"\\&{s}" if s[:1] in (".", "'") else s for s in text.splitlines())
    return "\n".join(lines)


def option(action: Any) -> list[str]:
    """An option with its value and its help."""
    names = ", ".join(f"\\fB{escape(name)}\\fR" for name in action.option_strings)
    value = f" \\fI{escape(action.metavar)}\\fR" if action.nargs != 0 else ""
    return [".TP", names + value, escape(action.help)]


def man_page(parser: argparse.ArgumentParser) -> str:
    """The manual page, section 1."""
    from codetracer_python_recorder._version import __version__

    name = escape(parser.prog)
    title = f'"" "{parser.prog} {__version__}" ""'
    lines = [f".TH {name.upper()} 1 {title}", ".SH NAME", f"{name} \\- {SUMMARY}"]
    lines.append(".SH SYNOPSIS")
    for usage in (parser.usage or "").splitlines():
        lines += [escape(usage.strip() % {"prog": parser.prog}), ".br"]
    lines += [".SH DESCRIPTION", escape(parser.description or ""), ".SH OPTIONS"]
    for group in parser._action_groups:
        if group._group_actions:
            lines.append(f".SS {escape(group.title or '')}")
        for action in group._group_actions:
            lines += option(action)
    epilog = (parser.epilog or "") % {"prog": parser.prog}
    examples, *notes = epilog.split("\n\n")
    lines += [".SH EXAMPLES", ".nf", *map(escape, examples.splitlines()[1:]), ".fi"]
    lines.append(".SH NOTES")
    for note in notes:
        lines += [".PP", escape(note)]
    return "\n".join(lines) + "\n"


def complete(parser: argparse.ArgumentParser, shell: str) -> str:
    """The completion for a shell: options, their values, and files for the program."""
    places = {"DIR": shtab.DIRECTORY}
    places |= dict.fromkeys(("FILE", "FILE...", "PATH"), shtab.FILE)
    for action in parser._actions:
        if action.metavar in places:
            action.complete = places[str(action.metavar)]  # type: ignore[attr-defined]
        elif action.metavar == "binary|json":
            action.choices = ("binary", "json")
    program = parser.add_argument("program", nargs="*", help="and its arguments")
    program.complete = shtab.FILE  # type: ignore[attr-defined]
    text: str = shtab.complete(parser, shell=shell)
    return text


def main(man: str, bash: str, zsh: str) -> None:
    """Write the three files."""
    Path(man).write_text(man_page(load_parser()), encoding="utf-8")
    for shell, path in (("bash", bash), ("zsh", zsh)):
        Path(path).write_text(complete(load_parser(), shell), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
