"""The recorder's options and what its help says: tables and texts for cli_parser.py.

As in cli.py nothing of the standard library is imported at the top.
"""

from .formats import DEFAULT_FORMAT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

COMMAND = "codetracer-python-recorder"
DEFAULT_OUT_DIR = "trace-out"


def count(text: str) -> int:
    """The type of options that limit something."""
    try:
        return int(text)
    except ValueError:
        from argparse import ArgumentTypeError

        raise ArgumentTypeError(f"{text!r} is no whole number") from None


def path(text: str) -> str:
    """The type of options that name a file or directory.

    An empty one, as of a shell's variable that is not set, would be the current
    directory.
    """
    if not text:
        from argparse import ArgumentTypeError

        raise ArgumentTypeError("the path is empty")
    return text


def paths(text: str) -> str:
    """The type of options that name several files, joined by `::`; it stays text."""
    if not text.replace("::", "").strip():
        from argparse import ArgumentTypeError

        raise ArgumentTypeError("the path is empty")
    return text


def size(text: str) -> str:
    """The type of options that take a number of bytes, such as 1.5G; it stays text."""
    from re import IGNORECASE, fullmatch

    if fullmatch(r"\d+(\.\d*)? *([KMGT]i?)?B?", text.strip(), IGNORECASE) is None:
        from argparse import ArgumentTypeError

        raise ArgumentTypeError(f"{text!r} is no size such as 500M or 1.5G")
    return text


# A row: its names, and keywords of add_argument. `group` is the heading it stands
# under in the help; the action "switch" makes a pair `--name`, `--no-name`.
OPTIONS: "tuple[tuple[tuple[str, ...], dict[str, Any]], ...]" = (
    (
        ("--trace-dir", "-o", "--out-dir"),
        {
            "metavar": "DIR",
            "type": path,
            "help": "directory of the trace, created with its parents (default: "
            f"$CODETRACER_PYTHON_RECORDER_OUT_DIR, else ./{DEFAULT_OUT_DIR})",
        },
    ),
    (
        ("--format",),
        {
            "metavar": "binary|json",
            "help": f"of the trace, in any case (default: {DEFAULT_FORMAT})",
        },
    ),
    (
        ("--activation-path",),
        {
            "metavar": "PATH",
            "type": path,
            "help": "record only the first activation of code of this file (default: "
            "the whole program)",
        },
    ),
    (
        ("--trace-filter",),
        {
            "metavar": "FILE",
            "action": "append",
            "type": paths,
            "default": [],
            "help": "a filter file, or several joined by `::`; may be repeated",
        },
    ),
    (
        ("--print-default-filter",),
        {"action": "store_true", "help": "show the built-in trace filter"},
    ),
    (
        ("--check-filter",),
        {
            "metavar": "FILE...",
            "type": path,
            "help": "say whether filter files are in order",
        },
    ),
    (
        ("--explain-filter",),
        {
            "metavar": "TARGET",
            "help": "say which filter rules decide about a path, path:line or "
            "module.qualname",
        },
    ),
    (
        ("--recover",),
        {
            "metavar": "DIR",
            "type": path,
            "help": "finish the trace in DIR of a process that died",
        },
    ),
)

