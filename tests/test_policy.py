"""The settings: every keyword, variable and option, their defaults and errors."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from recording import PACKAGE, record, run

import codetracer_python_recorder as recorder
from codetracer_python_recorder import cli

TRUE_WORDS = ("1", "true", "t", "yes", "y", " TRUE ", "Yes")
FALSE_WORDS = ("0", "false", "f", "no", "n", " False", "N")
FLAG_EXPECTED = "one of: 1, true, t, yes, y, or 0, false, f, no, n"


@dataclass(frozen=True)
class Setting:
    """A row of the contract: name, default, values and what they read as, bad ones."""

    name: str
    default: Any
    values: tuple[tuple[Any, Any], ...]
    bad: tuple[Any, ...]
    expected: str
    is_flag: bool = False

    @property
    def variable(self) -> str:
        return "CODETRACER_" + self.name.upper()

    @property
    def option(self) -> str:
        return "--" + self.name.replace("_", "-")


def choice(name: str, default: str, *others: str) -> Setting:
    words = tuple((word, word) for word in (default, *others))
    upper = ((default.upper(), default),)
    return Setting(name, default, words + upper, ("x", "", 1, True), "one of: ")


def flag(name: str, default: bool) -> Setting:
    words = [(word, True) for word in TRUE_WORDS]
    words += [(word, False) for word in FALSE_WORDS]
    return Setting(name, default, tuple(words), ("x", "2", 1), FLAG_EXPECTED, True)


def number(name: str, default: int, least: int, most: int = 1_000_000) -> Setting:
    values = tuple((str(n), n) for n in (least, most, default))
    bad = (str(least - 1), str(most + 1), "1.5", "many", True, 10**30)
    return Setting(name, default, values, bad, f"a whole number from {least} to {most}")


SETTINGS = {
    setting.name: setting
    for setting in (
        choice("on_recorder_error", "abort", "disable"),
        flag("require_trace", False),
        flag("keep_partial_trace", False),
        Setting(
            "log_level",
            None,
            tuple(
                (s, s) for s in ("debug", "Info", "off", "warn,a::b=trace", "a=error")
            ),
            ("loud", "a=", "=debug", ",", "debug,x=loud"),
            "a level (off, error, warn, info, debug, trace) or a comma list of levels "
            "and target=level",
        ),
        Setting("log_file", None, (("/x/log", "/x/log"),), (1,), "a path"),
        flag("json_errors", False),
        flag("module_name_from_globals", True),
        flag("propagate_script_exit", True),
        choice("globals", "used", "all", "none"),
        number("max_depth", 3, 0),
        number("max_items", 32, 0),
        number("max_string", 256, 0),
        number("max_nodes", 128, 2),
        number("max_variables", 64, 1, 65535),
        choice("thread_records", "auto", "on", "off"),
    )
}
VALUES = [
    (name, text, value)
    for name, setting in SETTINGS.items()
    for text, value in setting.values
]
BAD_TEXTS = [
    (name, bad)
    for name, setting in SETTINGS.items()
    for bad in setting.bad
    if isinstance(bad, str) and bad
]


@pytest.fixture(autouse=True)
def defaults(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("CODETRACER_")]:
        monkeypatch.delenv(name)
    before = recorder.policy_snapshot()
    yield
    recorder.configure_policy(log_level="", log_file="")
    capture = before.pop("io_capture")
    recorder.configure_policy(io_capture_line_proxies=capture["line_proxies"])
    recorder.configure_policy(
        io_capture_fd_fallback=capture["fd_fallback"],
        **{name: value for name, value in before.items() if value is not None},
    )


def snapshot_in_new_process(
    directory: Path, **variables: str
) -> tuple[dict[str, Any], str]:
    code = (
        f"import {PACKAGE} as r, json; r.configure_policy_from_env();"
        "print(json.dumps(r.policy_snapshot()))"
    )
    outcome = run(["-c", code], directory, variables)
    text = outcome.stdout.decode()
    return json.loads(text) if text else {}, outcome.stderr.decode()


def test_defaults(tmp_path: Path) -> None:
    snapshot, _ = snapshot_in_new_process(tmp_path)
    for name, setting in SETTINGS.items():
        assert snapshot[name] == setting.default
        assert type(snapshot[name]) is type(setting.default)


@pytest.mark.parametrize(
    ("value", "expected"), [("1", False), ("yes", False), ("0", True), ("", True)]
)
def test_default_under_codetracer(tmp_path: Path, value: str, expected: bool) -> None:
    snapshot, _ = snapshot_in_new_process(tmp_path, CODETRACER_RECORDING=value)
    assert snapshot["propagate_script_exit"] is expected
    snapshot, _ = snapshot_in_new_process(
        tmp_path, CODETRACER_RECORDING=value, CODETRACER_PROPAGATE_SCRIPT_EXIT="true"
    )
    assert snapshot["propagate_script_exit"] is True


@pytest.mark.parametrize(("name", "text", "value"), VALUES)
def test_value_from_keyword_and_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
) -> None:
    settings: dict[str, Any] = {name: text}
    recorder.configure_policy(**settings)
    assert recorder.policy_snapshot()[name] == value
    settings = {name: SETTINGS[name].values[-1][1]}
    recorder.configure_policy(**settings)
    monkeypatch.setenv(SETTINGS[name].variable, text)
    recorder.configure_policy_from_env()
    assert recorder.policy_snapshot()[name] == value


@pytest.mark.parametrize("name", SETTINGS)
def test_none_leaves_and_a_typed_value_sets(name: str) -> None:
    setting = SETTINGS[name]
    _, value = setting.values[0]
    settings: dict[str, Any] = {name: value}
    recorder.configure_policy(**settings)
    settings = {name: None}
    recorder.configure_policy(**settings)
    assert recorder.policy_snapshot()[name] == value


@pytest.mark.parametrize(
    ("name", "bad"),
    [(name, bad) for name, setting in SETTINGS.items() for bad in setting.bad],
)
def test_bad_keyword(name: str, bad: object) -> None:
    before = recorder.policy_snapshot()
    settings: dict[str, Any] = {"max_depth": 7, name: bad}
    with pytest.raises(recorder.UsageError) as info:
        recorder.configure_policy(**settings)
    assert info.value.code == "ERR_INVALID_POLICY_VALUE"
    assert info.value.context == {name: str(bad)}
    text = info.value.args[0]
    assert text.startswith(f"invalid value {bad!r} for {name}: expected ")
    assert SETTINGS[name].expected in text
    assert recorder.policy_snapshot() == before


@pytest.mark.parametrize(("name", "bad"), BAD_TEXTS)
def test_bad_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, bad: str
) -> None:
    variable = SETTINGS[name].variable
    monkeypatch.setenv(variable, bad)
    before = recorder.policy_snapshot()
    with pytest.raises(recorder.UsageError) as info:
        recorder.configure_policy_from_env()
    assert info.value.code == "ERR_INVALID_POLICY_VALUE"
    assert info.value.args[0].startswith(f"invalid value {bad!r} for {variable}: ")
    with pytest.raises(recorder.UsageError):
        recorder.start(tmp_path / "trace")
    assert not recorder.is_tracing()
    assert recorder.policy_snapshot() == before


def test_unknown_setting() -> None:
    for name in ("nonsense", "io_capture"):
        settings: dict[str, Any] = {name: True}
        with pytest.raises(
            recorder.UsageError, match=f"unknown policy setting '{name}'"
        ):
            recorder.configure_policy(**settings)


PROXIES = {"line_proxies": True, "fd_fallback": False}
OFF = {"line_proxies": False, "fd_fallback": False}
FD = {"line_proxies": True, "fd_fallback": True}


@pytest.mark.parametrize(
    ("text", "expected"),
    [(word, PROXIES) for word in (*TRUE_WORDS, "on", "proxies", " Proxies ")]
    + [(word, OFF) for word in (*FALSE_WORDS, "off")]
    + [(word, FD) for word in ("fd", "proxies+fd", "FD,proxies", "proxies,fd")],
)
def test_io_capture(
    monkeypatch: pytest.MonkeyPatch, text: str, expected: dict[str, bool]
) -> None:
    recorder.configure_policy(io_capture_line_proxies=not expected["line_proxies"])
    monkeypatch.setenv("CODETRACER_CAPTURE_IO", text)
    recorder.configure_policy_from_env()
    assert recorder.policy_snapshot()["io_capture"] == expected
    recorder.configure_policy(io_capture_line_proxies=False)
    assert recorder.policy_snapshot()["io_capture"] == OFF
    recorder.configure_policy(
        io_capture_line_proxies=expected["line_proxies"],
        io_capture_fd_fallback=expected["fd_fallback"],
    )
    assert recorder.policy_snapshot()["io_capture"] == expected


def test_fd_implies_proxies() -> None:
    recorder.configure_policy(io_capture_line_proxies=False)
    recorder.configure_policy(io_capture_fd_fallback=True)
    assert recorder.policy_snapshot()["io_capture"] == FD
    recorder.configure_policy(io_capture_fd_fallback=False)
    assert recorder.policy_snapshot()["io_capture"] == PROXIES


@pytest.mark.parametrize("text", ["x", "proxies+", "proxies+fd+x", "+", "off+fd"])
def test_io_capture_that_there_is_not(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("CODETRACER_CAPTURE_IO", text)
    message = f"invalid value '{text}' for CODETRACER_CAPTURE_IO: expected off, on, "
    with pytest.raises(recorder.UsageError, match=re.escape(message)):
        recorder.configure_policy_from_env()
    assert recorder.policy_snapshot()["io_capture"] == PROXIES


@pytest.mark.parametrize(
    ("text", "expected"), [("off", OFF), ("Proxies", PROXIES), ("proxies+fd", FD)]
)
def test_io_capture_option(text: str, expected: dict[str, bool]) -> None:
    overrides = cli._parse_args(["--io-capture", text, "-c", ""]).policy_overrides
    assert overrides == {f"io_capture_{name}": on for name, on in expected.items()}


def test_texts_are_cleared_by_empty_ones(tmp_path: Path) -> None:
    recorder.configure_policy(log_level="debug", log_file=tmp_path / "log")
    assert recorder.policy_snapshot()["log_file"] == str(tmp_path / "log")
    recorder.configure_policy(log_level="", log_file="")
    snapshot = recorder.policy_snapshot()
    assert (snapshot["log_level"], snapshot["log_file"]) == (None, None)


# ---- on the command line -------------------------------------------------------------


@pytest.mark.parametrize("name", SETTINGS)
def test_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    setting = SETTINGS[name]
    text, value = setting.values[-1]
    expected: dict[str, Any]
    if setting.is_flag:
        argv, expected = [setting.option], {name: True}
    elif name == "log_file":
        argv, expected = ["--log-file", "log"], {name: tmp_path / "log"}
    else:
        argv, expected = [setting.option, text], {name: value}
    assert cli._parse_args([*argv, "-c", "pass"]).policy_overrides == expected
    if setting.default is True:
        argv = ["--no-" + setting.option[2:]]
        assert cli._parse_args([*argv, "-c", ""]).policy_overrides == {name: False}


PRECEDENCE = [
    ([], {}, 3),
    ([], {"CODETRACER_MAX_DEPTH": "5"}, 5),
    (["--max-depth", "7"], {"CODETRACER_MAX_DEPTH": "5"}, 7),
    (["--max-depth", "7"], {}, 7),
]


@pytest.mark.parametrize(("options", "variables", "expected"), PRECEDENCE)
def test_command_line_over_environment_over_default(
    tmp_path: Path, options: list[str], variables: dict[str, str], expected: int
) -> None:
    code = (
        f"import {PACKAGE} as r;print(r.is_tracing(), r.policy_snapshot()['max_depth'])"
    )
    recording = record(
        "json", ["-c", code], tmp_path, tmp_path / "t", options, variables
    )
    assert recording.outcome.stdout.decode() == f"True {expected}\n"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            ["--max-nodes", "1"],
            "invalid value '1' for --max-nodes: expected a whole number from 2 to "
            "1000000",
        ),
        (
            ["--keep-last", "65535"],
            "invalid value '65535' for --keep-last: expected a number of bytes of at "
            "least 65536, such as 500M or 1.5G",
        ),
    ],
)
def test_bad_value_on_the_command_line(
    tmp_path: Path, options: list[str], text: str
) -> None:
    """A usage error, before anything runs; its trailer is the last line."""
    trace = tmp_path / "t"
    options = [*options, "--json-errors"]
    recording = record("json", ["-c", "print(1)"], tmp_path, trace, options)
    assert (recording.outcome.status, recording.outcome.stdout) == (2, b"")
    *_, message, hint, trailer = recording.outcome.stderr.decode().splitlines()
    assert message == f"codetracer-python-recorder: error: {text}"
    assert hint.startswith(f"Type: {options[0]} ")
    assert json.loads(trailer)["message"] == text
    assert json.loads(trailer)["error_code"] == "ERR_INVALID_POLICY_VALUE"
    assert not trace.exists()


def test_bad_value_at_the_start_of_a_program(tmp_path: Path) -> None:
    trace = tmp_path / "t"
    variables = {"CODETRACER_REQUIRE_TRACE": "maybe"}
    recording = record("json", ["-c", "print(1)"], tmp_path, trace, (), variables)
    assert (recording.outcome.status, recording.outcome.stdout) == (1, b"")
    stderr = recording.outcome.stderr.decode()
    assert stderr.startswith(
        "Failed to start Codetracer session: [ERR_INVALID_POLICY_VALUE] "
        "invalid value 'maybe' for CODETRACER_REQUIRE_TRACE: expected one of: 1"
    )
    assert stderr.count("\n") == 1
    assert not trace.exists()


# ---- what single settings do ---------------------------------------------------------

NOTICE = (
    "Script exited with status {}; returning 0. Use '--propagate-script-exit' to "
    "mirror the script exit code.\n"
)
RECORDING = {"CODETRACER_RECORDING": "1"}


@pytest.mark.parametrize(
    ("code", "status", "last"),
    [
        ("import sys; sys.exit(5)", 5, ""),
        ("import sys; sys.exit('text')", 1, "text\n"),
        ("1 / 0", 1, "ZeroDivisionError: division by zero\n"),
        ("raise KeyboardInterrupt", 130, "KeyboardInterrupt\n"),
        ("pass", 0, ""),
    ],
)
@pytest.mark.parametrize(
    ("options", "variables"),
    [
        (["--no-propagate-script-exit"], {}),
        ([], {"CODETRACER_PROPAGATE_SCRIPT_EXIT": "no"}),
        ([], RECORDING),
        (["--propagate-script-exit"], RECORDING),
        ([], {**RECORDING, "CODETRACER_PROPAGATE_SCRIPT_EXIT": "t"}),
    ],
)
def test_propagated_status(
    tmp_path: Path,
    code: str,
    status: int,
    last: str,
    options: list[str],
    variables: dict[str, str],
) -> None:
    (tmp_path / "main.py").write_text(code)
    is_kept = bool(options and options[0].startswith("--prop")) or len(variables) == 2
    recording = record(
        "json", ["main.py"], tmp_path, tmp_path / "t", options, variables
    )
    stderr = recording.outcome.stderr.decode()
    if is_kept:
        expected = -2 if status == 130 else status
        assert recording.outcome.status == expected
        assert stderr.endswith(last) and "returning 0" not in stderr
    else:
        assert recording.outcome.status == 0
        assert stderr.endswith(last + (NOTICE.format(status) if status else ""))
    recording.assert_clean()
    shown = recording.metadata["process_exit_status"]["code"]
    assert shown == (-2 if status == 130 else status)


def names_of(trace: Path, options: list[str], directory: Path) -> list[str]:
    recording = record("json", ["main.py"], directory, trace, options)
    recording.assert_clean()
    return [body["name"] for body in recording.bodies("Function")]


def test_module_names(tmp_path: Path) -> None:
    (tmp_path / "package/inner").mkdir(parents=True)
    (tmp_path / "package/__init__.py").write_text("")
    (tmp_path / "package/inner/part.py").write_text("__name__ = 'renamed'\n")
    (tmp_path / "main.py").write_text("import package.inner.part\n")
    by_globals = ["<toplevel>", "<__main__>", "<package>", "<package.inner.part>"]
    by_place = ["<toplevel>", "<main>", "<package>", "<package.inner.part>"]
    assert names_of(tmp_path / "a", [], tmp_path) == by_globals
    option = "--no-module-name-from-globals"
    assert names_of(tmp_path / "b", [option], tmp_path) == by_place


@pytest.mark.parametrize("trace_format", ["json", "binary"])
@pytest.mark.parametrize("value", ["auto", "on", "off"])
def test_thread_records(tmp_path: Path, trace_format: str, value: str) -> None:
    (tmp_path / "main.py").write_text(
        "import threading\n"
        "def work():\n    pass\n"
        "t = threading.Thread(target=work)\nt.start()\nt.join()\n"
    )
    recording = record(
        trace_format,
        ["main.py"],
        tmp_path,
        tmp_path / "t",
        ["--thread-records", value],
    )
    recording.assert_clean()
    is_written = value == "on" or (value == "auto" and trace_format == "binary")
    assert bool(recording.bodies("ThreadStart")) is is_written
