"""A row of the fidelity table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from signal import Signals

Name = str | bytes
Content = str | bytes

PAST_THE_STREAMS = "written past the streams in `sys`: by a child, C code or os.write"
NEVER_ARRIVED = "the stream took it, what it stands on did not"
ENCODED = "the trace has the text, not what an encoding or `newline` makes of it"
OTHER_ORDER = "text that waits in the stream, while bytes are written below it"
"""Why the text of a trace is not what arrived; there are no other reasons."""


@dataclass(frozen=True)
class Case:
    """A program, how it is started, and what its plain run is known to do.

    name: the behaviour, as a sentence.
    program: text of the script; a string is written in UTF-8.
    script: name of the script's file in the working directory.
    files: further files there, by name; parents are made. A name that ends with `.pyz`
        takes a mapping of names to texts and becomes a zip.
    command: what follows the interpreter and its options; the script when None.
    args: arguments of the program.
    flags: the interpreter's options.
    env: variables set on top of the tests' environment; None takes one away.
    stdin: what is piped to standard input; /dev/null when None.
    dialogue: pairs of a text to wait for on standard output, and then what to type on
        standard input (bytes) or which signal to send.
    on_terminal: the standard streams are a terminal of the process's own.
    redirect: redirections as a shell writes them.
    status: exit status of the plain run, negative for a signal.
    stderr: a part of what the plain run writes to standard error; nothing when empty.
    stdout: a part of what it writes to standard output.
    output_differs: why standard output and error, as the trace has them, are not what
        arrived there: one of the reasons above, or nothing, and they are the same.
    runs_code: whether any code of the program's runs, so that a trace has a call.
    leaves_trace: whether the process comes to an end at which the trace is closed.
    needs_direct_frames: whether the frame adapter on CPython's public API cannot do it:
        it makes a frame object of every frame it looks at.
    needs: a package without which the case is skipped.
    impossible: the minor versions of Python 3 on which the recorded run cannot be as
        the plain one, for `reason`.
    """

    name: str
    program: Content = ""
    script: Name = "main.py"
    files: Mapping[str, Content | Mapping[str, str]] = field(default_factory=dict)
    command: tuple[Name, ...] | None = None
    args: tuple[Name, ...] = ()
    flags: tuple[str, ...] = ()
    env: Mapping[str, str | None] = field(default_factory=dict)
    stdin: bytes | None = None
    dialogue: tuple[tuple[bytes, bytes | Signals], ...] = ()
    on_terminal: bool = False
    redirect: str = ""
    status: int = 0
    stderr: str = ""
    stdout: str = ""
    runs_code: bool = True
    leaves_trace: bool = True
    output_differs: str = ""
    needs_direct_frames: bool = False
    needs: str = ""
    impossible: range = range(0)
    reason: str = ""

    def command_line(self) -> tuple[Name, ...]:
        """What follows the interpreter's options."""
        command = (self.script,) if self.command is None else self.command
        return (*command, *self.args)
