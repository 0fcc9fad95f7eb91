"""The log: lines of JSON, levels and targets, where they go."""

import json
from pathlib import Path
from typing import Any

import pytest
from recording import record, run

INJECT = "CODETRACER_TEST_INJECT_FAILURE"


def log_of(text: str) -> list[dict[str, Any]]:
    """The lines, each of which has to be one of the log."""
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        needed = {"ts_micros", "level", "target", "run_id", "message"}
        assert needed <= set(line) <= needed | {"trace_id", "error_code"}
        assert isinstance(line["ts_micros"], int) and line["ts_micros"] > 10**15
    return lines


def recorded(tmp_path: Path, *options: str, code: str = "x = 1", **more: str) -> str:
    (tmp_path / "main.py").write_text(code)
    recording = record("json", ["main.py"], tmp_path, tmp_path / "t", options, more)
    assert recording.outcome.status == 0
    return recording.outcome.stderr.decode()


@pytest.mark.parametrize("level", [None, "warn", "error", "off"])
def test_a_recording_that_succeeds_says_nothing(
    tmp_path: Path, level: str | None
) -> None:
    options = () if level is None else ("--log-level", level)
    assert recorded(tmp_path, *options) == ""


def test_lines_on_standard_error(tmp_path: Path) -> None:
    lines = log_of(recorded(tmp_path, "--log-level", "info"))
    assert [line["level"] for line in lines] == ["INFO", "INFO"]
    assert len({line["run_id"] for line in lines}) == 1
    metadata = json.loads((tmp_path / "t/trace_metadata.json").read_text())
    assert {line["trace_id"] for line in lines} == {metadata["recording_id"]}
    assert lines[0]["message"] == f"recording into {tmp_path}/t, format json"
    assert lines[1]["message"].startswith(f"wrote the trace in {tmp_path}/t")


@pytest.mark.parametrize(
    ("spec", "count"),
    [
        ("codetracer_python_recorder=info", 2),
        ("codetracer_python_recorder::session=info", 2),
        ("off,codetracer_python_recorder::session=DEBUG", 2),
        ("info,codetracer_python_recorder::session=warn", 0),
        ("info,codetracer_python_recorder::sess=warn", 2),
        ("other=trace", 0),
        ("debug", 4),
    ],
)
def test_levels_and_targets(tmp_path: Path, spec: str, count: int) -> None:
    options = ("--log-level", spec, "--activation-path", "main.py")
    assert len(log_of(recorded(tmp_path, *options))) == count


def test_log_file_is_appended_to_wherever_the_program_goes(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("")
    code = "import os; os.chdir('/')"
    for _ in range(2):
        options = ("--log-file", "log", "--log-level", "info")
        assert recorded(tmp_path, *options, code=code) == ""
    lines = log_of((tmp_path / "log").read_text())
    assert len(lines) == 4
    assert len({line["run_id"] for line in lines}) == 2


def test_failure_in_the_log_file_reaches_standard_error_too(tmp_path: Path) -> None:
    stderr = recorded(
        tmp_path,
        "--log-file",
        "log",
        "--on-recorder-error",
        "disable",
        **{INJECT: "line"},
    )
    text = "[ERR_TRACE_INCOMPLETE] test-injected failure at line"
    assert stderr == f"codetracer-python-recorder: {text}\n"
    [line] = log_of((tmp_path / "log").read_text())
    assert (line["level"], line["error_code"]) == ("ERROR", "ERR_TRACE_INCOMPLETE")


@pytest.mark.parametrize("path", ["no/such/log", "directory"])
def test_bad_log_file_is_one_clear_error(tmp_path: Path, path: str) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "main.py").write_text("print(1)")
    recording = record(
        "json", ["main.py"], tmp_path, tmp_path / "t", ["--log-file", path]
    )
    assert (recording.outcome.status, recording.outcome.stdout) == (1, b"")
    stderr = recording.outcome.stderr.decode()
    start = "Failed to start Codetracer session: [ERR_IO] cannot open the log file '"
    assert stderr.startswith(f"{start}{tmp_path}/{path}': ")
    assert stderr.count("\n") == 1
    assert not (tmp_path / "t").exists()


def test_closed_standard_error_gets_nothing(tmp_path: Path) -> None:
    """Another file that has got descriptor 2 is not ours to write to."""
    code = "import os; os.close(2); print(os.open('out', os.O_CREAT | os.O_RDWR))"
    recorded(tmp_path, "--log-level", "trace", code=code)
    assert (tmp_path / "out").read_bytes() == b""


def test_nothing_of_ours_in_the_programs_logging(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import sys\n"
        "import codetracer_python_recorder as recorder\n"
        "with recorder.trace('t', format='json', policy={'log_level': 'trace',\n"
        "                    'log_file': 'log'}):\n"
        "    x = 1\n"
        "print('logging' in sys.modules)\n"
        "import logging\n"
        "print(logging.root.handlers, list(logging.root.manager.loggerDict))\n"
    )
    outcome = run(["main.py"], tmp_path)
    assert outcome.stdout.decode().splitlines() == ["False", "[] []"]
    assert len(log_of((tmp_path / "log").read_text())) >= 2


def test_an_invalid_pattern_of_a_filter_is_in_the_log(tmp_path: Path) -> None:
    """Cut to 120 characters, once; the error on standard error has all of it."""
    pattern = "(" + "x" * 200
    (tmp_path / "bad.toml").write_text(
        "[meta]\nname = 'bad'\nversion = 1\n"
        "[scope]\ndefault_exec = 'trace'\ndefault_value_action = 'allow'\n"
        f"[[scope.rules]]\nselector = 'pkg:regex:{pattern}'\nexec = 'skip'\n"
    )
    (tmp_path / "main.py").write_text(
        "import codetracer_python_recorder as recorder\n"
        "recorder.configure_policy(log_file='log')\n"
        "recorder.start('t', trace_filter='bad.toml')\n"
    )
    options = ["--log-file", "log", "--trace-filter", "bad.toml"]
    failed = record("json", ["main.py"], tmp_path, tmp_path / "t", options)
    api = run(["main.py"], tmp_path)
    for outcome in (failed.outcome, api):
        assert outcome.status == 1 and pattern in outcome.stderr.decode()
    lines = log_of((tmp_path / "log").read_text())
    warnings = [line["message"] for line in lines if line["level"] == "WARN"]
    assert warnings == [f"invalid regex pattern '{pattern}"[:120]] * 2
