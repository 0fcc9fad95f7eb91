"""Runs a program exactly as `python script.py` would, with the recorder in it.

This process replaces itself (`execve`) by the plain interpreter with the command line
of a plain run, so everything the program can see of its start is CPython's own doing.
The recorder gets in by the preload library (`csrc/launch/preload.c`), which finds its
configuration in one environment variable and removes every trace of that before the
interpreter's `main`. `docs/launching.md` tells why it is done this way.

The configuration is a sequence of netstrings `<length>:<key>=<value>,`; the values are
bytes in the file system encoding, numbers in decimal:

- `pid`: the process that is meant, since `execve` keeps it; or `parent`: its parent
- `extension`: the native module's file
- `trace_dir`, `format`: where and how to record
- `mode`: `script`, `module`, `command`, `stdin` or `container` (a directory or zip)
- `program_path`: `co_filename` of the program's main code; empty when it is not known
- `target_script`: the program's file, absolute and symlink-free, or empty
- `activation_path`: only when one was given
- `policy.<keyword>`: one for each setting given on the command line
- `old_ld_preload`: LD_PRELOAD of the plain run, if it has one
- `preload_fd`: a descriptor that the preload library has to close, if there is one
- `filter_fd`: a descriptor of the compiled chain of trace filters, which the recorder
  reads and closes
"""

import os
import sys

from . import codetracer_python_recorder as _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from typing import NoReturn, Protocol

    class PathImporter(Protocol):
        """What a path hook makes for a directory or zip."""

        def find_spec(self, name: str, /) -> ModuleSpec | None:
            """The spec of a module in there, None when there is no such module."""

    Environment = dict[bytes, bytes]

MODE_SCRIPT = "script"
MODE_MODULE = "module"
MODE_COMMAND = "command"
MODE_STDIN = "stdin"
MODE_CONTAINER = "container"

_LAUNCH_VARIABLE = b"CODETRACER_RECORDER_LAUNCH"
_PRELOAD_VARIABLE = b"LD_PRELOAD"
_PRELOAD_LIBRARY = "ct_preload.so"
_FINISH_PROGRAM = "ct-finish"
_OWN_COMMANDS = (
    ("-m", "codetracer_python_recorder"),
    ("-m", "codetracer_python_recorder.__main__"),
)
_CONSOLE_SCRIPT = "codetracer-python-recorder"
_AT_SECURE = 23  # <elf.h>: the type of this entry of the auxiliary vector


class LaunchError(Exception):
    """The program cannot be started with the recorder in it."""


class Program:
    """The program as the user named it, and where its code is.

    mode: one of the MODE_ constants.
    target: script, module name or code; `-` for standard input.
    typed: the arguments that name it, as the interpreter takes them (`["-m", "mod"]`).
    args: what follows them, unchanged.
    path: `co_filename` of the main code, empty when only running it can tell.
    file: the file that holds the program, None when it is in none.
    """

    def __init__(
        self, mode: str, target: str, typed: "Sequence[str]", args: "Sequence[str]"
    ) -> None:
        """Find the program's code; nothing of the program runs."""
        self.mode = mode
        self.target = target
        self.typed = list(typed)
        self.args = list(args)
        self.path = ""
        self.file: str | None = None
        if mode == MODE_COMMAND:
            self.path = "<string>"
        elif mode == MODE_STDIN:
            self.path = "<stdin>"
        elif mode == MODE_MODULE:
            self._locate_module()
        else:
            self._locate_script()

    def _locate_module(self) -> None:
        spec = find_main_module(self.target)
        if spec is None:
            return
        if spec.origin == "frozen":
            self.path = f"<frozen {spec.name}>"
            self.file = getattr(spec.loader_state, "filename", None)
        elif spec.has_location and spec.origin is not None:
            self.path = self.file = spec.origin

    def _locate_script(self) -> None:
        self.file = self.path = _absolute(self.target)
        importer = _path_importer(self.path)
        if importer is not None:
            self.mode = MODE_CONTAINER
            spec = importer.find_spec("__main__")
            self.path = (spec and spec.origin) or ""

    def command(self) -> list[str]:
        """The command line of the plain run, with this interpreter's own options."""
        options, _, _ = split_interpreter_command(sys.orig_argv)
        return [*sys.orig_argv[:1], *options, *self.typed, *self.args]


