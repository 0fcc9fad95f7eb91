"""Random programs: recorded they do what they do alone, and the trace is right.

`grammar` writes them. One process runs many of them, plain and recorded; it must
survive, and both runs print the same and end the same way. The checker reads each
trace: calls and returns balance in every thread. In the soak 10,000 programs are run,
or as many as `CT_PROGRAMS` says.
"""

import os
from itertools import count
from shutil import rmtree

import pytest
from checker import check_trace
from grammar import compiles, programs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle.client import Worker

PARTS = 2
"""Of the test, to run on as many processors."""
PROGRAMS = int(
    os.environ.get("CT_PROGRAMS") or (10_000 if os.environ.get("CT_SOAK") else 80)
)
NUMBERS = count()


@pytest.mark.parametrize("part", range(PARTS))
@settings(
    max_examples=PROGRAMS // PARTS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_recording_changes_nothing(
    part: int,
    data: st.DataObject,
    worker: Worker,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    source = data.draw(programs().filter(compiles))
    program = tmp_path_factory.getbasetemp() / f"random{part}-{next(NUMBERS)}.py"
    trace = program.with_suffix("")
    program.write_text(source, encoding="utf-8")
    answer = worker.run(program, trace, reference=False)
    if answer.plain != answer.recorded:
        # Where the first time in a process differs, as for what a program finds
        # imported, the recorded run was the second.
        rmtree(trace)
        second, answer = answer, worker.run(program, trace, reference=False)
        assert second.recorded == answer.plain
    assert answer.plain == answer.recorded
    assert [str(problem) for problem in check_trace(trace)] == []
    rmtree(trace)
    program.unlink()
