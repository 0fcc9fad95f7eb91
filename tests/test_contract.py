"""Names, texts and codes that other tools rely on and no other test module shows."""

import inspect
from pathlib import Path

import pytest
from recording import TESTS

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
