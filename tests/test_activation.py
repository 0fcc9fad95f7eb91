"""The window that an activation path opens and closes (contract: first activation)."""

import json
from pathlib import Path

import pytest
from recording import PACKAGE, Recording, record, run
from test_api import lines_of, run_script


def recorded(
    tmp_path: Path, activation: str, command: list[str], *options: str
) -> Recording:
    recording = record(
        "json",
        command,
        tmp_path,
        tmp_path / "trace",
        ["--activation-path", activation, *options],
    )
    assert (recording.outcome.status, recording.outcome.stderr) == (0, b"")
    recording.assert_clean()
    return recording


def calls(recording: Recording) -> list[str]:
    """The names of the functions called, in order, without `<toplevel>`."""
    names = [body["name"] for body in recording.bodies("Function")]
    called = [names[body["function_id"]] for body in recording.bodies("Call")]
    return called[1:]


PART = """
def entry(n):
    if n:
        entry(n - 1)
    return helper()

def helper():
    return 1
"""


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("before = 1\n")
    (package / "part.py").write_text(PART)
    (tmp_path / "link.py").symlink_to("package/part.py")
    (tmp_path / "main.py").write_text(
        "def outside():\n    pass\n"
        "outside()\nfrom package import part\noutside()\n"
        "part.entry(1)\noutside()\npart.entry(0)\n"
    )
    return tmp_path


@pytest.mark.parametrize(
    "path", ["package/part.py", "link.py", "./package/../package/part.py"]
)
def test_first_activation_of_a_module_is_its_import(parts: Path, path: str) -> None:
    """The body of the module is the first code of the file that is entered."""
    assert calls(recorded(parts, path, ["main.py"])) == ["<package.part>"]


def test_absolute_path(parts: Path) -> None:
    path = str(parts / "package/part.py")
    assert calls(recorded(parts, path, ["main.py"])) == ["<package.part>"]


@pytest.mark.parametrize("command", [["-m", "package.run"], ["package/run.py"]])
def test_main_file_as_the_activation_file(parts: Path, command: list[str]) -> None:
    (parts / "package/run.py").write_text("def f():\n    pass\nf()\n")
    recording = recorded(parts, "package/run.py", command)
    assert calls(recording) == ["<__main__>", "f"]


def test_code_of_other_files_is_recorded_inside(parts: Path) -> None:
    (parts / "job.py").write_text("import package.part\npackage.part.entry(0)\n")
    (parts / "main.py").write_text("import job\nimport package.part as p\np.helper()\n")
    assert calls(recorded(parts, "job.py", ["main.py"])) == [
        "<job>",
        "<package>",
        "<package.part>",
        "entry",
        "helper",
    ]


API = """
import sys
{before}
recorder.start("trace", format="json", start_on_enter="part.py")
{body}
recorder.stop()
"""


def api(tmp_path: Path, part: str, body: str, before: str = "import part") -> list[str]:
    """The calls of a session that starts before `body`, `part.py` being the file."""
    (tmp_path / "part.py").write_text(part)
    run_script(tmp_path, API.format(before=before, body=body))
    lines = lines_of(tmp_path)
    return [line.split("  ")[0][5:] for line in lines if line.startswith("call")][1:]


def test_recursion_ends_with_the_first_activation(tmp_path: Path) -> None:
    body = "part.entry(2)\npart.entry(0)\npart.helper()"
    assert api(tmp_path, PART, body) == [
        "entry(n=2)",
        "entry(n=1)",
        "entry(n=0)",
        "helper()",
        "helper()",
        "helper()",
    ]


def test_exception_out_of_the_activation(tmp_path: Path) -> None:
    part = "def fail():\n    raise KeyError\ndef other():\n    pass\n"
    body = "try:\n    part.fail()\nexcept KeyError:\n    part.other()"
    assert api(tmp_path, part, body) == ["fail()"]


def test_exception_inside_the_activation(tmp_path: Path) -> None:
    part = (
        "def fail():\n    raise KeyError\n"
        "def entry():\n    try:\n        fail()\n"
        "    except KeyError:\n        other()\n"
        "def other():\n    pass\n"
    )
    calls = api(tmp_path, part, "part.entry()\npart.other()")
    assert calls == ["entry()", "fail()", "other()"]


def test_threads_started_inside(tmp_path: Path) -> None:
    part = (
        "import threading\n"
        "def work(n):\n    return n\n"
        "def entry():\n"
        "    t = threading.Thread(target=work, args=(1,))\n"
        "    t.start()\n    t.join()\n"
    )
    body = "part.entry()\nimport threading\nt = threading.Thread(target=part.work)"
    body += "\npart.work(2)"
    assert api(tmp_path, part, body)[:2] == ["entry()", "work(n=1)"]
    assert "work(n=2)" not in api(tmp_path, part, body)


def test_activation_in_another_thread(tmp_path: Path) -> None:
    part = "def work(n):\n    return n\n"
    body = (
        "import threading\n"
        "t = threading.Thread(target=part.work, args=(1,))\nt.start()\nt.join()\n"
        "part.work(2)"
    )
    assert api(tmp_path, part, body) == ["work(n=1)"]


GENERATOR = """
def numbers():
    yield 1
    yield 2
def other():
    pass
"""


