"""Record a run of a Python program for the CodeTracer debugger.

    import codetracer_python_recorder as recorder

    with recorder.trace("trace-out", format="json"):
        main()

Importing the package is cheap and records nothing, unless CODETRACER_TRACE names a
directory: then this process is recorded into it. It is also the first thing that
`python -m codetracer_python_recorder` does, while the current directory is still on
sys.path: neither this module nor what it imports may import a module of the standard
library that the interpreter has not loaded already.
"""

import os as _os

from ._version import __version__
from .errors import (
    EnvironmentError,
    InternalError,
    RecorderError,
    TargetError,
    UsageError,
)
from .formats import DEFAULT_FORMAT, TRACE_BINARY, TRACE_JSON
from .policy import configure_policy, configure_policy_from_env, policy_snapshot
from .session import TraceSession, flush, is_tracing, start, stop, trace

if _os.environ.get("CODETRACER_TRACE"):
    from .auto_start import auto_start_from_env as _auto_start_from_env

    _auto_start_from_env()

__all__ = [
    "DEFAULT_FORMAT",
    "TRACE_BINARY",
    "TRACE_JSON",
    "EnvironmentError",
    "InternalError",
    "RecorderError",
    "TargetError",
    "TraceSession",
    "UsageError",
    "__version__",
    "configure_policy",
    "configure_policy_from_env",
    "flush",
    "is_tracing",
    "policy_snapshot",
    "start",
    "stop",
    "trace",
]