def split_interpreter_command(argv: "Sequence[str]") -> tuple[list[str], str, str]:
    """Take an interpreter's command line apart.

    Result: the interpreter's options without what it has to run; what kind that is
    (`-m`, `-c`, or empty for a file); and the module, code or file itself.
    """
    options: list[str] = []
    rest = iter(argv[1:])
    for token in rest:
        if token == "--":
            break
        if token == "-" or not token.startswith("-"):
            return options, "", token
        if token.startswith("--"):
            options.append(token)
            if token == "--check-hash-based-pycs":
                options.append(next(rest, ""))
            continue
        for position, letter in enumerate(token[1:], start=1):
            attached = token[position + 1 :]
            if letter in "mc":
                if position > 1:
                    options.append(token[:position])
                return options, "-" + letter, attached or next(rest, "")
            if letter in "WX":
                options.append(token)
                if not attached:
                    options.append(next(rest, ""))
                break
        else:
            options.append(token)
    return options, "", next(rest, "-")


def is_own_command() -> bool:
    """Whether this process was started as the recorder's command line."""
    _, kind, target = split_interpreter_command(sys.orig_argv)
    is_console_script = kind == "" and os.path.basename(target) == _CONSOLE_SCRIPT
    return is_console_script or (kind, target) in _OWN_COMMANDS


# ---- where the code is ---------------------------------------------------------------


def find_main_module(name: str) -> "ModuleSpec | None":
    """What `python -m name` would run, found without running anything of it.

    None when it cannot be found that way; running it may still find it, since a
    package can change its own path.
    """
    spec = find_module(name)
    if spec is not None and spec.submodule_search_locations is not None:
        spec = find_module(name + ".__main__")
    return spec


def find_module(name: str) -> "ModuleSpec | None":
    """The spec of a module; its packages are looked up but not imported.

    The finders look for the parent in sys.modules when it is a namespace package: for
    the time of the search an empty module stands in for each package.
    """
    from types import ModuleType

    path0 = [] if sys.flags.safe_path else [_absolute("")]
    stand_ins: list[str] = []
    sys.path[:0] = path0
    try:
        parts = name.split(".")
        path = None
        for count in range(1, len(parts)):
            package = ".".join(parts[:count])
            spec = _find_spec(package, path)
            if spec is None or spec.submodule_search_locations is None:
                return None
            path = spec.submodule_search_locations
            if package not in sys.modules:
                sys.modules[package] = stand_in = ModuleType(package)
                stand_in.__path__ = path
                stand_ins.append(package)
        return _find_spec(name, path)
    finally:
        del sys.path[: len(path0)]
        for package in stand_ins:
            del sys.modules[package]


def _find_spec(name: str, path: "Sequence[str] | None") -> "ModuleSpec | None":
    for finder in sys.meta_path:
        spec = finder.find_spec(name, path)
        if spec is not None:
            return spec
    return None


def _path_importer(path: str) -> "PathImporter | None":
    """The importer of a directory or zip, None for a script: as CPython decides it."""
    for hook in sys.path_hooks:
        try:
            return hook(path)
        except ImportError:
            continue
    return None


def _absolute(path: str) -> str:
    """The absolute path as CPython makes it for a script: nothing is normalised."""
    if path.startswith("/"):
        return path
    try:
        directory = os.getcwd()
    except OSError:
        return path
    return directory if path in ("", ".") else f"{directory}/{path}"


# ---- starting it ---------------------------------------------------------------------


def plain_environment() -> "Environment":
    """The environment that the program has to see.

    For the command line it is the one this process was started with, since the plain
    interpreter will do anew what this one did to it (locale coercion, start-up files).
    A program that calls `main` itself means its own environment as it is now.
    """
    current = dict(os.environb)
    if not is_own_command():
        return current
    try:
        with open("/proc/self/environ", "rb") as file:
            entries = [entry.partition(b"=") for entry in file.read().split(b"\0")]
    except OSError:
        return current
    initial = {name: value for name, equals, value in entries if name and equals}
    # When this process itself is being recorded, its first environment is not plain.
    return current if _LAUNCH_VARIABLE in initial else initial


def replace_process(
    command: list[str],
    environment: "Environment",
    config: "Mapping[str, str] | None",
    filters: bytes = b"",
) -> "NoReturn":
    """Become the plain interpreter, recorded when there is a configuration for it.

    filters: the compiled chain of trace filters, for the recorder.
    LaunchError when that is not possible.
    """
    import signal

    interpreter = _interpreter()
    if config is not None:
        config = {"pid": str(os.getpid()), **config}
        environment, descriptors = _recorded(environment, config, filters)
        for descriptor in descriptors:
            os.set_inheritable(descriptor, True)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    # The interpreter ignores these two; a program started by a shell does not.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        os.execve(interpreter, command, environment)
    except (OSError, ValueError) as error:
        raise LaunchError(f"cannot run {interpreter}: {error}") from error


