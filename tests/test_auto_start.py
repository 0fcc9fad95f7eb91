"""Recording because the environment says so: `CODETRACER_TRACE` and its company.

`pth` is the documented recipe: a line in a .pth file of the interpreter that runs the
program. Here the file lies in a directory of its own, which `site.addsitedir` reads for
a virtual environment made for the tests.
"""

import os
import signal
import subprocess
import sys
import textwrap
import venv
from pathlib import Path

import pytest
from isolated.unfinished import wait_for_helper
from recording import FORMATS, PACKAGE, TIMEOUT, Outcome, Recording, environment, run

import codetracer_python_recorder
import codetracer_python_recorder.codetracer_python_recorder as native
from codetracer_python_recorder import auto_start, session

TRACE = "CODETRACER_TRACE"
IMPORT = f"import {PACKAGE}\n"
PTH_LINE = (
    'import os; os.environ.get("CODETRACER_TRACE") '
    'and __import__("codetracer_python_recorder")\n'
)
"""As docs/environment.md has it."""


def recorded(directory: Path, trace: str = "trace", status: int = 0) -> Recording:
    """A trace that must be whole."""
    recording = Recording(directory / trace, Outcome(status, b"", b""))
    recording.assert_clean()
    assert not (directory / trace / "trace.tape").exists()
    return recording


def functions(recording: Recording) -> list[str]:
    return [body["name"] for body in recording.bodies("Function")][1:]


def write(directory: Path, source: str, name: str = "main.py") -> Path:
    path = directory / name
    path.write_text(textwrap.dedent(source))
    return path


# ---- on import -----------------------------------------------------------------------

ENDINGS = {
    "normal": ("", 0, "exit"),
    "status": ("sys.exit(3)", 3, "exit"),
    "text": ("sys.exit('text')", 1, "exit"),
    "exception": ("raise KeyError('k')", 1, "exception"),
    "interrupt": ("raise KeyboardInterrupt", -2, "signal"),
    "thread": (
        "threading.Thread(target=lambda: threading.main_thread().join()).start()",
        0,
        "exit",
    ),
    "daemon": (
        "threading.Thread(target=threading.Event().wait, daemon=True).start()",
        0,
        "exit",
    ),
    "killed": ("os.kill(os.getpid(), signal.SIGKILL)", -9, "killed"),
    "terminated": ("os.kill(os.getpid(), signal.SIGTERM)", -15, "killed"),
    "hard exit": ("os._exit(4)", 4, "killed"),
}


@pytest.mark.parametrize("trace_format", FORMATS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_session_is_finished_whatever_the_way_out(
    tmp_path: Path, ending: str, trace_format: str
) -> None:
    last, status, reason = ENDINGS[ending]
    write(
        tmp_path,
        f"import os, signal, sys, threading\n{IMPORT}"
        f"def work():\n    print('out')\n\nwork()\n{last}\n",
    )
    plain = run(["main.py"], tmp_path)
    variables = {TRACE: "deep/trace", "CODETRACER_FORMAT": trace_format}
    outcome = run(["main.py"], tmp_path, variables)
    assert (outcome.status, outcome.stdout) == (plain.status, plain.stdout)
    assert outcome.status == status
    assert outcome.stderr == plain.stderr
    if reason == "killed":
        wait_for_helper(tmp_path / "deep/trace")
    recording = recorded(tmp_path, "deep/trace")
    assert recording.events_file.stem == "trace"
    assert recording.metadata["end"]["reason"] == reason
    assert functions(recording)[:2] == ["<__main__>", "work"]
    code = recording.metadata["process_exit_status"]["code"]
    assert code == (None if reason == "killed" else status)


def test_default_format_is_binary(tmp_path: Path) -> None:
    outcome = run(["-c", IMPORT], tmp_path, {TRACE: "trace"})
    assert outcome == Outcome(0, b"", b"")
    assert (tmp_path / "trace/trace.bin").is_file()


@pytest.mark.parametrize("value", ["", None])
def test_nothing_without_the_variable(tmp_path: Path, value: str | None) -> None:
    variables = {} if value is None else {TRACE: value}
    code = f"{IMPORT}print({PACKAGE}.is_tracing())"
    assert run(["-c", code], tmp_path, variables).stdout == b"False\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("word", ["1", "true", " TRUE "])
def test_disabled(tmp_path: Path, word: str) -> None:
    variables = {TRACE: "trace", "CODETRACER_PYTHON_RECORDER_DISABLED": word}
    code = f"{IMPORT}print({PACKAGE}.is_tracing())"
    assert run(["-c", code], tmp_path, variables).stdout == b"False\n"
    code = f"{IMPORT}{PACKAGE}.start('api').stop(); print(1)"
    assert run(["-c", code], tmp_path, variables).stdout == b"1\n"
    assert [path.name for path in tmp_path.iterdir()] == ["api"]


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        (
            {"CODETRACER_FORMAT": "xml"},
            "ValueError: unsupported trace format 'xml'. Expected one of: binary, json",
        ),
        (
            {"CODETRACER_MAX_DEPTH": "deep"},
            "UsageError: [ERR_INVALID_POLICY_VALUE] invalid value 'deep' for "
            "CODETRACER_MAX_DEPTH: expected a whole number from 0 to 1000000",
        ),
        (
            {"CODETRACER_TRACE_FILTER": "/no/filter"},
            "FileNotFoundError: trace filter '/no/filter' does not exist",
        ),
    ],
)
def test_bad_variable_is_an_error_of_the_import(
    tmp_path: Path, variables: dict[str, str], text: str
) -> None:
    outcome = run(["-c", IMPORT], tmp_path, {TRACE: "trace", **variables})
    assert outcome.status == 1
    assert text in outcome.stderr.decode().splitlines()[-1]


