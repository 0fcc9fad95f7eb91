"""The command line's questions about filters: `--print-default-filter`,
`--check-filter FILE...` and `--explain-filter TARGET`.

Answers go to standard output, errors to standard error. Result of each function: the
exit status, 1 when a filter cannot be used.
"""

import io
import sys

from . import explain as answers
from .chain import builtin_text
from .files import FilterError
from .places import split_specs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def print_default() -> int:
    """Show the built-in filter file."""
    sys.stdout.buffer.write(builtin_text())
    sys.stdout.buffer.flush()
    return 0


def check(paths: "Sequence[str]") -> int:
    """Say of each filter file whether it is in order, and what it does."""
    status = 0
    _accept_any_text()
    for is_ok, text in answers.check_files(paths):
        print(text, file=sys.stdout if is_ok else sys.stderr)
        status = status if is_ok else 1
    return status


def explain(target: str, specs: "Sequence[str]") -> int:
    """Say which rules decide about code. specs: filters as on the command line."""
    _accept_any_text()
    try:
        for line in answers.explain(target, split_specs(specs)):
            print(line)
    except FilterError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _accept_any_text() -> None:
    """Paths need not be text, and standard output may be ASCII only."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
