"""A recorded program killed at random instants (`kill_harness.py` has what must hold).

100 kills on each CPython in a run of the tests, 10,000 with `CT_SOAK=1`.
"""

import os

import pytest
from readers_support import Readers

from .kill_harness import Harness

KILLS = 10_000 if os.environ.get("CT_SOAK") else 100
PIECE = 25


@pytest.fixture(scope="module")
def harness(
    tmp_path_factory: pytest.TempPathFactory, optional_readers: Readers | None
) -> Harness:
    return Harness(tmp_path_factory.mktemp("kills"), optional_readers)


@pytest.mark.parametrize("first", range(0, KILLS, PIECE))
def test_killed(first: int, harness: Harness) -> None:
    assert harness.kill_many(range(first, first + PIECE)) > PIECE // 2
