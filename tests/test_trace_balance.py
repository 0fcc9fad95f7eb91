"""trace_balance and scripts/check_trace_balance.py: existing tools use them."""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from recording import TESTS, record, run

from codetracer_python_recorder import trace_balance

SCRIPT = TESTS.parent / "scripts/check_trace_balance.py"
CALL: dict[str, Any] = {"Call": {"function_id": 0, "args": []}}
RETURN: dict[str, Any] = {"Return": {"return_value": {"kind": "None", "type_id": 0}}}
STEP: dict[str, Any] = {"Step": {"path_id": 0, "line": 1}}

# Events: calls, returns, the first Return too many, and what the script prints.
CASES: dict[str, tuple[list[Any], int, int, int | None, list[str]]] = {
    "empty": ([], 0, 0, None, ["Balanced trace"]),
    "balanced": ([CALL, STEP, RETURN], 1, 1, None, ["Balanced trace"]),
    "missing": (
        [CALL, CALL, RETURN],
        2,
        1,
        None,
        ["Unbalanced trace detected.", "Missing 1 return event(s)."],
    ),
    "extra": (
        [STEP, CALL, RETURN, RETURN, RETURN],
        1,
        3,
        3,
        ["Unbalanced trace detected.", "Unexpected 2 extra return event(s)."],
    ),
    "wrong order": ([RETURN, CALL], 1, 1, 0, ["Unbalanced trace detected."]),
    "other things": ([1, "Call", None, ["Return"]], 0, 0, None, ["Balanced trace"]),
}


@pytest.mark.parametrize("name", CASES)
def test_summary(name: str) -> None:
    events, calls, returns, negative, lines = CASES[name]
    result = trace_balance.summarize_trace_balance(iter(events))
    assert result == trace_balance.TraceBalanceResult(calls, returns, negative)
    assert result.delta == calls - returns
    assert result.is_balanced == (lines == ["Balanced trace"])


def test_result_is_frozen() -> None:
    result = trace_balance.TraceBalanceResult(
        call_count=1, return_count=1, first_negative_index=None
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.call_count = 2  # type: ignore[misc]


@pytest.mark.parametrize("name", CASES)
def test_script(tmp_path: Path, name: str) -> None:
    events, *_, lines = CASES[name]
    (tmp_path / "trace.json").write_text(json.dumps(events))
    outcome = run([SCRIPT, "trace.json"], tmp_path)
    assert outcome.status == (lines != ["Balanced trace"])
    assert outcome.stderr == b""
    assert set(lines) <= set(outcome.stdout.decode().splitlines())


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, "cannot read 'trace.json': No such file or directory"),
        ("{", "'trace.json' is not valid JSON: "),
        ("{}", "'trace.json' is not a trace: its JSON is not an array"),
        ("\udcff", "'trace.json' is not valid JSON: "),
    ],
)
def test_file_that_is_no_trace(
    tmp_path: Path, content: str | None, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "trace.json"
    if content is not None:
        path.write_text(content, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(trace_balance.TraceBalanceError) as info:
        trace_balance.load_trace_events("trace.json")
    assert str(info.value).startswith(text)
    outcome = run([SCRIPT, "trace.json"], tmp_path)
    assert (outcome.status, outcome.stdout) == (2, b"")
    assert outcome.stderr.decode().startswith(text)


def test_recorded_trace_balances(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import sys\ndef f(n):\n    yield n\nnext(f(1))\nsys.exit(f(2).send(None))\n"
    )
    record("json", ["main.py"], tmp_path, tmp_path / "trace")
    outcome = run([SCRIPT, "trace/trace.json"], tmp_path)
    assert (outcome.status, outcome.stderr) == (0, b"")
    assert outcome.stdout.startswith(b"Balanced trace\n")


def test_script_as_a_function(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import check_trace_balance

    monkeypatch.delitem(sys.modules, "check_trace_balance")
    path = tmp_path / "trace.json"
    path.write_text(json.dumps([CALL]))
    assert check_trace_balance.main([str(path)]) == 1
    assert "Missing 1 return event(s)." in capsys.readouterr().out
