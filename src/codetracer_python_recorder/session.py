"""Sessions: start, flush and stop a recording of this process.

The native functions are bound to module globals and called through those names, so
that tools and tests can put others in their place.
"""

import os

from .codetracer_python_recorder import (
    UsageError,
    _note_uncaught,
    _set_package,
)
from .codetracer_python_recorder import (
    configure_policy as _configure_policy,
)
from .codetracer_python_recorder import (
    configure_policy_from_env as _configure_policy_from_env,
)
from .codetracer_python_recorder import (
    flush_tracing as _flush_backend,
)
from .codetracer_python_recorder import (
    is_tracing as _is_tracing_backend,
)
from .codetracer_python_recorder import (
    start_tracing as _start_backend,
)
from .codetracer_python_recorder import (
    stop_tracing as _stop_backend,
)
from .formats import (
    DEFAULT_FORMAT,
    is_supported,
    normalize_format,
    unsupported_format_message,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Any, TypedDict, Unpack

    PathLike = str | os.PathLike[str]
    Filters = PathLike | Iterable[PathLike] | None

    class StartKeywords(TypedDict, total=False):
        """The keywords of `start`."""

        format: str
        start_on_enter: PathLike | None
        trace_filter: Filters
        policy: Mapping[str, Any] | None
        apply_env_policy: bool


__all__ = ["TraceSession", "flush", "is_tracing", "start", "stop", "trace"]

ENV_TRACE_FILTER = "CODETRACER_TRACE_FILTER"

_set_package(os.path.dirname(__file__))  # it is never recorded

_active_session: "TraceSession | None" = None


class TraceSession:
    """The handle of a recording, also a context manager that stops it.

    `path` is the trace directory, `format` the name of the trace format.
    """

    def __init__(self, path: "PathLike", format: str) -> None:
        """A handle for these two; it starts nothing."""
        self._path = path
        self.format = format

    @property
    def path(self) -> "Path":
        """The trace directory; pathlib is imported for those who ask."""
        from pathlib import Path

        return Path(self._path)

    def __repr__(self) -> str:
        """The two attributes."""
        return f"TraceSession(path={self.path!r}, format={self.format!r})"

    def flush(self) -> None:
        """Flush the active recording; nothing when there is none."""
        flush()

    def stop(self, *, exit_code: int | None = None) -> None:
        """Stop the recording if it is still this one; nothing otherwise."""
        if _active_session is self:
            stop(exit_code=exit_code)

    def __enter__(self) -> "TraceSession":
        """The session itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        """Stop the recording; an exception is what it ends with."""
        if value is not None and _active_session is self:
            _note_uncaught(value)
        self.stop()


class trace:
    """Record what a `with` block does; the keywords are those of `start`.

    The recording starts when the block is entered, and the block gets the session.
    """

    def __init__(self, path: "PathLike", **keywords: "Unpack[StartKeywords]") -> None:
        """Keep the arguments for `start`."""
        self._path = path
        self._keywords = keywords
        self._session: TraceSession | None = None

    def __enter__(self) -> TraceSession:
        """Start to record."""
        self._session = start(self._path, **self._keywords)
        return self._session

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        """Stop the recording; an exception is what it ends with."""
        if self._session is not None:
            self._session.__exit__(kind, value, traceback)


def start(
    path: "PathLike",
    *,
    format: str = DEFAULT_FORMAT,
    start_on_enter: "PathLike | None" = None,
    trace_filter: "Filters" = None,
    policy: "Mapping[str, Any] | None" = None,
    apply_env_policy: bool = True,
) -> TraceSession:
    """Start to record this process.

    path: the trace directory, created with its parents.
    format: `binary` or `json`, in any case.
    start_on_enter: record only while code of this file runs (its first activation).
    trace_filter: filter files: a path, several joined by `::`, or a sequence of those.
    policy: keywords of `configure_policy` for this and later sessions.
    apply_env_policy: read the policy's environment variables first; and the filters of
    CODETRACER_TRACE_FILTER stand before those given here.

    RuntimeError when a session is active; ValueError, TypeError or FileNotFoundError
    for an argument that cannot be used; RecorderError when the recorder cannot start.
    """
    global _active_session
    if _is_tracing_backend():
        raise RuntimeError("tracing already active")
    directory = _trace_directory(path)
    format_name = _coerce_format(format)
    activation_path = _normalize_activation_path(start_on_enter)
    filters = _normalize_trace_filter(trace_filter)

    if apply_env_policy:
        filters = _filter_files(os.environ.get(ENV_TRACE_FILTER, "")) + (filters or [])
        _configure_policy_from_env()
    if policy:
        _configure_policy(**_policy_keywords(policy))
    try:
        _start_backend(
            _absolute(directory), format_name, activation_path, filters or None
        )
    except UsageError as error:
        if error.code != "ERR_ALREADY_TRACING":
            raise
        raise RuntimeError("tracing already active") from None  # by another thread
    _active_session = TraceSession(path=directory, format=format_name)
    return _active_session


def stop(*, exit_code: int | None = None) -> None:
    """Finish the active recording; nothing when there is none.

    exit_code: the program's exit status, if it is known. RecorderError when the trace
    cannot be finished; the session is over all the same.
    """
    global _active_session
    _active_session = None
    if not _is_tracing_backend():
        return
    if exit_code is None:
        _stop_backend()
    else:
        _stop_backend(exit_code)


def flush() -> None:
    """Make what is recorded so far safe; nothing when no recording is active."""
    if _is_tracing_backend():
        _flush_backend()


def is_tracing() -> bool:
    """Whether a recording of this process is active."""
    return _is_tracing_backend()


def _coerce_format(value: str) -> str:
    """The format's name; ValueError when it cannot be written."""
    if not isinstance(value, str) or not is_supported(value):
        raise ValueError(unsupported_format_message(value))
    return normalize_format(value)


def _validate_trace_path(value: "PathLike") -> "Path":
    """The directory with `~` expanded; ValueError when it is something else."""
    from pathlib import Path

    return Path(_trace_directory(value))


# The import of pathlib takes longer than a start: what every start needs does without.


def _trace_directory(value: "PathLike") -> str:
    """What `_validate_trace_path` answers, as text."""
    path = _expanduser(value)
    if not path:
        raise ValueError("trace path is empty")
    if os.path.exists(path) and not os.path.isdir(path):
        raise ValueError("trace path exists and is not a directory")
    return path


def _expanduser(value: "PathLike") -> str:
    """The text of `Path(value).expanduser()`, which is asked where `~` may be."""
    text = os.fspath(value)
    if not isinstance(text, str) or text.startswith("~"):
        from pathlib import Path

        return str(Path(text).expanduser())
    return text


def _absolute(path: str) -> str:
    """The text of `Path(path).absolute()`: symlinks and `..` stay."""
    parts = os.path.join(os.getcwd(), path).split("/")
    return "/" + "/".join(part for part in parts if part not in ("", "."))


def _normalize_activation_path(value: "PathLike | None") -> str | None:
    """The file as an absolute path, symlinks kept, so that it survives a chdir."""
    return None if value is None else _absolute(_expanduser(value))


def _normalize_trace_filter(
    value: "Filters",
) -> list[str] | None:
    """The filter files as absolute, symlink-free paths, in order, repeats kept."""
    if value is None:
        return None
    if isinstance(value, str | os.PathLike):
        specs = [value]
    elif isinstance(value, bytes) or not hasattr(value, "__iter__"):
        raise TypeError("trace_filter must be a path, iterable of paths, or None")
    else:
        specs = list(value)

    paths = [path for spec in specs for path in _filter_files(spec)]
    if not paths:
        raise ValueError("trace_filter must resolve to at least one path")
    return paths


def _filter_files(spec: "PathLike") -> list[str]:
    """The files named in one value; `::` joins several."""
    if not isinstance(spec, str | os.PathLike):
        raise TypeError("trace_filter sequence entries must be str or os.PathLike")
    parts = [part.strip() for part in os.fspath(spec).split("::")]
    if not any(parts):
        return []
    from pathlib import Path

    paths = [Path(part).expanduser().resolve() for part in parts if part]
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"trace filter '{path}' does not exist")
        if not path.is_file():
            raise ValueError(f"trace filter '{path}' is not a file")
    return [str(path) for path in paths]


def _policy_keywords(policy: "Mapping[str, Any]") -> "dict[str, Any]":
    """The keywords for the native function, which takes paths as text only."""
    if not hasattr(policy, "items"):
        raise TypeError("policy must be a mapping of configure_policy's keywords")
    return {
        name: os.fspath(value) if isinstance(value, os.PathLike) else value
        for name, value in policy.items()
    }
