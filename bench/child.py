"""child.py COMMAND...: runs it, prints its seconds, those of processor, peak bytes.

Imports nothing that is not built into the interpreter, so that this process stays
smaller than any Python program it starts: its memory counts into the child's peak.
"""

import posix
import sys
from time import perf_counter

_MAX_RSS_UNIT = 1024
_NULL = posix.open("/dev/null", posix.O_WRONLY)
_ACTIONS = [(posix.POSIX_SPAWN_DUP2, _NULL, 1), (posix.POSIX_SPAWN_CLOSE, _NULL)]

_started = perf_counter()
_pid = posix.posix_spawn(
    sys.argv[1], sys.argv[1:], posix.environ, file_actions=_ACTIONS
)
_, _status, _usage = posix.wait4(_pid, 0)
_seconds = perf_counter() - _started
if _status:
    sys.exit(posix.waitstatus_to_exitcode(_status) & 0xFF or 1)
_processor = _usage.ru_utime + _usage.ru_stime
print(_seconds, _processor, _usage.ru_maxrss * _MAX_RSS_UNIT)
