"""Objects that another monitoring tool changes between lines which do nothing."""

import sys

monitoring = sys.monitoring
TOOL = 4
seen = []


def count(items):
    a = 1
    b = a + 1
    if b > 1:
        a = 2
    if b > 2:
        a = 3
    return items


def on_branch(code, here, there):
    seen.append(len(seen))


monitoring.use_tool_id(TOOL, "changes things")
monitoring.register_callback(TOOL, monitoring.events.BRANCH, on_branch)
monitoring.set_local_events(TOOL, count.__code__, monitoring.events.BRANCH)
count(seen)
count(seen)
monitoring.set_local_events(TOOL, count.__code__, 0)
count(seen)
monitoring.free_tool_id(TOOL)