def run_in_child(
    command: list[str],
    environment: "Environment",
    config: "Mapping[str, str] | None",
    filters: bytes = b"",
) -> int:
    """Run the program in a child process. Result: its status as a shell shows it.

    LaunchError when that is not possible.
    """
    import subprocess

    interpreter = _interpreter()
    descriptors: list[int] = []
    if config is not None:
        config = {"parent": str(os.getpid()), **config}
        environment, descriptors = _recorded(environment, config, filters)
    try:
        status = subprocess.call(
            command, executable=interpreter, env=environment, pass_fds=descriptors
        )
    except (OSError, ValueError) as error:
        raise LaunchError(f"cannot run {interpreter}: {error}") from error
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    return status if status >= 0 else 128 - status


def recover(directory: str) -> int:
    """Finish the trace of a process that died, and say what it holds.

    Result: 0, or 1 when there is nothing to finish or that cannot be done.
    LaunchError when the program for it is missing.
    """
    program = os.path.join(os.path.dirname(_native.__file__), _FINISH_PROGRAM)
    if not os.path.isfile(program):
        raise LaunchError(f"{program} is missing; the installation is incomplete")
    return os.spawnv(os.P_WAIT, program, [program, directory])


def report_failure(error: Exception, *, wants_trailer: bool = False) -> None:
    """Say on standard error that the recording could not start.

    The trailer is written if `wants_trailer`, or if the environment asks for it.
    """
    print(f"Failed to start Codetracer session: {error}", file=sys.stderr, flush=True)
    report_trailer(error, wants_trailer)


def report_trailer(error: Exception, is_wanted: bool) -> None:
    """Write the trailer of an error, if it `is_wanted` or if the environment says so.

    A log file gets a line, too.
    """
    import contextlib

    with contextlib.suppress(_native.UsageError):
        _native.configure_policy_from_env()
    if is_wanted:
        _native.configure_policy(json_errors=True)
    _native._report_error(error)


def _interpreter() -> str:
    if not sys.executable or not sys.orig_argv:
        raise LaunchError("the path of the Python interpreter is not known")
    return sys.executable


def _recorded(
    environment: "Environment", config: "Mapping[str, str]", filters: bytes
) -> "tuple[Environment, list[int]]":
    """What takes the recorder along: the environment, and descriptors to inherit."""
    if _is_secure_execution():
        raise LaunchError(
            f"{sys.executable} runs with raised privileges, for which the system "
            "ignores LD_PRELOAD"
        )
    extension = os.path.abspath(_native.__file__)
    library = os.path.join(os.path.dirname(extension), _PRELOAD_LIBRARY)
    if not os.path.isfile(library):
        raise LaunchError(f"{library} is missing; the installation is incomplete")

    package = os.path.dirname(os.path.abspath(__file__))
    fields = {"extension": extension, "package": package, **config}
    descriptors = [_memory_file(filters)]
    fields["filter_fd"] = str(descriptors[0])
    if any(character in library for character in " :$"):
        # The loader would split or expand such a path, but not a descriptor's.
        descriptor = os.open(library, os.O_RDONLY)
        descriptors.append(descriptor)
        library = f"/proc/self/fd/{descriptor}"
        fields["preload_fd"] = str(descriptor)

    encoded = {key: os.fsencode(value) for key, value in fields.items()}
    preload = os.fsencode(library)
    old_preload = environment.get(_PRELOAD_VARIABLE)
    if old_preload is not None:
        encoded["old_ld_preload"] = old_preload
        if old_preload:
            preload = old_preload + b":" + preload
    launch = {_PRELOAD_VARIABLE: preload, _LAUNCH_VARIABLE: encode_config(encoded)}
    return {**environment, **launch}, descriptors


def _memory_file(content: bytes) -> int:
    """A descriptor above the standard ones of a file that no folder has."""
    import fcntl

    descriptor = os.memfd_create("ct-filters")
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)


def encode_config(fields: "Mapping[str, bytes]") -> bytes:
    """The fields as a sequence of netstrings."""
    texts = [key.encode() + b"=" + value for key, value in fields.items()]
    return b"".join(b"%d:%b," % (len(text), text) for text in texts)


def _is_secure_execution() -> bool:
    """Whether the system distrusts this interpreter's environment (setuid and such)."""
    try:
        with open("/proc/self/auxv", "rb") as file:
            vector = memoryview(file.read()).cast("L").tolist()
    except (OSError, TypeError):
        return False
    return dict(zip(vector[::2], vector[1::2], strict=False)).get(_AT_SECURE, 0) != 0
