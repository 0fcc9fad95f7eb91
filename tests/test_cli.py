"""The command line: what it understands, its defaults, and the texts of its errors."""

import os
import platform
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import codetracer_python_recorder
from codetracer_python_recorder import cli, formats, launch


@pytest.fixture(autouse=True)
def in_own_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CODETRACER_")]:
        monkeypatch.delenv(name)
    (tmp_path / "script.py").write_text("print('ran')\n")
    return tmp_path


def usage_error(capsys, *argv):
    """What a usage error says; the line behind it says what to type instead."""
    with pytest.raises(SystemExit) as info:
        cli._parse_args(list(argv))
    assert info.value.code == 2
    *_, message, hint = capsys.readouterr().err.splitlines()
    assert hint.startswith(("Type", "Did you mean"))
    return message.partition("error: ")[2]


def test_defaults(tmp_path):
    arguments = cli._parse_args(["script.py"])
    assert arguments.script == (tmp_path / "script.py").resolve()
    assert arguments.script_args == []
    assert arguments.trace_dir == (tmp_path / "trace-out").resolve()
    assert arguments.format == formats.DEFAULT_FORMAT == "binary"
    assert arguments.activation_path == arguments.script
    assert not arguments.activation_given
    assert arguments.trace_filter == ()
    assert arguments.policy_overrides == {}


@pytest.mark.parametrize(
    "options",
    [
        ["--trace-dir", "a/b"],
        ["--trace-dir=a/b"],
        ["-o", "a/b"],
        ["-oa/b"],
        ["--out-dir", "a/b"],
    ],
)
def test_trace_directory(tmp_path, options, monkeypatch):
    monkeypatch.setenv(cli.ENV_OUT_DIR, "elsewhere")
    assert cli._parse_args([*options, "script.py"]).trace_dir == tmp_path / "a/b"


def test_trace_directory_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv(cli.ENV_OUT_DIR, "elsewhere")
    assert cli._parse_args(["script.py"]).trace_dir == tmp_path / "elsewhere"
    monkeypatch.setenv(cli.ENV_OUT_DIR, "")
    assert cli._parse_args(["script.py"]).trace_dir == tmp_path / "trace-out"


def test_paths_are_free_of_symlinks(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real/target.py").write_text("")
    (tmp_path / "real/s.py").symlink_to("target.py")
    argv = ["-o", "link/t", "--activation-path", "link/s.py", "link/s.py"]
    arguments = cli._parse_args(argv)
    assert arguments.trace_dir == tmp_path / "real/t"
    assert arguments.script == tmp_path / "real/target.py"
    assert arguments.activation_path == tmp_path / "real/target.py"
    assert arguments.activation_given
    # The program's own view keeps them.
    assert arguments.program.path == f"{tmp_path}/link/s.py"
    assert arguments.program.command()[-1] == "link/s.py"


def test_a_user_who_is_unknown(tmp_path, capsys):
    assert cli.main(["-o", "~nosuchuser/t", "script.py"]) == 1
    assert "cannot expand '~nosuchuser/t'" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["script.py"]


@pytest.mark.parametrize("name", ["json", "JSON", "Binary"])
def test_format_in_any_case(name):
    assert cli._parse_args(["--format", name, "script.py"]).format == name.lower()


NAMES = [name for names, _ in cli.OPTIONS + cli.POLICY_OPTIONS for name in names]
TEXTS = ["", "-", "--", "-1", "0", "12", "a b", "ALL", "off", "json", "1.5G", "a::b"]


@given(st.lists(st.sampled_from(NAMES + TEXTS), max_size=6))
def test_what_is_read_without_argparse(words):
    own, _ = cli._split_program(words)
    plain = cli._read_plain(own)
    if plain is not None:
        read = vars(cli._make_parser().parse_args(own))
        assert plain | {"print_default_filter": False} == read


@pytest.mark.parametrize(
    "options",
    [[], ["-o", "t", "--format", "json"], ["--globals", "ALL", "--max-depth", "2"]],
)
def test_usual_command_lines_need_no_argparse(options):
    command = [sys.executable, "-X", "importtime", "-m", launch.__package__]
    done = subprocess.run([*command, *options, "script.py"], capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"ran\n")
    imported = {line.split()[-1] for line in done.stderr.splitlines()}
    assert b"codetracer_python_recorder.cli" in imported
    assert not imported & {b"argparse", b"re", b"pathlib", b"typing"}


def test_policy_has_only_what_was_given():
    argv = ["--globals", "all", "--max-depth=0", "--max-nodes", "12", "script.py"]
    overrides = cli._parse_args(argv).policy_overrides
    assert overrides == {"globals": "all", "max_depth": 0, "max_nodes": 12}


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        ([], "missing script to execute"),
        (["--format", "json"], "missing script to execute"),
        (["--"], "missing script path after '--'"),
        (["-o", "t", "--"], "missing script path after '--'"),
        (["nosuch.py", "a"], "script 'nosuch.py' does not exist"),
        (["--", "-nosuch"], "script '-nosuch' does not exist"),
        (
            ["--format", "XML", "script.py"],
            "unsupported trace format 'XML'. Expected one of: binary, json",
        ),
        (["--max-items", "x", "script.py"], None),
        (["--max-items", "-1", "script.py"], None),
        (["--globals", "some", "script.py"], None),
        (["--trace-d", "t", "script.py"], None),
        (["--nosuch", "script.py"], "unrecognized arguments: --nosuch"),
        (["-m"], "argument -m: expected one argument"),
        (["-c"], "argument -c: expected one argument"),
        (["-o"], None),
    ],
)
def test_usage_errors(capsys, argv, text):
    message = usage_error(capsys, *argv)
    assert message
    assert text is None or message == text


