"""All of the output is in the trace: for every program of the corpus, to the byte.

The fidelity table asks the same of its programs (`tests/test_fidelity.py`).
"""

import os
from pathlib import Path

import pytest
from checker.vocabulary import EVENT_WRITE, EVENT_WRITE_OTHER
from recording import PROGRAMS, Recording, record

IS_SOAK = bool(os.environ.get("CT_SOAK"))
CORPUS = sorted((PROGRAMS / "oracle").glob("*.py")) + sorted(PROGRAMS.glob("*.py"))
TOGETHER = 1 if IS_SOAK else 50
"""Programs that one process runs, one after the other."""

DRIVER = """
import runpy, sys, traceback
for path in sys.argv[1:]:
    print("----", path)
    try:
        runpy.run_path(path, run_name="__main__")
    except BaseException:
        traceback.print_exc()
"""


def text(recording: Recording, kind: int) -> list[str]:
    events = recording.bodies("Event")
    parts = (event["content"] for event in events if event["kind"] == kind)
    return "".join(parts).splitlines()


@pytest.mark.parametrize("start", range(0, len(CORPUS), TOGETHER))
def test_programs(start: int, tmp_path: Path) -> None:
    (tmp_path / "driver.py").write_text(DRIVER)
    programs = CORPUS[start : start + TOGETHER]
    command = ["driver.py", *programs]
    recording = record("binary", command, tmp_path, tmp_path / "trace")
    assert recording.metadata["end"] == {"reason": "exit", "complete": True}
    outcome = recording.outcome
    assert outcome.stdout.count(b"---- ") == len(programs)
    assert text(recording, EVENT_WRITE) == outcome.stdout.decode().splitlines()
    assert text(recording, EVENT_WRITE_OTHER) == outcome.stderr.decode().splitlines()