def test_generator_of_the_activation_file(tmp_path: Path) -> None:
    """It is one activation from its first line to its end, suspended or not."""
    body = "it = part.numbers()\nfor n in it: part.other()\npart.other()"
    calls = api(tmp_path, GENERATOR, body)
    assert [name for name in calls if name != "<__main__>()"] == [
        "numbers()",
        "other()",
        "numbers()",
        "other()",
        "numbers()",
    ]


@pytest.mark.parametrize("end", ["it.close()", "it.throw(KeyError)"])
def test_generator_that_is_ended_from_outside(tmp_path: Path, end: str) -> None:
    part = (
        "def numbers():\n    try:\n        yield 1\n    finally:\n        x = 1\n"
        "def other():\n    pass\n"
    )
    body = f"it = part.numbers()\nnext(it)\ntry:\n    {end}\nexcept KeyError: pass"
    calls = api(tmp_path, part, body + "\npart.other()")
    assert "other()" not in calls
    assert sum(call.startswith("numbers(") for call in calls) == 2


def test_coroutine_of_the_activation_file(tmp_path: Path) -> None:
    part = (
        "import asyncio\n"
        "async def entry():\n    await asyncio.sleep(0)\n    other()\n"
        "def other():\n    pass\n"
    )
    calls = api(
        tmp_path, part, "import asyncio\nasyncio.run(part.entry())\npart.other()"
    )
    assert calls.count("entry()") == 2
    assert calls.count("other()") == 1


def test_file_that_is_not_recorded_opens_and_closes_the_window(tmp_path: Path) -> None:
    """The standard library is not recorded; its activation is one all the same."""
    run_script(
        tmp_path,
        """
        import textwrap

        def inside(line):
            return True

        def outside():
            pass

        recorder.start("trace", format="json", start_on_enter=textwrap.__file__)
        outside()
        textwrap.indent("a", "> ", inside)
        outside()
        textwrap.indent("b", "> ", inside)
        recorder.stop()
        """,
    )
    found = [line for line in lines_of(tmp_path) if line.startswith("call")]
    assert found[1:] == ["call inside(line='a')  of script.py:5"]


def test_file_that_is_not_recorded_and_raises(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import fractions\n"
        "def outside():\n    pass\n"
        "try:\n    fractions.Fraction(1, 0)\nexcept ZeroDivisionError:\n    outside()\n"
    )
    import fractions

    assert calls(recorded(tmp_path, fractions.__file__, ["main.py"])) == []


def test_api_outside_the_file_records_nothing(tmp_path: Path) -> None:
    assert api(tmp_path, PART, "x = 1", before="") == []


def test_changed_directory_does_not_matter(tmp_path: Path) -> None:
    body = "import os\nos.chdir('/')\npart.helper()"
    assert api(tmp_path, PART, body) == ["helper()"]


def test_program_ends_with_the_window_open(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import sys\nsys.exit(0)\n")
    recording = recorded(tmp_path, "main.py", ["main.py"])
    assert recording.metadata["end"] == {"reason": "exit", "complete": True}


def test_missing_activation_file(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("")
    outcome = run(["-m", PACKAGE, "--activation-path", "no.py", "main.py"], tmp_path)
    assert outcome.status == 1
    assert outcome.stderr.decode().startswith(
        "Failed to start Codetracer session: [ERR_INVALID_POLICY_VALUE] "
        f"activation path '{tmp_path}/no.py' cannot be read: "
    )
    assert not (tmp_path / "trace-out").exists()


def test_activation_directory(tmp_path: Path) -> None:
    outcome = run(["-m", PACKAGE, "--activation-path", ".", "-c", ""], tmp_path)
    assert outcome.status == 1
    assert outcome.stderr.decode().startswith(
        "Failed to start Codetracer session: [ERR_INVALID_POLICY_VALUE] "
        f"activation path '{tmp_path}' is a directory; name a file of the program"
    )


@pytest.mark.parametrize(
    "options", [["--trace-dir", "t"], ["--out-dir", "t"], ["-o", "t"]]
)
@pytest.mark.parametrize("activation", [[], ["--activation-path", "script.py"]])
def test_codetracers_own_command_lines(
    tmp_path: Path, options: list[str], activation: list[str]
) -> None:
    """What CodeTracer's launcher types, with what `ct record` sets."""
    (tmp_path / "script.py").write_text("import sys\nprint(sys.argv)\nsys.exit(4)\n")
    command = ["-m", PACKAGE, *options, "--format", "json", *activation, "script.py"]
    outcome = run(
        [*command, "--", "a", "--format"], tmp_path, {"CODETRACER_RECORDING": "1"}
    )
    assert outcome.status == 0
    assert outcome.stdout == b"['script.py', 'a', '--format']\n"
    assert b"Script exited with status 4; returning 0. Use" in outcome.stderr
    recording = Recording(tmp_path / "t", outcome)
    recording.assert_clean()
    assert recording.events_file.name == "trace.json"
    paths = json.loads((tmp_path / "t/trace_paths.json").read_text())
    assert paths == [str(tmp_path / "script.py")]
    assert recording.metadata["recorder"]["target_script"] == paths[0]