@pytest.mark.parametrize(
    ("argv", "args"),
    [
        (["script.py", "--format", "x", "-o", "-h"], ["--format", "x", "-o", "-h"]),
        (["--", "script.py", "a", "--", "b"], ["a", "--", "b"]),
        (["script.py", "--", "a", "--", "b"], ["a", "--", "b"]),
        (["--", "script.py", "--", "a"], ["--", "a"]),
        (["script.py", "a", "--"], ["a", "--"]),
        (["-m", "json.tool", "--", "a"], ["--", "a"]),
        (["--", "-m", "json.tool", "--", "a"], ["--", "a"]),
        (["-c", "pass", "--", "a"], ["--", "a"]),
        (["-", "--", "a"], ["a"]),
    ],
)
def test_arguments_of_the_script(argv, args):
    arguments = cli._parse_args(["--format", "json", *argv])
    assert arguments.script_args == args
    assert arguments.format == "json"


def test_program_module(tmp_path):
    import json.tool

    arguments = cli._parse_args(["-m", "json.tool"])
    assert arguments.program.mode == launch.MODE_MODULE
    assert arguments.program.path == json.tool.__file__
    assert arguments.script == Path(json.tool.__file__).resolve()
    assert cli._parse_args(["-mjson.tool"]).program.typed == ["-mjson.tool"]

    (tmp_path / "space/inner").mkdir(parents=True)
    (tmp_path / "space/__init__.py").write_text("raise SystemExit('imported')\n")
    (tmp_path / "space/inner/__main__.py").write_text("")
    modules, path = dict(sys.modules), list(sys.path)
    arguments = cli._parse_args(["-m", "space.inner"])
    assert arguments.script == tmp_path / "space/inner/__main__.py"
    assert (modules, path) == (sys.modules, sys.path)
    assert cli._parse_args(["-m", "nosuch.module"]).script is None


def test_program_in_no_file():
    for argv, mode, path in (
        (["-c", "pass"], launch.MODE_COMMAND, "<string>"),
        (["-"], launch.MODE_STDIN, "<stdin>"),
    ):
        arguments = cli._parse_args(argv)
        assert (arguments.program.mode, arguments.program.path) == (mode, path)
        assert arguments.script is None
        assert arguments.activation_path is None


def test_program_directory_and_zip(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app/__main__.py").write_text("")
    arguments = cli._parse_args(["./app"])
    assert arguments.program.mode == launch.MODE_CONTAINER
    assert arguments.program.path == f"{tmp_path}/./app/__main__.py"

    with zipfile.ZipFile("app.pyz", "w") as archive:
        archive.writestr("__main__.py", "")
    arguments = cli._parse_args(["app.pyz"])
    assert arguments.program.path == f"{tmp_path}/app.pyz/__main__.py"
    assert arguments.script == tmp_path / "app.pyz"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["py", "s", "-X"], ([], "", "s")),
        (
            ["py", "-X", "dev", "-We", "-bu", "s"],
            (["-X", "dev", "-We", "-bu"], "", "s"),
        ),
        (["py", "-Im", "mod", "-x"], (["-I"], "-m", "mod")),
        (["py", "-mmod"], ([], "-m", "mod")),
        (["py", "-bWerror", "-c", "code"], (["-bWerror"], "-c", "code")),
        (["py", "-uW", "once", "-", "x"], (["-uW", "once"], "", "-")),
        (["py", "-E", "--", "-s"], (["-E"], "", "-s")),
        (
            ["py", "--check-hash-based-pycs", "never", "s"],
            (["--check-hash-based-pycs", "never"], "", "s"),
        ),
        (["py"], ([], "", "-")),
    ],
)
def test_interpreter_options(command, expected):
    assert launch.split_interpreter_command(command) == expected


def test_launch_configuration(tmp_path):
    fields = {"a": b"x", "policy.globals": b"1:y,\n\xff"}
    assert launch.encode_config(fields) == b"3:a=x,21:policy.globals=1:y,\n\xff,"

    argv = ["--max-depth", "2", "--activation-path", "other.py", "script.py"]
    assert cli._launch_config(cli._parse_args(argv)) == {
        "trace_dir": str(tmp_path / "trace-out"),
        "format": "binary",
        "mode": "script",
        "program_path": str(tmp_path / "script.py"),
        "target_script": str(tmp_path / "script.py"),
        "activation_path": str(tmp_path / "other.py"),
        "policy.max_depth": "2",
    }
    assert "activation_path" not in cli._launch_config(cli._parse_args(["script.py"]))


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(capsys, option):
    with pytest.raises(SystemExit) as info:
        cli.main([option])
    version = codetracer_python_recorder.__version__
    assert not info.value.code
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"codetracer-python-recorder {version}"
    assert platform.python_version() in second
    assert second.endswith("formats: binary, json")


def test_help_names_every_option(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    text = capsys.readouterr().out
    for names, _ in cli.OPTIONS + cli.POLICY_OPTIONS:
        assert all(name in text for name in names)


def test_import_is_cheap():
    heavy = ("argparse", "pathlib", "typing", "dataclasses", "re", "enum", "signal")
    code = (
        "import sys; before = set(sys.modules); import codetracer_python_recorder as p;"
        f"print(p.is_tracing(), set(sys.modules) & set({heavy!r}) - before)"
    )
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, check=True, text=True)
    assert result.stdout == "False set()\n"