# The same for settings of the policy; an option's name is its keyword there.
POLICY_OPTIONS: "tuple[tuple[tuple[str, ...], dict[str, Any]], ...]" = (
    (
        ("--globals",),
        {
            "group": "what a step shows",
            "type": str.lower,
            "choices": ("all", "used", "none"),
            "help": "which module globals (default: used, those the code mentions)",
        },
    ),
    (
        ("--max-depth",),
        {
            "group": "what a step shows",
            "metavar": "N",
            "type": count,
            "help": "levels of a value (default: 3)",
        },
    ),
    (
        ("--max-items",),
        {
            "group": "what a step shows",
            "metavar": "N",
            "type": count,
            "help": "items or fields of a container (default: 32)",
        },
    ),
    (
        ("--max-string",),
        {
            "group": "what a step shows",
            "metavar": "N",
            "type": count,
            "help": "characters of a string (default: 256)",
        },
    ),
    (
        ("--max-nodes",),
        {
            "group": "what a step shows",
            "metavar": "N",
            "type": count,
            "help": "nodes of a value, at least 2 (default: 128)",
        },
    ),
    (
        ("--max-variables",),
        {
            "group": "what a step shows",
            "metavar": "N",
            "type": count,
            "help": "variables of a step, 1 to 65535 (default: 64)",
        },
    ),
    (
        ("--max-trace-size",),
        {
            "group": "how much is recorded",
            "metavar": "SIZE",
            "type": size,
            "help": "end the recording, not the program, at this size (500M, 1.5G)",
        },
    ),
    (
        ("--keep-last",),
        {
            "group": "how much is recorded",
            "metavar": "SIZE",
            "type": size,
            "help": "keep only the last part: so much of the recording as it is "
            "written, at least 64K, whose trace is some 20 times as large, and far "
            "more with large values",
        },
    ),
    (
        ("--min-free",),
        {
            "group": "how much is recorded",
            "metavar": "SIZE",
            "type": size,
            "help": "end the recording when the disk has less free "
            "(default: the smaller of 1G and a twentieth of the disk)",
        },
    ),
    (
        ("--module-name-from-globals",),
        {
            "group": "what a step shows",
            "action": "switch",
            "help": "name module bodies by their __name__ (default), or by the place "
            "of their file under sys.path",
        },
    ),
    (
        ("--thread-records",),
        {
            "group": "what a step shows",
            "type": str.lower,
            "choices": ("auto", "on", "off"),
            "help": "records of threads (default: auto, not in json)",
        },
    ),
    (
        ("--io-capture",),
        {
            "group": "what a step shows",
            "type": str.lower,
            "choices": ("off", "proxies", "proxies+fd"),
            "help": "the program's output and input: proxies (default), also that of "
            "native code and child processes (proxies+fd), or off",
        },
    ),
    (
        ("--propagate-script-exit",),
        {
            "group": "when something goes wrong",
            "action": "switch",
            "help": "exit with the script's status (default; under CodeTracer with 0)",
        },
    ),
    (
        ("--on-recorder-error",),
        {
            "group": "when something goes wrong",
            "type": str.lower,
            "choices": ("abort", "disable"),
            "help": "when the recorder fails: abort raises the error in the program "
            "(default), disable lets the program run on unrecorded",
        },
    ),
    (
        ("--require-trace",),
        {
            "group": "when something goes wrong",
            "action": "store_true",
            "help": "exit with status 1 if nothing was recorded",
        },
    ),
    (
        ("--keep-partial-trace",),
        {
            "group": "when something goes wrong",
            "action": "store_true",
            "help": "keep what was recorded when the recorder fails",
        },
    ),
    (
        ("--json-errors",),
        {
            "group": "when something goes wrong",
            "action": "store_true",
            "help": "one line of JSON for each failure on standard error",
        },
    ),
    (
        ("--log-level",),
        {
            "group": "when something goes wrong",
            "metavar": "SPEC",
            "help": "off, error, warn, info, debug or trace, or a comma list with "
            "target=level (default: warn)",
        },
    ),
    (
        ("--log-file",),
        {
            "group": "when something goes wrong",
            "metavar": "PATH",
            "help": "append the log to this file (default: standard error)",
        },
    ),
)

USAGE = """%(prog)s [options] script.py [args...]
       %(prog)s [options] -m module [args...]
       %(prog)s [options] -c code [args...]
       %(prog)s --recover DIR"""
DESCRIPTION = """Record a run of a Python program for the CodeTracer debugger. The
program is a script, a directory or zip with a __main__.py, or - for standard input;
whatever follows it is passed on to it unchanged. One -- before these, or without that
directly behind them, separates and is taken off."""
EPILOG = """examples:
  %(prog)s script.py --its-own-option
  %(prog)s -o trace --format json -m package.module
  %(prog)s --activation-path app/jobs.py -m app
  %(prog)s --max-depth 5 --globals all -c 'import app; app.main()'

Most options have an environment variable, CODETRACER_MAX_DEPTH for --max-depth; an
option on the command line takes precedence.

The exit status is the program's own; 1 when the recorder could not start or, unless
--on-recorder-error is disable, not write the trace; 2 for a wrong command line."""
