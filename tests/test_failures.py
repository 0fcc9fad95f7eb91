"""What becomes of the program and of the trace when the recorder fails.

Every stage at which a failure can be injected, with `abort` or `disable`, kept or
dropped, in both formats, under the command line and the API: exit status, streams,
files and trailer.
"""

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from recording import FORMATS, PACKAGE, Outcome, Recording, record, run

INJECT = "CODETRACER_TEST_INJECT_FAILURE"
STATUS = 3
"""What the program ends with when nobody disturbs it."""

PROGRAM = f"""
import sys
def work(n):
    return n + 1
print(work(1))
sys.exit({STATUS})
"""
API_PROGRAM = f"""
import sys
import codetracer_python_recorder as recorder
def work(n):
    return n + 1
status = {STATUS}
try:
    recorder.start("trace", format=sys.argv[1])
    print(work(1))
except recorder.RecorderError as error:
    print("raised", error.code, error.kind, error.args[0])
try:
    recorder.stop(exit_code=status)
except recorder.RecorderError as error:
    print("stopped", error.code, error.kind, error.args[0])
print(recorder.is_tracing(), work(2))
sys.exit(status)
"""


@dataclass(frozen=True)
class Stage:
    """A value of the variable, and the error that it has the recorder end with."""

    name: str
    code: str
    kind: str
    message: str
    at_event: bool


STAGES = {
    name: Stage(name, code, kind, message, at_event)
    for name, code, kind, message, at_event in (
        (
            "py_start",
            "ERR_TRACE_INCOMPLETE",
            "Internal",
            "test-injected failure at py_start",
            True,
        ),
        (
            "line",
            "ERR_TRACE_INCOMPLETE",
            "Internal",
            "test-injected failure at line",
            True,
        ),
        (
            "target-args",
            "ERR_TRACE_INCOMPLETE",
            "Target",
            "test-injected failure at target-args",
            True,
        ),
        ("panic", "ERR_UNKNOWN", "Internal", "panic in on_line", True),
        (
            "finish",
            "ERR_TRACE_INCOMPLETE",
            "Internal",
            "test-injected failure at finish",
            False,
        ),
    )
}
CELLS = list(itertools.product(STAGES, ("abort", "disable"), ("drop", "keep"), FORMATS))
MISSING = "recorder policy requires a trace but no events were recorded"


def variables(stage: str, policy: str, fate: str, **more: str) -> dict[str, str]:
    return {
        INJECT: stage,
        "CODETRACER_ON_RECORDER_ERROR": policy,
        "CODETRACER_KEEP_PARTIAL_TRACE": "1" if fate == "keep" else "0",
        "CODETRACER_JSON_ERRORS": "1",
        **more,
    }


def trailer_of(outcome: Outcome) -> dict[str, Any]:
    """The last line of JSON, which has to be the only trailer."""
    lines = [json.loads(s) for s in outcome.stderr.splitlines() if s[:1] == b"{"]
    trailers = [line for line in lines if "error_kind" in line]
    assert trailers == lines[-1:]
    assert set(trailers[0]) == {
        "run_id",
        "trace_id",
        "error_code",
        "error_kind",
        "message",
        "context",
    }
    return trailers[0]


def assert_trailer(outcome: Outcome, stage: Stage) -> None:
    trailer = trailer_of(outcome)
    shown = trailer["error_code"], trailer["error_kind"], trailer["message"]
    assert shown == (stage.code, stage.kind, stage.message)
    assert trailer["run_id"] and trailer["trace_id"] and trailer["context"] == {}


def assert_files(trace: Path, trace_format: str, fate: str, message: str) -> None:
    """Nothing but the empty directory, or a whole trace that says where it ends."""
    if fate == "drop":
        assert list(trace.iterdir()) == []
        return
    recording = Recording(trace, Outcome(0, b"", b""))
    assert (
        recording.events_file.suffix
        == {"json": ".json", "binary": ".bin"}[trace_format]
    )
    recording.assert_clean()
    metadata = recording.metadata
    assert metadata["end"] == {"reason": "recorder_error", "complete": True}
    assert metadata["process_exit_status"] == {"code": None, "label": "<disabled>"}
    assert any(message in note for note in metadata["notes"])


@pytest.mark.parametrize(("name", "policy", "fate", "trace_format"), CELLS)
def test_failure_under_the_command_line(
    tmp_path: Path, name: str, policy: str, fate: str, trace_format: str
) -> None:
    stage = STAGES[name]
    (tmp_path / "main.py").write_text(PROGRAM)
    trace = tmp_path / "trace"
    outcome = record(
        trace_format, ["main.py"], tmp_path, trace, (), variables(name, policy, fate)
    ).outcome
    text = outcome.stderr.decode()
    if stage.at_event and policy == "abort":
        assert (outcome.status, outcome.stdout) == (1, b"")
        error = f"{PACKAGE}.{stage.kind}Error: [{stage.code}] {stage.message}"
        assert text.splitlines()[-1] == error
        assert text.count("Traceback") == 1
    else:
        assert (outcome.status, outcome.stdout) == (STATUS, b"2\n")
        assert "Traceback" not in text
    if not stage.at_event:
        line = f"Failed to stop Codetracer session: [{stage.code}] {stage.message}"
        assert text.splitlines()[0] == line
    assert_trailer(outcome, stage)
    assert_files(trace, trace_format, fate, stage.message)


