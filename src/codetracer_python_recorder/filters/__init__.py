"""Trace filters: what is recorded, and which values are shown.

`places` finds filter files, `chain` joins them and compiles them for the recorder,
`files` reads one,
`selectors`, `globs`, `regexes` and `programs` make patterns of its texts, `explain`
answers the command line's questions about them. The decisions themselves are made by
the native module (`csrc/py/filter.c`).

Nothing here is imported unless a recording starts or a filter is asked about.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


_BUILTIN_CHAIN = "builtin_chain.bin"
"""The compiled chain of the built-in filter alone (tools/builtin_chain.py): without
other filters a start does not parse it, nor import what that takes."""

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
    from .places import find_project_filter

    if not paths and find_project_filter(directory) is None:
        return _builtin_chain()
    return _compile_chain(directory, paths, log_warning)


def _builtin_chain() -> bytes:
    import os

    try:
        path = os.path.join(os.path.dirname(__file__), _BUILTIN_CHAIN)
        with open(path, "rb") as file:
            return file.read()
    except OSError:  # the package as it is in the checkout, not built
        from .chain import Chain, builtin_file

        return Chain([builtin_file()]).dump()


def _compile_chain(
    directory: str, paths: "Sequence[str]", log_warning: "Callable[[str], None]"
) -> bytes:
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
