"""tape_program.py TRACE SCRIPT ARGS...: records a script, prints its tape's bytes.

They are the committed bytes of all segments just before the recording is finished.
"""

import runpy
import struct
import sys
from pathlib import Path

from codetracer_python_recorder import start, stop

_COMMITTED = struct.Struct("<40xQ")  # of a segment's header: csrc/tape/segment.h


def tape_bytes(trace: Path) -> int:
    """The record bytes on the tape of an unfinished recording."""
    total = 0
    for segment in (trace / "trace.tape").glob("*.seg"):
        with segment.open("rb") as file:
            (committed,) = _COMMITTED.unpack(file.read(_COMMITTED.size))
        total += committed
    return total


if __name__ == "__main__":
    directory = Path(sys.argv[1])
    sys.argv = sys.argv[2:]
    output, sys.stdout = sys.stdout, None
    start(directory, format="binary")
    runpy.run_path(sys.argv[0], run_name="__main__")
    size = tape_bytes(directory)
    stop()
    print(size, file=output)
