"""Types of the native module."""

from typing import Any

class RecorderError(Exception):
    code: str
    kind: str
    context: dict[str, str]
    def __init__(
        self,
        message: str = ...,
        *,
        code: str = "ERR_UNKNOWN",
        context: dict[str, str] | None = None,
    ) -> None: ...

class UsageError(RecorderError): ...
class EnvironmentError(RecorderError): ...
class TargetError(RecorderError): ...
class InternalError(RecorderError): ...

def start_tracing(
    path: str,
    format: str,
    activation_path: str | None = None,
    trace_filter: list[str] | None = None,
) -> None: ...
def stop_tracing(exit_code: int | None = None) -> None: ...
def flush_tracing() -> None: ...
def is_tracing() -> bool: ...
def configure_policy(
    *,
    globals: str | None = None,
    max_depth: int | None = None,
    max_items: int | None = None,
    max_string: int | None = None,
    max_nodes: int | None = None,
    max_variables: int | None = None,
    max_trace_size: int | str | None = None,
    min_free: int | str | None = None,
) -> None: ...
def configure_policy_from_env() -> None: ...
def policy_snapshot() -> dict[str, Any]: ...
def _start_program(config: bytes, hook: int = ...) -> None: ...
def _note_uncaught(exception: BaseException, /) -> None: ...

_frame_adapter: str
