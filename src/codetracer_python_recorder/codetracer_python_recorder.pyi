"""Types of the native module."""

import os
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
    on_recorder_error: str | None = None,
    require_trace: bool | None = None,
    keep_partial_trace: bool | None = None,
    log_level: str | None = None,
    log_file: str | os.PathLike[str] | None = None,
    json_errors: bool | None = None,
    module_name_from_globals: bool | None = None,
    propagate_script_exit: bool | None = None,
    globals: str | None = None,
    max_depth: int | None = None,
    max_items: int | None = None,
    max_string: int | None = None,
    max_nodes: int | None = None,
    max_variables: int | None = None,
    max_trace_size: int | str | None = None,
    keep_last: int | str | None = None,
    min_free: int | str | None = None,
    thread_records: str | None = None,
    io_capture_line_proxies: bool | None = None,
    io_capture_fd_fallback: bool | None = None,
) -> None: ...
def configure_policy_from_env() -> None: ...
def policy_snapshot() -> dict[str, Any]: ...
def _start_program(config: bytes, hook: int = ...) -> None: ...
def _expect_program(program_path: str, target_script: str, /) -> None: ...
def _check_option(keyword: str, text: str, /) -> None: ...
def _set_package(directory: str, /) -> None: ...
def _is_launch_pending() -> bool: ...
def _log_info(message: str, /) -> None: ...
def _log_warning(message: str, /) -> None: ...
def _report_error(exception: BaseException, /) -> None: ...
def _note_uncaught(exception: BaseException, /) -> None: ...
def _filter_matches(
    pattern: tuple[int, bytes, bytes], names: tuple[str, ...], /
) -> list[bool]: ...
def _filter_decision(
    chain: bytes,
    module: str,
    file: str,
    qualname: str,
    is_program: bool,
    names: tuple[tuple[int, str], ...],
    /,
) -> tuple[int, int, int, int, tuple[tuple[int, int, int], ...], bytes] | None: ...

_frame_adapter: str
