"""start_up_program.py TRACE: prints the milliseconds of import and of start."""

import sys
from time import perf_counter

begin = perf_counter()
import codetracer_python_recorder as recorder  # noqa: E402

imported = perf_counter()
recorder.start(sys.argv[1])
started = perf_counter()
recorder.stop()
print((imported - begin) * 1e3, (started - imported) * 1e3)
