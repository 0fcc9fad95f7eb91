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
def work(n, *, by=1):
    return n + by
print(work(1))
sys.exit({STATUS})
"""
API_PROGRAM = f"""
import sys
import codetracer_python_recorder as recorder
def work(n, *, by=1):
    return n + by
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

    @property
    def text(self) -> str:
        return f"[{self.code}] {self.message}"


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
            "frame",
            "ERR_FRAME_INTROSPECTION_FAILED",
            "Environment",
            "the interpreter does not give the frame that runs",
            True,
        ),
        (
            "globals",
            "ERR_GLOBALS_INTROSPECTION_FAILED",
            "Environment",
            "the globals of the frame that runs are no dict",
            True,
        ),
        (
            "positional",
            "ERR_MISSING_POSITIONAL_ARG",
            "Target",
            "the argument 'n' of work is not bound when the function starts",
            True,
        ),
        (
            "keyword",
            "ERR_MISSING_KEYWORD_ARG",
            "Target",
            "the argument 'by' of work is not bound when the function starts",
            True,
        ),
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


def said(outcome: Outcome) -> list[str]:
    """The lines on standard error: JSON in short, a traceback without its places."""
    lines = []
    for line in outcome.stderr.decode().splitlines():
        fields = json.loads(line) if line.startswith("{") else {}
        if "error_kind" in fields:
            line = "trailer"
        elif fields:
            line = f"{fields['level']}: [{fields['error_code']}] {fields['message']}"
        if not line.startswith(" "):
            lines.append(line)
    return lines


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
    status, stdout = STATUS, b"2\n"
    lines = [f"ERROR: {stage.text}", "trailer"]
    if not stage.at_event:
        lines[0] = f"Failed to stop Codetracer session: {stage.text}"
    elif policy == "abort":
        status, stdout = 1, b""
        lines += [
            "Traceback (most recent call last):",
            f"{PACKAGE}.{stage.kind}Error: {stage.text}",
        ]
    assert (outcome.status, outcome.stdout, said(outcome)) == (status, stdout, lines)
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
    printed, lines = ["False 3"], [f"ERROR: {stage.text}", "trailer"]
    if policy == "disable":
        printed.insert(0, "2")
    elif stage.at_event:
        printed.insert(0, f"raised {error}")
    else:
        printed[:0] = ["2", f"stopped {error}"]
        lines = ["trailer"]  # the program has the error itself
    assert outcome.stdout.decode().splitlines() == printed
    assert (outcome.status, said(outcome)) == (STATUS, lines)
    assert_trailer(outcome, stage)
    assert_files(tmp_path / "trace", trace_format, fate, stage.message)


@pytest.mark.parametrize(("policy", "status"), [("abort", 1), ("disable", 0)])
@pytest.mark.parametrize("name", STAGES)
def test_failure_under_a_program_that_succeeds(
    tmp_path: Path, name: str, policy: str, status: int
) -> None:
    """`abort` makes its status 0 a 1, `disable` does not."""
    (tmp_path / "main.py").write_text(PROGRAM.replace(str(STATUS), "0"))
    more = {"CODETRACER_LOG_LEVEL": "trace"}
    outcome = record(
        "json",
        ["main.py"],
        tmp_path,
        tmp_path / "trace",
        (),
        variables(name, policy, "drop", **more),
    ).outcome
    assert outcome.status == status
    assert_trailer(outcome, STAGES[name])  # and no line of the log behind it


@pytest.mark.parametrize("fate", ["drop", "keep"])
@pytest.mark.parametrize("name", STAGES)
def test_failure_under_codetracer(tmp_path: Path, name: str, fate: str) -> None:
    """Its status 0 says that there is a trace: not when that has been dropped."""
    stage = STAGES[name]
    (tmp_path / "main.py").write_text(PROGRAM)
    outcome = record(
        "json",
        ["main.py"],
        tmp_path,
        tmp_path / "trace",
        (),
        variables(name, "disable", fate, CODETRACER_RECORDING="1"),
    ).outcome
    has_trace = fate == "keep" and stage.at_event
    assert outcome.status == (0 if has_trace else STATUS)
    assert (b"returning 0" in outcome.stderr) is has_trace


NOTHING = list(itertools.product(("abort", "disable"), ("drop", "keep"), FORMATS))


@pytest.mark.parametrize(("policy", "fate", "trace_format"), NOTHING)
@pytest.mark.parametrize("status", [0, STATUS])
def test_nothing_recorded_under_the_command_line(
    tmp_path: Path, policy: str, fate: str, trace_format: str, status: int
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
            variables("suppress-events", policy, fate),
        ).outcome
        assert outcome.status == expected
        assert bool(list(trace.iterdir())) == (not options)
    line = f"Failed to stop Codetracer session: [ERR_TRACE_MISSING] {MISSING}"
    assert said(outcome) == [line, "trailer"]
    assert trailer_of(outcome)["error_code"] == "ERR_TRACE_MISSING"


@pytest.mark.parametrize(("policy", "fate", "trace_format"), NOTHING)
def test_nothing_recorded_under_the_api(
    tmp_path: Path, policy: str, fate: str, trace_format: str
) -> None:
    (tmp_path / "main.py").write_text(API_PROGRAM)
    for word, said_of_it in (("no", []), ("yes", ["trailer"])):
        outcome = run(
            ["main.py", trace_format],
            tmp_path,
            variables("suppress-events", policy, fate, CODETRACER_REQUIRE_TRACE=word),
        )
        stopped = [f"stopped ERR_TRACE_MISSING Usage {MISSING}"] if said_of_it else []
        assert outcome.stdout.decode().splitlines() == ["2", *stopped, "False 3"]
        assert (outcome.status, said(outcome)) == (STATUS, said_of_it)
        assert bool(list((tmp_path / "trace").iterdir())) == (not said_of_it)
    assert trailer_of(outcome)["error_code"] == "ERR_TRACE_MISSING"


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
