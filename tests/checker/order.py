"""Rules 7, 11, 13 and 14: the frame of the file, call blocks and step blocks."""

from typing import Any

from .problems import Report
from .trace import Trace, at
from .vocabulary import K_NONE, Value

EXIT_TEXTS = ("<exit>", "<disabled>")

_STEP_BLOCK = frozenset({"Type", "VariableName", "Value"})


def exit_value(trace: Trace) -> Value | None:
    """What the last record returns, if that is an exit status as 2.8 says."""
    if trace.kind_at(len(trace.items) - 1) != "Return":
        return None
    value = trace.items[-1][1]["return_value"]
    is_text = value["kind"] == "String" and value["text"] in EXIT_TEXTS
    return value if is_text or value["kind"] == "Int" else None


def check_frame(trace: Trace, report: Report) -> None:
    """Rule 7: the four records at the start, the exit value at the end."""
    none_type = {
        "kind": K_NONE,
        "lang_type": "None",
        "specific_info": {"kind": "None"},
    }
    expected: list[tuple[str, Any]] = [
        ("Path", None),
        ("Function", {"path_id": 0, "line": 1, "name": "<toplevel>"}),
        ("Call", {"function_id": 0, "args": []}),
        ("Type", none_type),
    ]
    for index, (kind, body) in enumerate(expected):
        if trace.kind_at(index) != kind:
            report.add(7, f"{trace.kind_at(index)} where the {kind} belongs", index)
        elif body is not None and trace.items[index][1] != body:
            report.add(7, f"{trace.items[index][1]} is not {body}", index)
    if exit_value(trace) is None:
        last = len(trace.records) - 1
        report.add(7, "the last record does not return an exit status", last)


def check_step_lines(trace: Trace, report: Report) -> None:
    """Rule 11."""
    for index, (kind, body) in enumerate(trace.items):
        if kind == "Step" and body["line"] < 1:
            report.add(11, f"a Step on line {body['line']}", index)


def check_call_blocks(trace: Trace, report: Report) -> None:
    """Rule 13, and the one Step that 2.6 wants in every file."""
    calls = 0
    first_step: int | None = None
    for index, (kind, body) in enumerate(trace.items):
        if kind == "Step" and first_step is None:
            first_step = index
        if kind != "Call":
            continue
        calls += 1
        if calls == 2 and first_step is not None:
            report.add(13, f"the second Call comes after a Step ({first_step})", index)
        elif calls > 2:
            _check_step_before(trace, index, body, report)
    if first_step is None:
        report.add(13, "a file without any Step")


def _check_step_before(
    trace: Trace, index: int, call: dict[str, Any], report: Report
) -> None:
    kind, step = trace.items[index - 1]
    if kind != "Step":
        report.add(13, f"a Call directly after a {kind}, not a Step", index)
        return
    function = at(trace.functions, call["function_id"])
    if function is None:
        return
    if step["path_id"] != function["path_id"]:
        report.add(
            13, f"the Step of a Call of {function['name']!r} is in {step}", index
        )
    elif step["line"] != function["line"] and not _may_be_elsewhere(trace, call):
        report.add(13, f"{function['name']!r} is called on line {step['line']}", index)


def _may_be_elsewhere(trace: Trace, call: dict[str, Any]) -> bool:
    """A resume, a frame met while running and a thread's return have no arguments.

    A throw has one, named `exception`.
    """
    names = [at(trace.variables, argument["variable_id"]) for argument in call["args"]]
    return names in ([], ["exception"])


def check_step_blocks(trace: Trace, report: Report) -> None:
    """Rule 14: values stand in a step block, each variable once."""
    in_block = False
    seen: set[int] = set()
    for index, (kind, body) in enumerate(trace.items):
        if kind == "Step":
            in_block = True
            seen = set()
        elif kind not in _STEP_BLOCK:
            in_block = False
        elif kind == "Value":
            variable = body["variable_id"]
            if not in_block:
                report.add(14, "a Value outside a step block", index)
            elif variable in seen:
                report.add(14, f"variable {variable} twice after one Step", index)
            seen.add(variable)
