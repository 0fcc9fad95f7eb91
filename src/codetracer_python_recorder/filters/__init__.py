"""Trace filters: what is recorded, and which values are shown.

`chain` joins filter files and compiles them for the recorder, `files` reads one,
`selectors`, `globs`, `regexes` and `programs` make patterns of its texts, `explain`
answers the command line's questions about them. The decisions themselves are made by
the native module (`csrc/py/filter.c`).

Nothing here is imported unless a recording starts or a filter is asked about.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


_LOGGED = 120
"""Characters of an invalid pattern's message in the log."""


def compile_filters(
    directory: str, paths: "Sequence[str]", log_warning: "Callable[[str], None]"
) -> bytes:
    """The chain of a program as the native module takes it.

    directory: where the search for the project's own filter begins. paths: explicit
    filter files. log_warning: takes a line for the log. UsageError
    (ERR_INVALID_POLICY_VALUE) when a file cannot be used.
    """
    from ..errors import UsageError
    from .chain import load_chain
    from .files import FilterError

    try:
        return load_chain(directory, paths).dump()
    except FilterError as error:
        if error.invalid_pattern:
            log_warning(error.invalid_pattern[:_LOGGED])
        raise UsageError(str(error), code="ERR_INVALID_POLICY_VALUE") from None


def compile_for_session(paths: "Sequence[str] | None") -> bytes:
    """The chain of a recording that this process starts; called by the native module.

    The project's own filter is looked for from the current directory upward. Errors as
    in `compile_filters`.
    """
    import os

    from .. import codetracer_python_recorder as native

    try:
        directory = os.getcwd()
    except OSError:
        directory = "/"
    files = [os.path.abspath(path) for path in paths or ()]
    return compile_filters(directory, files, native._log_warning)
