"""unfinished_program.py TRACE FORMAT SCRIPT ARGS...: records a script and dies.

The tape stays: a process that takes care of orphans gets no helper, and dies by
SIGKILL.
"""

import ctypes
import os
import runpy
import signal
import sys
from pathlib import Path

from codetracer_python_recorder import start

_PR_SET_CHILD_SUBREAPER = 36

if __name__ == "__main__":
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    directory, trace_format = Path(sys.argv[1]), sys.argv[2]
    sys.argv = sys.argv[3:]
    sys.stdout = None
    start(directory, format=trace_format)
    runpy.run_path(sys.argv[0], run_name="__main__")
    os.kill(os.getpid(), signal.SIGKILL)
