"""The contract, row by row: which test shows what (`contract_rows.py`), and names,
texts and codes that other tools rely on and no other test module shows.
"""

import ast
import functools
import importlib.metadata
import inspect
import os
import re
from pathlib import Path

import pytest
from contract_rows import ROWS
from recording import PACKAGE, TESTS, record, run

import codetracer_python_recorder as recorder
from codetracer_python_recorder import auto_start, cli, formats, session
from codetracer_python_recorder import codetracer_python_recorder as native

ERRORS = (
    "RecorderError",
    "UsageError",
    "EnvironmentError",
    "TargetError",
    "InternalError",
)
COMMAND = "codetracer-python-recorder"
CHECKOUT = TESTS.parent


# ---- the map -------------------------------------------------------------------------


@functools.cache
def functions_of(module: str) -> set[str]:
    """The tests of a module, by the map's names."""
    folder, _, name = module.rpartition("/")
    tree = ast.parse((TESTS / folder / f"test_{name}.py").read_text(encoding="utf-8"))
    names = (node.name for node in tree.body if isinstance(node, ast.FunctionDef))
    return {name.removeprefix("test_") for name in names if name.startswith("test_")}


@pytest.mark.parametrize("row", ROWS)
def test_row_has_its_tests(row: str) -> None:
    tests = ROWS[row].split()
    assert tests
    for test in tests:
        module, _, function = test.partition(".")
        assert function in functions_of(module), test


def words_of_the_sources(pattern: str) -> set[str]:
    """What a pattern finds in the product's sources."""
    if not (CHECKOUT / "csrc").is_dir():
        pytest.skip("the sources are not here")
    found: set[str] = set()
    for folder, suffix in (("csrc", "*.c"), ("src", "*.py")):
        for path in (CHECKOUT / folder).rglob(suffix):
            found.update(re.findall(pattern, path.read_text(encoding="utf-8")))
    return found


def test_every_option_has_a_row() -> None:
    options = cli._make_parser()._option_string_actions
    assert {f"2.{name}" for name in options} <= set(ROWS)


def test_every_variable_has_a_row() -> None:
    variables = words_of_the_sources(r'"(CODETRACER_[A-Z_]+)"')
    inner = {"CODETRACER_TEST_INJECT_FAILURE", "CODETRACER_RECORDER_LAUNCH"}
    rows = {f"4.{name}" for name in variables - inner - {"CODETRACER_RECORDING"}}
    assert rows <= set(ROWS)
    assert {row for row in ROWS if re.fullmatch(r"4\.CODETRACER_\w+", row)} == rows


def test_every_setting_has_a_row() -> None:
    assert {f"5.{name}" for name in recorder.policy_snapshot()} <= set(ROWS)


def test_every_code_has_a_row_and_an_explanation() -> None:
    codes = words_of_the_sources(r'"(ERR_[A-Z_]+)"')
    assert {f"5.{code}" for code in codes} == {
        row for row in ROWS if row.startswith("5.ERR_")
    }
    text = (CHECKOUT / "docs/errors.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(ERR_\w+)` \|", text, re.MULTILINE)) == codes


# ---- names ---------------------------------------------------------------------------


def test_formats() -> None:
    assert (recorder.DEFAULT_FORMAT, formats.DEFAULT_FORMAT) == ("binary", "binary")
    assert (recorder.TRACE_BINARY, recorder.TRACE_JSON) == ("binary", "json")
    assert set(formats.SUPPORTED_FORMATS) == {"binary", "json"}
    assert formats.normalize_format("JSON") == "json"
    assert [formats.is_supported(name) for name in ("Binary", "json", "xml")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    "name",
    [
        "DEFAULT_FORMAT",
        "TRACE_BINARY",
        "TRACE_JSON",
        "TraceSession",
        "configure_policy",
        "configure_policy_from_env",
        "flush",
        "is_tracing",
        "policy_snapshot",
        "start",
        "stop",
        "trace",
        "__version__",
        *ERRORS,
    ],
)
def test_names_of_the_package(name: str) -> None:
    assert name in recorder.__all__
    assert getattr(recorder, name) is not None


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (recorder.stop, {"exit_code": None}),
        (recorder.TraceSession.stop, {"exit_code": None}),
        (cli.main, {"argv": None}),
    ],
)
def test_defaults_of_functions(function: object, parameters: dict[str, None]) -> None:
    found = inspect.signature(function).parameters  # type: ignore[arg-type]
    shown = {k: p.default for k, p in found.items() if k != "self"}
    assert shown == parameters


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_the_same_objects(name: str) -> None:
    assert getattr(recorder, name) is getattr(native, name)
    assert issubclass(getattr(native, name), native.RecorderError)
    assert issubclass(native.RecorderError, Exception)


