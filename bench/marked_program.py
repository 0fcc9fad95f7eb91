"""marked_program.py MARK SCRIPT ARGS...: runs a script and writes to MARK when
it began and ended (monotonic).
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
