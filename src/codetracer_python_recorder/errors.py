"""The exceptions of the recorder: C classes of the native module.

Each instance has `code` (str, `ERR_…`), `kind` (str: `Usage`, `Environment`, `Target`
or `Internal`) and `context` (dict of str to str); `str(error)` reads
`[CODE] message (key=value, …)`.
"""

from .codetracer_python_recorder import (
    EnvironmentError,
    InternalError,
    RecorderError,
    TargetError,
    UsageError,
)

__all__ = [
    "EnvironmentError",
    "InternalError",
    "RecorderError",
    "TargetError",
    "UsageError",
]
