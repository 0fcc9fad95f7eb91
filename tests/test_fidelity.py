"""A recorded program behaves as the plain one: the table in `tests/fidelity`.

Each case runs plain, recorded by the console script in `json`, and recorded with
`python -m` in `binary`; the console script is left out when the case has interpreter
options, which only the latter can be given, and in modes that are not the default.
"""

import importlib.util
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from checker import check_trace
from fidelity import CASES, STREAM_CASES, Case
from fidelity.output import arrived, is_same, recorded
from fidelity.run import Outcome, run_case
from recording import HAS_DIRECT_FRAMES

PACKAGE = "codetracer_python_recorder"
CONSOLE_SCRIPT = "codetracer-python-recorder"
MODES = ("proxies", "off", "proxies+fd")
"""Values of `--io-capture`, the default first."""
IS_THE_ONE = sys.version_info[:2] == (3, 12)
"""Whether this CPython also tries what its version makes no difference to."""
IS_SOAK = bool(os.environ.get("CT_SOAK"))


def console_script() -> tuple[str, str]:
    """The console script, and the interpreter that runs it."""
    script = shutil.which(CONSOLE_SCRIPT, path=os.path.dirname(sys.executable))
    assert script is not None, "the package is not installed"
    shebang = Path(script).read_bytes().splitlines()[0]
    return script, os.fsdecode(shebang.removeprefix(b"#!").strip())


def launchers(case: Case, mode: str, trace: Path) -> dict[str, list[str]]:
    """The ways to record a case, by format.

    The second one in the first mode only, and with one version of CPython.
    """
    script, python = console_script()
    options = [] if mode == MODES[0] else ["--io-capture", mode]
    module = [python, *case.flags, "-m", PACKAGE, *options]
    ways = {"binary": [*module, "-o", str(trace / "binary")]}
    if not case.flags and mode == MODES[0] and (IS_THE_ONE or IS_SOAK):
        json_options = ["--format", "json", "-o", str(trace / "json")]
        ways["json"] = [script, *options, *json_options]
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


def rows(mode: str) -> tuple[Case, ...]:
    """The rows that run in a mode of capturing the streams.

    All run in the default mode, and all in every mode in a soak.
    """
    if mode == MODES[0] or IS_SOAK:
        return CASES
    return STREAM_CASES if IS_THE_ONE else ()


def runs() -> Iterator[object]:
    for mode in MODES:
        for case in rows(mode):
            yield pytest.param(case, mode, id=f"{case.name}-{mode}")


def check_output(case: Case, mode: str, trace: Path, plain: Outcome) -> None:
    """The trace has the output, as far as the mode promises."""
    text = recorded(case, trace)
    if mode == "off":
        assert text == ("", "")
    elif mode == MODES[0] or not case.output_differs:
        assert is_same(text, arrived(case, plain)) == (not case.output_differs), text


@pytest.mark.parametrize(("case", "mode"), list(runs()))
def test_behaves_as_plain(
    case: Case, mode: str, tmp_path: Path, request: pytest.FixtureRequest
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
    for name, launcher in launchers(case, mode, tmp_path / "trace").items():
        assert run_case(case, launcher, directory) == plain, name
        if leaves_trace(case):
            trace = tmp_path / "trace" / name
            assert [str(problem) for problem in check_trace(trace)] == []
            metadata = json.loads((trace / "trace_metadata.json").read_text())
            # The first call is `<toplevel>`.
            assert (metadata["counts"]["calls"] > 1) == case.runs_code
            check_output(case, mode, trace, plain)


def test_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
