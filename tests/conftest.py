"""What every test module may use."""

import signal
from collections.abc import Iterator

import pytest

# A shell starts what it runs in the background with SIGINT ignored, and every process
# below would ignore it too: programs that wait for a Ctrl-C would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

pytest.register_assert_rewrite("recording")

from oracle.client import Worker  # noqa: E402
from readers_support import Readers, readers  # noqa: E402

__all__ = ["readers"]


@pytest.fixture(scope="session")
def optional_readers(request: pytest.FixtureRequest) -> Readers | None:
    """The readers, or None on a machine that cannot build them.

    For tests that have more to say about a trace than whether the readers load it;
    `test_readers.py` is skipped there, with the reason.
    """
    try:
        built: Readers = request.getfixturevalue("readers")
    except pytest.skip.Exception:
        return None
    return built


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """A process that runs programs plain, recorded and under the reference."""
    worker = Worker()
    yield worker
    worker.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the golden traces anew from what is recorded",
    )