@pytest.mark.parametrize(("name", "policy", "fate", "trace_format"), CELLS)
def test_failure_under_the_api(
    tmp_path: Path, name: str, policy: str, fate: str, trace_format: str
) -> None:
    stage = STAGES[name]
    (tmp_path / "main.py").write_text(API_PROGRAM)
    outcome = run(["main.py", trace_format], tmp_path, variables(name, policy, fate))
    error = f"{stage.code} {stage.kind} {stage.message}"
    expected = ["False 3"]
    if policy == "disable":
        expected.insert(0, "2")
    elif stage.at_event:
        expected.insert(0, f"raised {error}")
    else:
        expected[:0] = ["2", f"stopped {error}"]
    assert outcome.stdout.decode().splitlines() == expected
    assert outcome.status == STATUS
    assert_trailer(outcome, stage)
    assert_files(tmp_path / "trace", trace_format, fate, stage.message)


@pytest.mark.parametrize("trace_format", FORMATS)
@pytest.mark.parametrize("policy", ["abort", "disable"])
@pytest.mark.parametrize("status", [0, STATUS])
def test_nothing_recorded_under_the_command_line(
    tmp_path: Path, trace_format: str, policy: str, status: int
) -> None:
    (tmp_path / "main.py").write_text(f"raise SystemExit({status})")
    trace = tmp_path / "trace"
    for options, expected in (((), status), (("--require-trace",), 1)):
        outcome = record(
            trace_format,
            ["main.py"],
            tmp_path,
            trace,
            options,
            variables("suppress-events", policy, "drop"),
        ).outcome
        assert outcome.status == expected
        assert bool(list(trace.iterdir())) == (not options)
    line, _ = outcome.stderr.decode().splitlines()
    assert line == f"Failed to stop Codetracer session: [ERR_TRACE_MISSING] {MISSING}"
    assert trailer_of(outcome)["error_code"] == "ERR_TRACE_MISSING"


@pytest.mark.parametrize("policy", ["abort", "disable"])
def test_nothing_recorded_under_the_api(tmp_path: Path, policy: str) -> None:
    (tmp_path / "main.py").write_text(API_PROGRAM)
    outcome = run(
        ["main.py", "json"],
        tmp_path,
        variables("suppress-events", policy, "keep", CODETRACER_REQUIRE_TRACE="yes"),
    )
    assert outcome.stdout.decode().splitlines() == [
        "2",
        f"stopped ERR_TRACE_MISSING Usage {MISSING}",
        "False 3",
    ]
    assert list((tmp_path / "trace").iterdir()) == []


def test_activation_file_that_is_never_entered(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("print('ran')")
    (tmp_path / "never.py").write_text("")
    options = ["--activation-path", "never.py", "--require-trace"]
    recording = record("json", ["main.py"], tmp_path, tmp_path / "trace", options)
    assert (recording.outcome.status, recording.outcome.stdout) == (1, b"ran\n")
    assert MISSING in recording.outcome.stderr.decode()


def test_error_that_the_program_handles_still_spoils_the_status(
    tmp_path: Path,
) -> None:
    (tmp_path / "part.py").write_text("x = 1\n")
    (tmp_path / "main.py").write_text(
        "try:\n    import part\nexcept Exception as error:\n    print(error)\n"
    )
    recording = record(
        "json",
        ["main.py"],
        tmp_path,
        tmp_path / "trace",
        ["--activation-path", "part.py"],
        {INJECT: "line"},
    )
    assert recording.outcome.status == 1
    text = "[ERR_TRACE_INCOMPLETE] test-injected failure at line\n"
    assert recording.outcome.stdout.decode() == text


def test_dropped_trace_leaves_no_older_one(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(PROGRAM)
    trace = tmp_path / "trace"
    record("binary", ["main.py"], tmp_path, trace)
    assert len(list(trace.iterdir())) == 3
    record("json", ["main.py"], tmp_path, trace, (), {INJECT: "line"})
    assert list(trace.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "environment", "code"),
    [
        (["--json-errors"], {"CODETRACER_GLOBALS": "x"}, "ERR_INVALID_POLICY_VALUE"),
        (["--json-errors", "-o", "/proc/x/y"], {}, "ERR_TRACE_DIR_CREATE_FAILED"),
        (["-o", "main.py"], {"CODETRACER_JSON_ERRORS": "y"}, "ERR_UNKNOWN"),
        (["--log-file", "no/log", "--json-errors"], {}, "ERR_IO"),
    ],
)
def test_start_that_fails_has_a_trailer(
    tmp_path: Path, options: list[str], environment: dict[str, str], code: str
) -> None:
    (tmp_path / "main.py").write_text(PROGRAM)
    outcome = run(["-m", PACKAGE, *options, "main.py"], tmp_path, environment)
    assert (outcome.status, outcome.stdout) == (1, b"")
    trailer = trailer_of(outcome)
    assert (trailer["error_code"], trailer["trace_id"]) == (code, None)
    lines = outcome.stderr.decode().splitlines()
    text = [s for s in lines if s.startswith("Failed to start Codetracer session: ")]
    assert len(text) == 1 and len(lines) == 2
    assert trailer["message"] in text[0]


def test_no_trailer_unless_asked_for(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(PROGRAM)
    outcome = record(
        "json",
        ["main.py"],
        tmp_path,
        tmp_path / "trace",
        ["--on-recorder-error", "disable"],
        {INJECT: "line"},
    ).outcome
    [line] = map(json.loads, outcome.stderr.splitlines())
    assert line["error_code"] == "ERR_TRACE_INCOMPLETE"
    assert "error_kind" not in line
