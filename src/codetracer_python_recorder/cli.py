"""The command line: options, their errors, and the start of the program.

The current directory of `-m`, or the console script's, stands first on sys.path and
may hold an `argparse.py`: nothing of the standard library may be imported at the top
of this module that the interpreter has not loaded already.
"""

import os
import sys

from ._version import __version__
from .formats import (
    DEFAULT_FORMAT,
    is_supported,
    normalize_format,
    unsupported_format_message,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from .launch import Program

ENV_OUT_DIR = "CODETRACER_PYTHON_RECORDER_OUT_DIR"
ENV_DISABLED = "CODETRACER_PYTHON_RECORDER_DISABLED"
_DEFAULT_OUT_DIR = "trace-out"
_TRUE_WORDS = ("1", "true", "t", "yes", "y")


def count(text: str) -> int:
    """The type of options that limit something; argparse shows its name in errors."""
    number = int(text)
    if number < 0:
        raise ValueError
    return number


# Options with one value: names, and keywords of add_argument.
_OPTIONS: "tuple[tuple[tuple[str, ...], dict[str, Any]], ...]" = (
    (
        ("--trace-dir", "-o", "--out-dir"),
        {"metavar": "DIR", "help": "directory of the trace (default: ./trace-out)"},
    ),
    (
        ("--format",),
        {"metavar": "FORMAT", "help": f"binary or json (default: {DEFAULT_FORMAT})"},
    ),
    (
        ("--activation-path",),
        {"metavar": "PATH", "help": "record only while code of this file runs"},
    ),
    (
        ("--recover",),
        {"metavar": "DIR", "help": "finish the trace in DIR of a process that died"},
    ),
)

# The same for settings of the policy; an option's name is its keyword there.
_POLICY_OPTIONS: "tuple[tuple[tuple[str, ...], dict[str, Any]], ...]" = (
    (
        ("--globals",),
        {
            "choices": ("all", "used", "none"),
            "help": "which module globals a step shows (default: used)",
        },
    ),
    (
        ("--max-depth",),
        {"metavar": "N", "type": count, "help": "levels of a value (default: 3)"},
    ),
    (
        ("--max-items",),
        {
            "metavar": "N",
            "type": count,
            "help": "items or fields of a container (default: 32)",
        },
    ),
    (
        ("--max-string",),
        {
            "metavar": "N",
            "type": count,
            "help": "characters of a string (default: 256)",
        },
    ),
    (
        ("--max-nodes",),
        {"metavar": "N", "type": count, "help": "nodes of a value (default: 128)"},
    ),
    (
        ("--max-variables",),
        {"metavar": "N", "type": count, "help": "variables of a step (default: 64)"},
    ),
)

_USAGE = """%(prog)s [options] script.py [args...]
       %(prog)s [options] -m module [args...]
       %(prog)s [options] -c code [args...]
       %(prog)s --recover DIR"""
_DESCRIPTION = """Record a run of a Python program for the CodeTracer debugger. The
program is a script, a directory or zip with a __main__.py, or - for standard input;
whatever follows it is passed on to it unchanged."""


class CommandLine:
    """What the user asked for.

    trace_dir, script, activation_path: absolute, symlink-free. `script` is None when
    the program is in no file; `activation_path` is the script unless one was given.
    trace_filter: the values as given.
    policy_overrides: keywords of `configure_policy`, only those the user gave.
    activation_given: whether `activation_path` comes from the user.
    program: the program, as it was named.
    """

    def __init__(self, options: "Namespace", program: "Program") -> None:
        """Complete the options with their defaults; OSError without a directory."""
        from pathlib import Path

        out_dir = options.trace_dir or os.environ.get(ENV_OUT_DIR) or _DEFAULT_OUT_DIR
        self.program = program
        self.trace_dir = _resolve(out_dir)
        self.format = normalize_format(options.format)
        self.script: Path | None = None
        if program.file is not None:
            self.script = Path(program.file).resolve()
        self.script_args = program.args
        self.activation_given = options.activation_path is not None
        self.activation_path = self.script
        if self.activation_given:
            self.activation_path = _resolve(options.activation_path)
        self.trace_filter: tuple[str, ...] = ()
        settings = {
            keyword: getattr(options, keyword)
            for keyword in (_keyword(names) for names, _ in _POLICY_OPTIONS)
        }
        self.policy_overrides: dict[str, Any] = {
            keyword: value for keyword, value in settings.items() if value is not None
        }


def main(argv: "Sequence[str] | None" = None) -> int:
    """Run the command line.

    Without `argv` this is the process's own command line: the process becomes the
    program, and the function returns only when that could not be done. With `argv`
    the program runs in a child process. Result: the exit status. SystemExit for usage
    errors (2), `--help` and `--version` (0).
    """
    if argv is None and not sys.flags.safe_path:
        del sys.path[:1]  # the directory of `-m` or of the console script
    from . import launch

    run = launch.replace_process if argv is None else launch.run_in_child
    try:
        words = sys.argv[1:] if argv is None else list(argv)
        unfinished = _recover_dir(words)
        if unfinished is not None:
            return launch.recover(unfinished)
        arguments = _parse_args(words)
        config = None if _is_disabled() else _launch_config(arguments)
        return run(arguments.program.command(), launch.plain_environment(), config)
    except (launch.LaunchError, OSError, ValueError) as error:
        launch.report_failure(error)
        return 1


def _is_disabled() -> bool:
    return os.environ.get(ENV_DISABLED, "").strip().lower() in _TRUE_WORDS


def _launch_config(arguments: CommandLine) -> dict[str, str]:
    """The configuration for the recorder in the program's process (launch.py).

    ValueError when the trace directory cannot be one.
    """
    from .session import _validate_trace_path

    config = {
        "trace_dir": str(_validate_trace_path(arguments.trace_dir)),
        "format": arguments.format,
        "mode": arguments.program.mode,
        "program_path": arguments.program.path,
        "target_script": str(arguments.script or ""),
    }
    if arguments.activation_given:
        config["activation_path"] = str(arguments.activation_path)
    for keyword, value in arguments.policy_overrides.items():
        config[f"policy.{keyword}"] = str(value)
    return config


def _recover_dir(argv: list[str]) -> str | None:
    """The absolute directory that is to be recovered, None when a program is to run."""
    own, rest = _split_program(argv)
    if all(word.partition("=")[0] != "--recover" for word in own):
        return None
    parser = _make_parser()
    options = parser.parse_args(own)
    if rest:
        parser.error("argument --recover: not allowed with a program")
    return str(os.path.abspath(options.recover))


def _parse_args(argv: "Sequence[str]") -> CommandLine:
    """Understand the recorder's arguments; usage errors end with SystemExit 2."""
    parser = _make_parser()
    own, rest = _split_program(list(argv))
    options = parser.parse_args(own)
    if not is_supported(options.format):
        parser.error(unsupported_format_message(options.format))
    return CommandLine(options, _parse_program(parser, rest))


def _make_parser() -> "ArgumentParser":
    from argparse import ArgumentParser

    parser = ArgumentParser(
        prog="codetracer-python-recorder",
        usage=_USAGE,
        description=_DESCRIPTION,
        allow_abbrev=False,
    )
    for names, keywords in _OPTIONS + _POLICY_OPTIONS:
        parser.add_argument(*names, **keywords)
    parser.add_argument(
        "--version", "-V", action="version", version=f"%(prog)s {__version__}"
    )
    return parser


def _keyword(names: tuple[str, ...]) -> str:
    return names[0].removeprefix("--").replace("-", "_")


def _split_program(argv: list[str]) -> tuple[list[str], list[str]]:
    """The recorder's own options, and from the program (or `--`) on the rest."""
    valued = {name for names, _ in _OPTIONS + _POLICY_OPTIONS for name in names}
    index = 0
    while index < len(argv):
        token = argv[index]
        is_option = token.startswith("-") and token not in ("-", "--")
        if not is_option or (token[1] in "mc" and token not in valued):
            break
        index += 2 if token in valued else 1
    return argv[:index], argv[index:]


def _parse_program(parser: "ArgumentParser", rest: list[str]) -> "Program":
    """The program and its arguments; at most one `--` around a script is ours."""
    from .launch import (
        MODE_COMMAND,
        MODE_MODULE,
        MODE_SCRIPT,
        MODE_STDIN,
        Program,
    )

    is_separated = rest[:1] == ["--"]
    if is_separated:
        rest = rest[1:]
    if not rest:
        parser.error(
            "missing script path after '--'"
            if is_separated
            else "missing script to execute"
        )

    target = rest[0]
    if target[:2] in ("-m", "-c") and (len(target) == 2 or not is_separated):
        mode = MODE_MODULE if target[1] == "m" else MODE_COMMAND
        if len(target) > 2:
            return Program(mode, target[2:], rest[:1], rest[1:])
        if len(rest) == 1:
            parser.error(f"argument {target}: expected one argument")
        return Program(mode, rest[1], rest[:2], rest[2:])

    args = rest[1:]
    if not is_separated and args[:1] == ["--"]:
        args = args[1:]
    if target == "-":
        return Program(MODE_STDIN, target, [target], args)
    if not os.path.exists(target):
        parser.error(f"script '{target}' does not exist")
    typed = ["--", target] if target.startswith("-") else [target]
    return Program(MODE_SCRIPT, target, typed, args)


def _resolve(path: str) -> "Path":
    from pathlib import Path

    return Path(path).expanduser().resolve()