def test_program_that_stops_and_starts_itself(tmp_path: Path) -> None:
    code = f"{IMPORT}r = {PACKAGE}\nr.stop()\nr.start('second', format='json').stop()"
    assert run(["-c", code], tmp_path, {TRACE: "first"}) == Outcome(0, b"", b"")
    recorded(tmp_path, "first")
    recorded(tmp_path, "second")


def test_command_line_uses_its_own_options(tmp_path: Path) -> None:
    write(tmp_path, f"{IMPORT}print({PACKAGE}.is_tracing())\n")
    command = ["-m", PACKAGE, "-o", "own", "--format", "json", "main.py"]
    outcome = run(command, tmp_path, {TRACE: "trace", "CODETRACER_FORMAT": "xml"})
    assert outcome == Outcome(0, b"True\n", b"")
    assert functions(recorded(tmp_path, "own")) == ["<__main__>"]
    assert not (tmp_path / "trace").exists()


# ---- child processes -----------------------------------------------------------------

PARENT = f"""
import os, subprocess, sys
{IMPORT}
def parent():
    code = "import {PACKAGE} as r; print(r.is_tracing())"
    command = [sys.executable, "-c", code]
    print(subprocess.run(command, check=True, capture_output=True, text=True))
parent()
"""


def test_child_does_not_write_into_its_parents_directory(tmp_path: Path) -> None:
    write(tmp_path, PARENT)
    outcome = run(["main.py"], tmp_path, {TRACE: "trace"})
    assert (outcome.status, outcome.stderr) == (0, b"")
    assert b"stdout='False\\n', stderr=''" in outcome.stdout
    assert "parent" in functions(recorded(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["main.py", "trace"]


def test_child_says_so_at_level_info(tmp_path: Path) -> None:
    write(tmp_path, PARENT)
    variables = {TRACE: "trace", "CODETRACER_LOG_LEVEL": "info"}
    outcome = run(["main.py"], tmp_path, variables)
    assert b"this process is not recorded: [ERR_TRACE_DIR_CONFLICT]" in outcome.stdout


def test_child_with_the_process_id_has_its_own_trace(tmp_path: Path) -> None:
    write(tmp_path, PARENT)
    outcome = run(["main.py"], tmp_path, {TRACE: "traces/%p"})
    assert (outcome.status, outcome.stderr) == (0, b"")
    assert b"stdout='True\\n', stderr=''" in outcome.stdout
    names = [path.name for path in (tmp_path / "traces").iterdir()]
    assert len(names) == 2
    for name in names:
        recorded(tmp_path / "traces", name)


FORKS = f"""
import os, sys
{IMPORT}
def child(n):
    return n
def parent():
    for n in range(2):
        pid = os.fork()
        if pid == 0:
            child(n)
            if n == 0 and os.fork() == 0:
                child("grandchild")
                sys.exit(0)
            n == 0 and os.wait()
            sys.exit(n + 5)
        print(pid, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
parent()
"""


@pytest.mark.parametrize("trace_format", FORMATS)
def test_forked_children_have_traces_of_their_own(
    tmp_path: Path, trace_format: str
) -> None:
    write(tmp_path, FORKS)
    variables = {TRACE: "traces/%p", "CODETRACER_FORMAT": trace_format}
    outcome = run(["main.py"], tmp_path, variables)
    assert (outcome.status, outcome.stderr) == (0, b"")
    children = [line.split() for line in outcome.stdout.decode().splitlines()]
    assert [status for _, status in children] == ["5", "6"]
    traces = {path.name: path for path in (tmp_path / "traces").iterdir()}
    assert len(traces) == 4
    for number, (pid, status) in enumerate(children):
        recording = recorded(tmp_path / "traces", pid)
        assert recording.metadata["process_exit_status"]["code"] == int(status)
        arguments = [call["args"] for call in recording.bodies("Call") if call["args"]]
        assert arguments[0][0]["value"]["i"] == number
        del traces[pid]
    for name in traces:
        recorded(tmp_path / "traces", name)


def test_forked_child_without_the_process_id_records_nothing(tmp_path: Path) -> None:
    write(tmp_path, FORKS)
    outcome = run(["main.py"], tmp_path, {TRACE: "trace"})
    assert (outcome.status, outcome.stderr) == (0, b"")
    assert "child" not in functions(recorded(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["main.py", "trace"]


# ---- a program whose code cannot be changed ------------------------------------------


def test_documentation_has_the_line() -> None:
    docs = Path(__file__).parents[1] / "docs/environment.md"
    assert f"\n```\n{PTH_LINE}```\n" in docs.read_text()


def test_documentation_has_every_variable() -> None:
    text = (Path(__file__).parents[1] / "docs/environment.md").read_text()
    for name in codetracer_python_recorder.policy_snapshot():
        variable = "CAPTURE_IO" if name == "io_capture" else name.upper()
        assert f"`CODETRACER_{variable}` | `--{name.replace('_', '-')}` |" in text


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with the recorder and the .pth file of the recipe."""
    home = tmp_path_factory.mktemp("pth")
    venv.create(home, symlinks=True)
    [site_packages] = home.glob("lib/python*/site-packages")
    package = Path(codetracer_python_recorder.__file__).parent
    (site_packages / PACKAGE).symlink_to(package)
    (site_packages / "codetracer.pth").write_text(PTH_LINE)
    return home / "bin/python"


def run_with(
    python: Path, command: list[str], directory: Path, **variables: str
) -> Outcome:
    process = subprocess.run(
        [python, *command],
        check=False,
        cwd=directory,
        env=environment(**variables),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=TIMEOUT,
    )
    return Outcome(process.returncode, process.stdout, process.stderr)


PROGRAM = "import sys\ndef work():\n    return 1\nwork()\nprint(sys.argv)\n"
COMMANDS = {
    "script": (["main.py", "a"], "main.py"),
    "module": (["-m", "main", "a"], "main.py"),
    "package": (["-m", "package", "a"], "package/__main__.py"),
    "directory": (["package"], "package/__main__.py"),
    "code": (["-c", PROGRAM, "a"], None),
    "isolated": (["-I", "main.py"], "main.py"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_recipe(tmp_path: Path, python: Path, name: str) -> None:
    command, file = COMMANDS[name]
    (tmp_path / "package").mkdir()
    write(tmp_path, PROGRAM)
    write(tmp_path, PROGRAM, "package/__main__.py")
    plain = run_with(python, command, tmp_path)
    outcome = run_with(
        python, command, tmp_path, CODETRACER_TRACE="trace", CODETRACER_FORMAT="json"
    )
    assert outcome == plain
    recording = recorded(tmp_path)
    assert functions(recording) == ["<__main__>", "work"]
    recorder = recording.metadata["recorder"]
    target = command[0] if name == "directory" else file
    assert recorder["target_script"] == (str(tmp_path / target) if target else "")
    [toplevel, *_] = recording.bodies("Path")
    assert toplevel == (str(tmp_path / file) if file else "<string>")


def test_recipe_with_an_uncaught_exception(tmp_path: Path, python: Path) -> None:
    write(tmp_path, "def f():\n    raise KeyError('k')\nf()\n")
    plain = run_with(python, ["main.py"], tmp_path)
    assert run_with(python, ["main.py"], tmp_path, CODETRACER_TRACE="trace") == plain
    assert recorded(tmp_path).metadata["end"]["reason"] == "exception"


def test_recipe_and_the_command_line(tmp_path: Path, python: Path) -> None:
    write(tmp_path, PROGRAM)
    command = ["-m", PACKAGE, "-o", "own", "main.py"]
    outcome = run_with(python, command, tmp_path, CODETRACER_TRACE="trace")
    assert (outcome.status, outcome.stderr) == (0, b"")
    assert functions(recorded(tmp_path, "own")) == ["<__main__>", "work"]
    assert not (tmp_path / "trace").exists()


def test_recipe_does_nothing_without_the_variable(tmp_path: Path, python: Path) -> None:
    code = f"import sys; print({PACKAGE!r} in sys.modules)"
    assert run_with(python, ["-c", code], tmp_path).stdout == b"False\n"


def test_recipe_under_multiprocessing(tmp_path: Path, python: Path) -> None:
    """Each worker of both kinds has its own trace, spawned or forked."""
    write(
        tmp_path,
        """
        import multiprocessing, sys
        def work(n):
            return n * n
        if __name__ == "__main__":
            with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
                print(pool.map(work, range(4)))
                pool.close()
                pool.join()
        """,
    )
    for kind in ("fork", "spawn"):
        outcome = run_with(
            python, ["main.py", kind], tmp_path, CODETRACER_TRACE=f"{kind}/%p"
        )
        assert outcome == Outcome(0, b"[0, 1, 4, 9]\n", b"")
        traces = list((tmp_path / kind).iterdir())
        assert len(traces) >= 3
        for trace in traces:
            wait_for_helper(trace)
            recorded(tmp_path / kind, trace.name)


def test_signal_ends_the_parent_and_the_worker(tmp_path: Path, python: Path) -> None:
    write(
        tmp_path,
        """
        import os, signal, sys, time
        def serve():
            print(os.getpid(), flush=True)
            while True:
                time.sleep(0.1)
        if (child := os.fork()) == 0:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            serve()
        os.waitpid(child, 0)
        """,
    )
    process = subprocess.Popen(
        [python, "main.py"],
        cwd=tmp_path,
        env=environment(CODETRACER_TRACE="traces/%p"),
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    child = int(process.stdout.readline())
    os.kill(child, signal.SIGTERM)
    assert process.wait(TIMEOUT) == 0
    process.stdout.close()
    assert recorded(tmp_path / "traces", str(child)).metadata["end"] == {
        "reason": "exit",
        "complete": True,
    }
    recorded(tmp_path / "traces", str(process.pid))


# ---- the function itself -------------------------------------------------------------


def test_function_goes_through_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(session, "_start_backend", lambda *args: calls.append(args))
    monkeypatch.setattr(session, "_is_tracing_backend", lambda: len(calls) > 1)
    monkeypatch.setattr(session, "_active_session", None)
    monkeypatch.setattr(
        native, "configure_policy_from_env", lambda: calls.append(("policy",))
    )
    for name in ("a", "b"):
        (tmp_path / name).write_text("")
    monkeypatch.delenv("CODETRACER_PYTHON_RECORDER_DISABLED", raising=False)
    monkeypatch.setenv(auto_start.ENV_TRACE_PATH, str(tmp_path / "t"))
    monkeypatch.setenv(auto_start.ENV_TRACE_FILTER, f"{tmp_path}/a::{tmp_path}/b")
    monkeypatch.setenv(auto_start.ENV_TRACE_FORMAT, "JSON")
    auto_start.auto_start_from_env()
    filters = [str(tmp_path / "a"), str(tmp_path / "b")]
    assert calls == [("policy",), (str(tmp_path / "t"), "json", None, filters)]
    auto_start.auto_start_from_env()
    assert len(calls) == 2
    assert sys.modules[PACKAGE].auto_start is auto_start