def test_text_of_an_error_shows_its_context() -> None:
    error = recorder.TargetError("gone", code="ERR_IO", context={"a": "1", "b": "x"})
    assert str(error) == "[ERR_IO] gone (a=1, b=x)"
    assert (error.kind, error.context) == ("Target", {"a": "1", "b": "x"})


@pytest.mark.parametrize(
    ("function", "signature"),
    [
        (
            native.start_tracing,
            "(path, format, activation_path=None, trace_filter=None)",
        ),
        (native.stop_tracing, "(exit_code=None)"),
        (native.flush_tracing, "()"),
        (native.is_tracing, "()"),
        (native.policy_snapshot, "()"),
        (native.configure_policy_from_env, "()"),
    ],
)
def test_native_signatures(function: object, signature: str) -> None:
    assert str(inspect.signature(function)) == signature  # type: ignore[arg-type]


def test_native_start_refuses_a_format(tmp_path: Path) -> None:
    with pytest.raises(native.UsageError) as info:
        native.start_tracing(str(tmp_path), "xml")
    assert info.value.code == "ERR_UNSUPPORTED_FORMAT"
    assert info.value.args[0] == (
        "unsupported trace format 'xml'. Expected one of: binary, json"
    )
    assert not native.is_tracing()


def test_names_of_the_facade() -> None:
    assert session._start_backend is native.start_tracing
    assert session._stop_backend is native.stop_tracing
    assert session._flush_backend is native.flush_tracing
    assert session._is_tracing_backend is native.is_tracing
    assert session._configure_policy_from_env is native.configure_policy_from_env
    assert session._active_session is None
    assert (
        auto_start.ENV_TRACE_PATH,
        auto_start.ENV_TRACE_FILTER,
        auto_start.ENV_TRACE_FORMAT,
    ) == ("CODETRACER_TRACE", "CODETRACER_TRACE_FILTER", "CODETRACER_FORMAT")


@pytest.mark.parametrize("name", ["start", "trace"])
def test_keywords_of_a_session(name: str, tmp_path: Path) -> None:
    parameters = inspect.signature(recorder.start).parameters
    assert [(p.name, p.default) for p in parameters.values()][1:] == [
        ("format", "binary"),
        ("start_on_enter", None),
        ("trace_filter", None),
        ("policy", None),
        ("apply_env_policy", True),
    ]
    keywords = {key: p.default for key, p in list(parameters.items())[1:]}
    with getattr(recorder, name)(tmp_path, **keywords) as handle:
        assert (handle.path, handle.format) == (tmp_path, "binary")


@pytest.mark.parametrize(
    ("argv", "last_line"),
    [
        ([], f"Type: {COMMAND} [options] script.py [args...]"),
        (["--"], f"Type: {COMMAND} [options] script.py [args...]"),
        (
            ["nosuch.py"],
            f"Type the path of a script, or: {COMMAND} -m module, {COMMAND} -c code",
        ),
        (["--format", "x", "s.py"], "Type: --format binary or --format json"),
        (
            ["--max-depht", "3", "s.py"],
            "Did you mean --max-depth or --max-nodes or --max-items?",
        ),
        (["--formt=json", "s.py"], "Did you mean --format?"),
        (["--qqq", "s.py"], f"Type: {COMMAND} --help, which shows every option"),
        (["-f", "json", "s.py"], "Did you mean --format?"),
        (["-x", "s.py"], f"Type: {COMMAND} --help, which shows every option"),
        (
            ["--qqq", "--keep-partial", "s.py"],
            "Did you mean --keep-partial-trace or --keep-last?",
        ),
        (["test_contract"], "Did you mean test_contract.py?"),
        (["--format"], "Type: --format binary|json"),
        (["--trace-dir=", "s.py"], "Type: --trace-dir DIR"),
        (["--activation-path", "", "s.py"], "Type: --activation-path PATH"),
        (["--trace-filter", " :: ", "s.py"], "Type: --trace-filter FILE"),
        (["--require-trace=yes", "s.py"], "Type: --require-trace"),
        (
            ["--propagate-script-exit=no", "s.py"],
            "Type: --propagate-script-exit or --no-propagate-script-exit",
        ),
        (["--max-items", "-1", "-c", ""], "Type: --max-items N"),
        (["--max-nodes", "1", "-c", ""], "Type: --max-nodes N"),
        (["--keep-last", "1K", "-c", ""], "Type: --keep-last SIZE"),
        (["--log-level", "loud", "-c", ""], "Type: --log-level SPEC"),
        (["--max-items", "x", "s.py"], "Type: --max-items N"),
        (["--min-free", "x", "s.py"], "Type: --min-free SIZE"),
        (["--globals", "some", "s.py"], "Type: --globals all|used|none"),
        (["-o"], "Type: --trace-dir DIR"),
        (["-m"], f"Type: {COMMAND} [options] -m module [args...]"),
        (["-c"], f"Type: {COMMAND} [options] -c code [args...]"),
    ],
)
def test_usage_errors_end_with_what_to_type(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    argv: list[str],
    last_line: str,
) -> None:
    monkeypatch.chdir(TESTS)
    with pytest.raises(SystemExit) as info:
        cli._parse_args(argv)
    assert info.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines()[-1] == last_line


