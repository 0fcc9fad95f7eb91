"""No reference and no block of memory is left behind by a recording.

Only a debug build of CPython counts all references (`tools/cpython_build.sh debug`);
elsewhere these tests are skipped. Its assertions watch the recorder, too.
"""

import itertools
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median_low

import pytest
from recording import PROGRAMS, run

pytestmark = pytest.mark.skipif(
    not hasattr(sys, "gettotalrefcount"),
    reason="needs a debug build of CPython: tools/cpython_build.sh debug",
)

TIMES = 5
"""Recordings of each program whose counts are compared, after two to warm up."""

MEASURE = f"""
import contextlib, gc, io, json, os, runpy, sys
import codetracer_python_recorder as recorder

sys.argv = sys.argv[1:]


def run():
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(BaseException):
        runpy.run_path(sys.argv[0], run_name="__main__")


def counts():
    for _ in range(3):
        gc.collect()
    sys._clear_type_cache()  # it refers to any name that was looked up
    return sys.gettotalrefcount(), sys.getallocatedblocks()


def measure(is_recorded):
    all_counts = []
    for _ in range({TIMES} + 2):
        if is_recorded:
            with recorder.trace(os.path.abspath("trace"), format="json"):
                run()
        else:
            run()
        all_counts.append(counts())
    return all_counts[2:]


plain, recorded = measure(False), measure(True)
sys.stderr.write("\\n" + json.dumps([plain, recorded]))
os._exit(0)  # whatever the program has left to be done at the end
"""


def growth(
    counts: list[list[int]], one_of: Callable[[Iterable[int]], int]
) -> tuple[int, int]:
    """What one of the steps from count to count adds, references and blocks.

    Both grow by what is measured: a tuple and two ints.
    """
    pairs = list(itertools.pairwise(counts))
    references = one_of(after[0] - before[0] for before, after in pairs)
    blocks = one_of(after[1] - before[1] for before, after in pairs)
    return references, blocks


CORPUS = sorted([*PROGRAMS.glob("*.py"), *(PROGRAMS / "oracle").glob("*.py")])


@pytest.mark.parametrize("program", CORPUS, ids=lambda path: path.stem)
def test_nothing_is_left_behind(program: Path, tmp_path: Path) -> None:
    outcome = run(["-W", "ignore", "-c", MEASURE, program], tmp_path)
    assert outcome.status == 0, outcome.stderr
    plain, recorded = json.loads(outcome.stderr.splitlines()[-1])
    # A leak is in each step; what the plain program leaves, in most.
    usual = max(growth(plain, median_low), (0, 0))
    assert growth(recorded, min) <= usual, (plain, recorded)
