"""Runs a case of the fidelity table in a process of its own."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .case import Case, Content, Name

TIMEOUT = 100.0
"""Seconds after which a run is given up; only a program that hangs gets there."""

_CTRL_C, _CTRL_Z = b"\x03", b"\x1a"
_ADDRESS = re.compile(rb"\b0x[0-9a-f]{7,16}\b")
_FOREIGN_VARIABLES = ("CODETRACER", "COVERAGE", "HYPOTHESIS", "PYTEST", "PYTHON")


@dataclass(frozen=True)
class Outcome:
    """What a user could notice of a run.

    stdout, stderr: with `0x...` for addresses, which no two runs have in common.
    files: what is in the working directory afterwards; contents by name. Of files that
        are no text only the name: they hold times.
    """

    status: int
    stdout: bytes
    stderr: bytes
    files: Mapping[bytes, bytes | None]


def without_addresses(output: bytes) -> bytes:
    """What was written, with what no two runs have in common made equal."""
    return _ADDRESS.sub(b"0x...", output)


def run_case(case: Case, launcher: Sequence[Name], directory: Path) -> Outcome:
    """Run a case in `directory`, which is made anew, by `launcher` and its command."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    _write_files(case, os.fsencode(directory))
    command: list[Name] = [*launcher, *case.command_line()]
    if case.redirect:
        command[:0] = ["sh", "-c", f'exec "$0" "$@" {case.redirect}']
    with tempfile.TemporaryFile() as stderr:
        run = _run_in_terminal if case.on_terminal else _run
        status, stdout = run(case, command, directory, stderr.fileno())
        stderr.seek(0)
        return Outcome(
            status,
            without_addresses(stdout),
            without_addresses(stderr.read()),
            _read_files(directory),
        )


def _run(
    case: Case, command: Sequence[Name], directory: Path, stderr: int
) -> tuple[int, bytes]:
    is_piped = case.stdin is not None or case.dialogue
    process = subprocess.Popen(
        command,
        cwd=directory,
        env=_environment(case),
        stdin=subprocess.PIPE if is_piped else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        bufsize=0,
    )
    try:
        if not case.dialogue:
            stdout, _ = process.communicate(case.stdin, TIMEOUT)
            return process.returncode, stdout
        assert process.stdin is not None and process.stdout is not None
        with process.stdin, process.stdout:
            stdout = _converse(
                case, process, process.stdout.fileno(), process.stdin.fileno()
            )
        return process.wait(TIMEOUT), stdout
    finally:
        process.kill()


def _run_in_terminal(
    case: Case, command: Sequence[Name], directory: Path, _stderr: int
) -> tuple[int, bytes]:
    """As `_run`; standard error goes to the terminal like standard output.

    When the leader of a session ends, the system drops what has not been read of its
    terminal: so the leader is another process, which lasts and says how it ended.
    """
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-ISc", _LEADER, *command],
        cwd=directory,
        env=_environment(case),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    try:
        os.close(theirs)
        output = _converse(case, process, ours, ours, b"\1")
        said = re.fullmatch(rb"(.*)\0(\d+)\x01", output, re.DOTALL)
        assert said is not None, output
        return os.waitstatus_to_exitcode(int(said[2])), said[1]
    finally:
        process.kill()
        process.wait()
        os.close(ours)


_LEADER = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
if (program := os.fork()) == 0:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    os.execv(sys.argv[1], sys.argv[1:])
os.write(1, b"\\0%d\\1" % os.waitpid(program, 0)[1])
signal.pause()
"""
"""Takes its standard input for the terminal of a new session, and runs a program."""


def _converse(
    case: Case,
    process: "subprocess.Popen[bytes]",
    reader: int,
    writer: int,
    end: tuple[bytes, ...] | bytes = (),
) -> bytes:
    """Read what the process writes, up to an `end`, and answer by the dialogue."""
    output = b""
    position = 0
    pending = list(case.dialogue)
    while not output.endswith(end) and (chunk := os.read(reader, 65536)):
        output += chunk
        while pending:
            awaited, answer = pending[0]
            found = output.find(awaited, position)
            if found < 0:
                break
            position = found + len(awaited)
            del pending[0]
            if isinstance(answer, bytes):
                if answer in (_CTRL_C, _CTRL_Z):
                    _wait_until_asleep(writer, process.pid)
                os.write(writer, answer)
            else:
                process.send_signal(answer)
    assert not pending, f"the program never wrote {pending[0][0]!r}: {output!r}"
    return output


def _wait_until_asleep(terminal: int, leader: int) -> None:
    """Wait until the program in the terminal's foreground waits, too.

    A signal between its last look for one and the beginning of its wait would go
    unnoticed until the wait is over.
    """
    program = os.tcgetpgrp(terminal)
    if program == leader:
        program = int(Path(f"/proc/{leader}/task/{leader}/children").read_text())
    status = Path(f"/proc/{program}/stat")
    while status.read_text().rpartition(")")[2].split()[0] != "S":
        time.sleep(0.001)


def _environment(case: Case) -> dict[str, str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_FOREIGN_VARIABLES)
    }
    for name, value in case.env.items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = value
    return environment


def _write_files(case: Case, directory: bytes) -> None:
    files: dict[Name, Content | Mapping[str, str]] = {case.script: case.program}
    files.update(case.files)
    for name, content in files.items():
        path = os.path.join(directory, os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(content, Mapping):
            with zipfile.ZipFile(os.fsdecode(path), "w") as archive:
                for member, text in content.items():
                    archive.writestr(member, text)
        else:
            with open(path, "wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)


def _read_files(directory: Path) -> dict[bytes, bytes | None]:
    files: dict[bytes, bytes | None] = {}
    for parent, _, names in os.walk(os.fsencode(directory)):
        for name in names:
            path = os.path.join(parent, name)
            relative = os.path.relpath(path, os.fsencode(directory))
            is_text = name.endswith((b".py", b".txt"))
            text = Path(os.fsdecode(path)).read_bytes() if is_text else None
            files[relative] = text and without_addresses(text)
    return files
