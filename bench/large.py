"""A trace.bin beyond the range of one segment: 4.8 GB of words, some 20 MB packed.

Not among the parts that run by default. Where the readers are built (`make test` does,
or `cargo build` in tests/readers) the newer one has to read it, in 10 GB of memory.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from environment import BENCH, PROGRAMS, Environment
from measure import figure, run_process
from table import Row

_GROUP = "more than one segment"
_ROUNDS = "16200"
_SEGMENT_TABLE = b"\xc0\xde\x72\xac\xe2\0\0\0\x71"  # a word that begins with its number


def rows(environment: Environment) -> Iterator[Row]:
    """Seconds to record and finish, the segments, and what the reader says."""
    trace = environment.work / "trace"
    program = [str(PROGRAMS / "nul_texts.py"), _ROUNDS]
    command = environment.ours.record(trace, "binary", program)
    command[3:3] = ["--max-string", "1000000"]
    try:
        process = run_process(command, environment.environ)
        yield Row(_GROUP, "recorded and finished", "s", figure([process.seconds]))
        yield Row(_GROUP, "peak memory", "MB", figure([process.peak_bytes / 1e6]))
        events = trace / "trace.bin"
        with events.open("rb") as file:
            head = file.read(len(_SEGMENT_TABLE) + 1)
        if not head.startswith(_SEGMENT_TABLE):
            raise RuntimeError(f"one segment only: {head.hex()}")
        yield Row(_GROUP, "segments", "", figure([head[-1] + 1]))
        metadata = json.loads((trace / "trace_metadata.json").read_text())
        if len(metadata["notes"]) != 1:
            raise RuntimeError(f"one note is due: {metadata['notes']}")
        yield from _read(events, metadata["counts"]["steps"])
    finally:
        shutil.rmtree(trace, ignore_errors=True)


def _read(events: Path, steps: int) -> Iterator[Row]:
    target = os.environ.get("CARGO_TARGET_DIR") or BENCH.parent / "build" / "readers"
    reader = Path(target) / "debug" / "read_new"
    subject = "steps, as the reader counts them"
    if not reader.exists():
        yield Row(_GROUP, subject, "", None, failure=f"{reader} is not built")
        return
    done = subprocess.run([reader, events], capture_output=True, text=True)
    if f" step={steps} " not in done.stdout:
        yield Row(_GROUP, subject, "", None, failure=done.stdout + done.stderr)
        return
    yield Row(_GROUP, subject, "", figure([steps]))
