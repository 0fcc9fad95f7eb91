"""start_up_program.py TRACE: prints what import and start take.

Milliseconds of processor time of the import, of both, and on the clock of both.
"""

import sys
from time import perf_counter, process_time

began = perf_counter(), process_time()
import codetracer_python_recorder as recorder  # noqa: E402

imported = process_time()
recorder.start(sys.argv[1])
started = perf_counter(), process_time()
recorder.stop()
seconds = imported - began[1], started[1] - began[1], started[0] - began[0]
print(*(1e3 * each for each in seconds))
