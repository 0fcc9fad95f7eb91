"""The command line: options, their errors, and the start of the program.

The current directory of `-m`, or the console script's, stands first on sys.path and
may hold an `argparse.py`: nothing of the standard library may be imported at the top
of this module that the interpreter has not loaded already.
"""

import os
import sys

from .cli_options import (
    COMMAND,
    DEFAULT_OUT_DIR,
    DESCRIPTION,
    EPILOG,
    OPTIONS,
    POLICY_OPTIONS,
    USAGE,
)
from .formats import (
    is_supported,
    normalize_format,
    unsupported_format_message,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any, NoReturn

    from .launch import Program

ENV_OUT_DIR = "CODETRACER_PYTHON_RECORDER_OUT_DIR"
ENV_DISABLED = "CODETRACER_PYTHON_RECORDER_DISABLED"


def _keyword(names: tuple[str, ...]) -> str:
    return names[0].removeprefix("--").replace("-", "_")


_ROWS_WITH_VALUE: "dict[str, tuple[str, dict[str, Any]]]" = {
    name: (_keyword(names), row)
    for names, row in OPTIONS + POLICY_OPTIONS
    if row.get("action", "append") == "append"
    for name in names
}
"""Keyword and row of each option that takes a value, by its names."""


class CommandLine:
    """What the user asked for.

    trace_dir, script, activation_path: absolute, symlink-free. `script` is None when
    the program is in no file; `activation_path` is the script unless one was given.
    Paths for those who ask, whose import takes longer than the parsing; text, with the
    names ending in `_text`, for the launch.
    trace_filter: the values as given.
    policy_overrides: keywords of `configure_policy`, only those the user gave.
    activation_given: whether `activation_path` comes from the user.
    program: the program, as it was named.
    """

    def __init__(self, options: "Mapping[str, Any]", program: "Program") -> None:
        """Complete the options with their defaults; OSError without a directory."""
        out_dir = options["trace_dir"] or os.environ.get(ENV_OUT_DIR) or DEFAULT_OUT_DIR
        self.program = program
        self.trace_dir_text = _resolve(out_dir)
        self.format = normalize_format(options["format"])
        self.script_text: str | None = None
        if program.file is not None:
            self.script_text = os.path.realpath(program.file)
        self.script_args = program.args
        self.activation_given = options["activation_path"] is not None
        self.activation_path_text = self.script_text
        if self.activation_given:
            self.activation_path_text = _resolve(options["activation_path"])
        self.trace_filter: tuple[str, ...] = tuple(options["trace_filter"])
        settings = {
            keyword: options[keyword]
            for keyword in (_keyword(names) for names, _ in POLICY_OPTIONS)
        }
        if settings["log_file"]:
            settings["log_file"] = _as_path(_resolve(settings["log_file"]))
        capture = settings.pop("io_capture")
        if capture is not None:
            settings["io_capture_line_proxies"] = capture != "off"
            settings["io_capture_fd_fallback"] = capture == "proxies+fd"
        self.policy_overrides: dict[str, Any] = {
            keyword: value for keyword, value in settings.items() if value is not None
        }

    @property
    def trace_dir(self) -> "Path":
        """The directory of the trace."""
        from pathlib import Path

        return Path(self.trace_dir_text)

    @property
    def script(self) -> "Path | None":
        """The file of the program."""
        return _as_path(self.script_text)

    @property
    def activation_path(self) -> "Path | None":
        """The file whose first call begins the recording."""
        return _as_path(self.activation_path_text)


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
    from .auto_start import is_disabled
    from .errors import RecorderError

    run = launch.replace_process if argv is None else launch.run_in_child
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        unfinished = _recover_dir(words)
        if unfinished is not None:
            return launch.recover(unfinished)
        answer = _ask_filters(words)
        if answer is not None:
            return answer
        arguments = _parse_args(words)
        config, filters = None, b""
        if not is_disabled():
            config, filters = _launch_config(arguments), _compile_filters(arguments)
        return run(
            arguments.program.command(), launch.plain_environment(), config, filters
        )
    except (launch.LaunchError, RecorderError, OSError, ValueError) as error:
        launch.report_failure(error, wants_trailer="--json-errors" in words)
        return 1


def _launch_config(arguments: CommandLine) -> dict[str, str]:
    """The configuration for the recorder in the program's process (launch.py).

    ValueError when the trace directory cannot be one.
    """
    from .session import _trace_directory

    config = {
        "trace_dir": _trace_directory(arguments.trace_dir_text),
        "format": arguments.format,
        "mode": arguments.program.mode,
        "program_path": arguments.program.path,
        "target_script": arguments.script_text or "",
    }
    if arguments.activation_given:
        config["activation_path"] = arguments.activation_path_text or ""
    for keyword, value in arguments.policy_overrides.items():
        config[f"policy.{keyword}"] = str(value)
    return config


def _compile_filters(arguments: CommandLine) -> bytes:
    """The chain of trace filters for the program; UsageError for a bad one.

    The project's own filter is looked for from the program's directory upward, without
    a file of its own from the current directory.
    """
    from . import codetracer_python_recorder as native
    from .filters import compile_filters
    from .filters.places import ENV_TRACE_FILTER, split_specs
    from .launch import MODE_CONTAINER, MODE_SCRIPT

    directory = os.getcwd()
    script = arguments.script_text
    if arguments.program.mode in (MODE_SCRIPT, MODE_CONTAINER) and script:
        directory = os.path.dirname(script)
    specs = [os.environ.get(ENV_TRACE_FILTER, ""), *arguments.trace_filter]

    def log_warning(message: str) -> None:
        native.configure_policy_from_env()
        native.configure_policy(**arguments.policy_overrides)
        native._log_warning(message)

    return compile_filters(directory, split_specs(specs), log_warning)


def _ask_filters(argv: list[str]) -> int | None:
    """Answer a question about trace filters; None when there is none."""
    own, rest = _split_program(argv)
    questions = ("--print-default-filter", "--check-filter", "--explain-filter")
    if all(word.partition("=")[0] not in questions for word in own):
        return None
    from .filters import command
    from .filters.places import ENV_TRACE_FILTER

    parser = _make_parser()
    options = parser.parse_args(own)
    if options.print_default_filter:
        if rest:
            parser.error("argument --print-default-filter: not allowed with a program")
        return command.print_default()
    if options.check_filter is not None:
        return command.check([options.check_filter, *rest])
    if rest:
        parser.error("argument --explain-filter: not allowed with a program")
    specs = [os.environ.get(ENV_TRACE_FILTER, ""), *options.trace_filter]
    return command.explain(options.explain_filter, specs)


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
    own, rest = _split_program(list(argv))
    options = _read_plain(own)
    if options is None:
        options = vars(_make_parser().parse_args(own))
    if not is_supported(options["format"]):
        _usage_error(unsupported_format_message(options["format"]))
    if options["keep_last"] is not None and options["max_trace_size"] is not None:
        _usage_error("argument --keep-last: not allowed with --max-trace-size")
    command = CommandLine(options, _parse_program(rest))
    _check_settings(command)
    return command


def _read_plain(own: list[str]) -> "dict[str, Any] | None":
    """The options by their keywords if each is written `--name value`, as most are.

    None for all else, errors included, which is for argparse to read: its import takes
    longer than the rest of this process takes.
    """
    table = OPTIONS + POLICY_OPTIONS
    options: dict[str, Any] = {
        _keyword(names): row.get("default") for names, row in table
    }
    for name, text in zip(own[::2], own[1::2], strict=False):
        if name not in _ROWS_WITH_VALUE or text.startswith("-"):
            return None
        keyword, row = _ROWS_WITH_VALUE[name]
        try:
            value = row.get("type", str)(text)
        except Exception:
            return None
        if value not in row.get("choices", (value,)):
            return None
        is_repeated = row.get("action") == "append"
        options[keyword] = [*options[keyword], value] if is_repeated else value
    return None if len(own) % 2 else options


def _usage_error(message: str) -> "NoReturn":
    """Print the usage, the error and what to type instead; SystemExit 2."""
    _make_parser().error(message)


def _check_settings(command: CommandLine) -> None:
    """Have the policy say what it does not take, before the program is started."""
    from . import codetracer_python_recorder as native
    from .launch import report_trailer

    for keyword, value in command.policy_overrides.items():
        try:
            native._check_option(keyword, str(value))
        except native.UsageError as error:
            try:
                _usage_error(error.args[0])
            finally:
                report_trailer(error, "json_errors" in command.policy_overrides)


def _make_parser() -> "ArgumentParser":
    """The parser of the recorder's own options; also what help pages are made from."""
    from .cli_parser import Parser

    return Parser(
        OPTIONS,
        POLICY_OPTIONS,
        prog=COMMAND,
        usage=USAGE,
        description=DESCRIPTION,
        epilog=EPILOG,
    )


def _split_program(argv: list[str]) -> tuple[list[str], list[str]]:
    """The recorder's own options, and from the program (or `--`) on the rest."""
    index = 0
    while index < len(argv):
        token = argv[index]
        is_option = token.startswith("-") and token not in ("-", "--")
        if not is_option or (token[1] in "mc" and token not in _ROWS_WITH_VALUE):
            break
        index += 2 if token in _ROWS_WITH_VALUE else 1
    return argv[:index], argv[index:]


def _parse_program(rest: list[str]) -> "Program":
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
        _usage_error(
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
            _usage_error(f"argument {target}: expected one argument")
        return Program(mode, rest[1], rest[:2], rest[2:])

    args = rest[1:]
    if not is_separated and args[:1] == ["--"]:
        args = args[1:]
    if target == "-":
        return Program(MODE_STDIN, target, [target], args)
    if not os.path.exists(target):
        _usage_error(f"script '{target}' does not exist")
    typed = ["--", target] if target.startswith("-") else [target]
    return Program(MODE_SCRIPT, target, typed, args)


def _resolve(path: str) -> str:
    """The absolute path without symlinks; ValueError for `~` of an unknown user."""
    from .session import _expanduser

    try:
        return os.path.realpath(_expanduser(path))
    except RuntimeError as error:
        raise ValueError(f"cannot expand '{path}': {error}") from error


def _as_path(text: str | None) -> "Path | None":
    from pathlib import Path

    return None if text is None else Path(text)
