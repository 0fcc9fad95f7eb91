"""marked_program.py MARK SCRIPT ARGS...: runs a script, then writes the times (monotonic)
of its beginning and end to the file MARK.
"""

import runpy
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    mark, *sys.argv = sys.argv[1:]
    begin = time.monotonic()
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    finally:
        Path(mark).write_text(f"{begin} {time.monotonic()}")
