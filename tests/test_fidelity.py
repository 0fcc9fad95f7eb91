"""A recorded program behaves as the plain one: the table in `tests/fidelity`.

Each case runs plain, recorded by the console script in `json`, and recorded with
`python -m` in `binary`; the console script is left out when the case has interpreter
options, which only the latter can be given.
"""

import importlib.util
import json
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
from checker import check_trace, load_records
from checker.vocabulary import EVENT_WRITE, EVENT_WRITE_OTHER
from fidelity import CASES, Case
from fidelity.run import Outcome, run_case, without_addresses

from codetracer_python_recorder import codetracer_python_recorder as native

PACKAGE = "codetracer_python_recorder"
HAS_DIRECT_FRAMES = getattr(native, "_frame_adapter", "direct") == "direct"
CONSOLE_SCRIPT = "codetracer-python-recorder"


def console_script() -> tuple[str, str]:
    """The console script, and the interpreter that runs it."""
    script = shutil.which(CONSOLE_SCRIPT, path=os.path.dirname(sys.executable))
    assert script is not None, "the package is not installed"
    shebang = Path(script).read_bytes().splitlines()[0]
    return script, os.fsdecode(shebang.removeprefix(b"#!").strip())


def launchers(case: Case, trace: Path) -> dict[str, list[str]]:
    """The ways to record a case, by format."""
    script, python = console_script()
    module = [python, *case.flags, "-m", PACKAGE, "-o", str(trace / "binary")]
    ways = {"binary": module}
    if not case.flags:
        ways["json"] = [script, "--format", "json", "-o", str(trace / "json")]
    return ways


def check_plain(case: Case, plain: Outcome) -> None:
    """The plain run did what the row says, for the reason it says."""
    stderr = plain.stderr.decode(errors="replace")
    assert plain.status == case.status, stderr
    assert case.stderr in stderr
    assert bool(case.stderr) == bool(stderr), stderr
    assert case.stdout.encode() in plain.stdout


def leaves_trace(case: Case) -> bool:
    """Whether the recorded process closes its trace.

    CPython's public API does not tell that the process is about to die by SIGINT.
    """
    is_noticed = HAS_DIRECT_FRAMES or case.status != -signal.SIGINT
    return case.leaves_trace and is_noticed


def written(trace: Path) -> tuple[bytes, bytes]:
    """What the trace says was written to standard output and standard error."""
    kinds = (EVENT_WRITE, EVENT_WRITE_OTHER)
    events = [body["Event"] for body in load_records(trace) if "Event" in body]
    out, err = (
        "".join(event["content"] for event in events if event["kind"] == kind).encode()
        for kind in kinds
    )
    return without_addresses(out), without_addresses(err)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_behaves_as_plain(
    case: Case, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if case.needs_direct_frames and not HAS_DIRECT_FRAMES:
        pytest.skip("needs the direct frame adapter")
    if case.needs and importlib.util.find_spec(case.needs) is None:
        pytest.skip(f"needs {case.needs}")
    directory = tmp_path / "work"
    _, python = console_script()
    plain = run_case(case, [python, *case.flags], directory)
    check_plain(case, plain)
    if sys.version_info.minor in case.impossible:
        request.applymarker(pytest.mark.xfail(reason=case.reason, strict=True))
    for name, launcher in launchers(case, tmp_path / "trace").items():
        assert run_case(case, launcher, directory) == plain, name
        if leaves_trace(case):
            trace = tmp_path / "trace" / name
            assert [str(problem) for problem in check_trace(trace)] == []
            metadata = json.loads((trace / "trace_metadata.json").read_text())
            # The first call is `<toplevel>`.
            assert (metadata["counts"]["calls"] > 1) == case.runs_code
            if case.has_all_output:
                assert written(trace) == (plain.stdout, plain.stderr)


def test_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