# ---- single rows ---------------------------------------------------------------------


def test_distribution() -> None:
    distribution = importlib.metadata.distribution(COMMAND)
    assert not distribution.requires
    assert distribution.version == recorder.__version__
    [script] = distribution.entry_points
    assert (script.name, script.value) == (COMMAND, f"{PACKAGE}.cli:main")
    package = Path(recorder.__file__).parent
    assert (package / "py.typed").exists()
    assert (package / "codetracer_python_recorder.pyi").exists()


def test_trace_directory_is_made_with_its_parents(tmp_path: Path) -> None:
    recording = record("json", ["-c", "x = 1"], tmp_path, tmp_path / "a/b/c")
    assert recording.outcome.status == 0
    recording.assert_clean()


def test_help_in_short(capsys: pytest.CaptureFixture[str]) -> None:
    texts = []
    for option in ("-h", "--help"):
        with pytest.raises(SystemExit) as info:
            cli.main([option, "nosuch.py"])
        assert not info.value.code
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    assert "\nexamples:\n" in texts[0]


def test_package_is_recorded_from_its_init(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package/__init__.py").write_text("x = 1\n")
    (tmp_path / "package/__main__.py").write_text("y = 2\n")
    recording = record("json", ["-m", "package"], tmp_path, tmp_path / "t")
    recording.assert_clean()
    names = [body["name"] for body in recording.bodies("Function")]
    assert names == ["<toplevel>", "<package>", "<__main__>"]


def test_paths_in_the_metadata_are_resolved(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/main.py").write_text("x = 1\n")
    (tmp_path / "real/filter.toml").write_text(
        "[meta]\nname = 'f'\nversion = 1\n"
        "[scope]\ndefault_exec = 'trace'\ndefault_value_action = 'allow'\n"
    )
    (tmp_path / "link").symlink_to("real")
    options = ["--trace-filter", "link/filter.toml"]
    recording = record("json", ["link/main.py"], tmp_path, tmp_path / "t", options)
    recording.assert_clean()
    script = recording.metadata["recorder"]["target_script"]
    assert script == str(tmp_path / "real/main.py")
    *_, given = recording.metadata["trace_filter"]["filters"]
    assert given["path"] == str(tmp_path / "real/filter.toml")


@pytest.mark.parametrize("trace_format", formats.SUPPORTED_FORMATS)
def test_directory_can_be_removed_at_once(tmp_path: Path, trace_format: str) -> None:
    """After stop, and after the end of a recorded program, nobody writes there."""
    (tmp_path / "main.py").write_text(
        f"""
import os, shutil, subprocess, sys
import {PACKAGE} as recorder
def work(n):
    return [i for i in range(n)]
launch = [sys.executable, "-m", "{PACKAGE}", "--format", sys.argv[1], "-o", "trace"]
for i in range(40):
    recorder.start("trace", format=sys.argv[1])
    work(i * 300)
    recorder.stop()
    shutil.rmtree("trace")
for i in range(10):
    subprocess.run([*launch, "-c", "for i in range(20000): x = i"], check=True)
    shutil.rmtree("trace")
print(os.listdir())
"""
    )
    outcome = run(["main.py", trace_format], tmp_path)
    assert (outcome.status, outcome.stderr) == (0, b"")
    assert outcome.stdout == b"['main.py']\n"
    assert os.listdir(tmp_path) == ["main.py"]
