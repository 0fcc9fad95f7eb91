"""Recording a process because its environment says so (docs/environment.md).

`CODETRACER_TRACE=DIR` starts a session when this package is imported; it is finished
when the process ends. `%p` in DIR is the process id, and then every forked child gets
a trace of its own. Imported while an interpreter starts, too (a .pth file): nothing
may be imported here that is not needed.
"""

import os
import sys

from . import codetracer_python_recorder as _native
from . import session
from .formats import DEFAULT_FORMAT

ENV_TRACE_PATH = "CODETRACER_TRACE"
ENV_TRACE_FILTER = "CODETRACER_TRACE_FILTER"
ENV_TRACE_FORMAT = "CODETRACER_FORMAT"
ENV_DISABLED = "CODETRACER_PYTHON_RECORDER_DISABLED"

_PROCESS_ID = "%p"
_TRUE_WORDS = ("1", "true", "t", "yes", "y")

# What this process has done about forks. `is_watching`: the hooks are registered;
# `is_recorded`: the process that is about to fork is recorded.
_forks = {"is_watching": False, "is_recorded": False}


def auto_start_from_env() -> None:
    """Start the session that the environment asks for; nothing if it asks for none.

    Nothing either while another session is active, and when the directory is in use by
    a live recording, as in a child process with the same environment. The errors are
    those of `session.start`.
    """
    path = os.environ.get(ENV_TRACE_PATH)
    if not path or is_disabled() or _belongs_to_the_command_line():
        return
    if session.is_tracing():
        return
    _native.configure_policy_from_env()
    if not _main_has_begun():
        _native._expect_program(*_program())
    try:
        session.start(
            path.replace(_PROCESS_ID, str(os.getpid())),
            format=os.environ.get(ENV_TRACE_FORMAT) or DEFAULT_FORMAT,
            trace_filter=os.environ.get(ENV_TRACE_FILTER) or None,
            apply_env_policy=False,
        )
    except _native.EnvironmentError as error:
        if error.code != "ERR_TRACE_DIR_CONFLICT":
            raise
        _native._log_info(f"this process is not recorded: {error}")
        return
    if _PROCESS_ID in path:
        _watch_forks()


def is_disabled() -> bool:
    """Whether the environment switches the recorder off."""
    return os.environ.get(ENV_DISABLED, "").strip().lower() in _TRUE_WORDS


def _belongs_to_the_command_line() -> bool:
    """Whether the command line decides what is recorded in this process.

    It is the command line's own process, or the one it has launched: start-up code of
    that one may import us before the program begins.
    """
    from .launch import is_own_command

    return is_own_command() or _native._is_launch_pending()


# ---- the program ---------------------------------------------------------------------


def _main_has_begun() -> bool:
    """Whether the main module is running, so that it can be seen on the stack."""
    main = vars(sys.modules["__main__"])
    frame = sys._getframe()
    while frame is not None:
        if frame.f_globals is main and frame.f_code.co_name == "<module>":
            return True
        if frame.f_back is None:
            break
        frame = frame.f_back
    return False


def _program() -> tuple[str, str]:
    """`co_filename` of the main code that will run, and its file; empty if unknown."""
    from . import launch

    _, kind, target = launch.split_interpreter_command(sys.orig_argv)
    modes = {"-m": launch.MODE_MODULE, "-c": launch.MODE_COMMAND}
    mode = modes.get(kind, launch.MODE_STDIN if target == "-" else launch.MODE_SCRIPT)
    try:
        program = launch.Program(mode, target, [], [])
    except (ImportError, OSError, ValueError):
        return "", ""
    return program.path, os.path.realpath(program.file) if program.file else ""


# ---- forks ---------------------------------------------------------------------------


def _watch_forks() -> None:
    if not _forks["is_watching"]:
        _forks["is_watching"] = True
        os.register_at_fork(before=_before_fork, after_in_child=_after_fork)


def _before_fork() -> None:
    _forks["is_recorded"] = session.is_tracing()


def _after_fork() -> None:
    """Start the child's own trace; what goes wrong must not end the child."""
    if not _forks["is_recorded"]:
        return
    session._active_session = None
    try:
        auto_start_from_env()
    except Exception as error:
        _native._report_error(error)
        text = f"Failed to start Codetracer session: {error}\n"
        os.write(2, text.encode(errors="backslashreplace"))
