"""Lines that seem to change nothing, and code that no trace has: random programs.

`hidden` writes them. One process runs each of them under the reference and under the
recorder; both runs end the same way, and the trace says what the reference says. In the
soak 2,000 programs are run, or as many as `CT_PROGRAMS` says.
"""

import json
import os
import re
from itertools import count
from shutil import rmtree
from typing import Any

import pytest
from grammar import compiles
from hidden import hidden_programs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle.client import Worker
from oracle.differences import first_difference
from oracle.traces import events_of

PARTS = 2
"""Of the test, to run on as many processors."""
PROGRAMS = int(
    os.environ.get("CT_PROGRAMS") or (2_000 if os.environ.get("CT_SOAK") else 40)
)
NUMBERS = count()


def without_addresses(events: list[Any]) -> Any:
    """What `repr` gives of a function has its address, another in each run."""
    return json.loads(re.sub("0x[0-9a-f]+", "0x", json.dumps(events)))


def numbered(source: str) -> str:
    lines = enumerate(source.splitlines(), 1)
    return "\n".join(f"{number:4} {line}" for number, line in lines)


@pytest.mark.parametrize("part", range(PARTS))
@settings(
    max_examples=PROGRAMS // PARTS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_trace_is_right(
    part: int,
    data: st.DataObject,
    worker: Worker,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    source = data.draw(hidden_programs().filter(compiles))
    program = tmp_path_factory.getbasetemp() / f"hidden{part}-{next(NUMBERS)}.py"
    trace = program.with_suffix("")
    program.write_text(source, encoding="utf-8")
    answer = worker.run(program, trace)
    assert answer.plain == answer.recorded, numbered(source)
    records = json.loads((trace / "trace.json").read_text(encoding="utf-8"))
    difference = first_difference(
        without_addresses(events_of(records)), without_addresses(answer.events)
    )
    assert difference is None, f"{difference}\n{numbered(source)}"
    rmtree(trace)
    program.unlink()
