"""Debuggers, tracers and other tools of sys.monitoring in the program itself."""

import sys

from .case import Case

TRACED = """
def g(n):
    for i in range(n):
        yield i
def f(x):
    total = 0
    for value in g(x):
        total += value
    try:
        raise ValueError(total)
    except ValueError:
        pass
    return [t for t in (1, 2)]
class C:
    def __init__(self):
        self.x = len("abc")
"""

MONITOR = (
    TRACED
    + """
import sys
mon = sys.monitoring
E = mon.events
log = []
def where(code, *rest):
    return code.co_name, *[r for r in rest if isinstance(r, int)]
def watch(tool, events, local=None):
    mon.use_tool_id(tool, f"tool {tool}")
    for name in events:
        def callback(code, *rest, name=name):
            if code.co_filename == __file__:
                log.append((tool, name, *where(code, *rest)))
        mon.register_callback(tool, getattr(E, name), callback)
    bits = sum(getattr(E, name) for name in events)
    if local:
        mon.set_local_events(tool, local.__code__, bits)
    else:
        mon.set_events(tool, bits)
def unwatch(tool):
    mon.set_events(tool, 0)
    mon.free_tool_id(tool)
FLOW = ("PY_START", "PY_RETURN", "PY_YIELD", "PY_RESUME", "LINE", "RAISE",
        "EXCEPTION_HANDLED", "PY_UNWIND", "PY_THROW", "STOP_ITERATION")
"""
)

CASES = (
    Case(
        "sys.settrace sees every event",
        TRACED
        + """
import sys
log = []
def tracer(frame, event, arg):
    log.append((event, frame.f_code.co_name, frame.f_lineno, type(arg).__name__))
    return tracer
sys.settrace(tracer)
f(3)
C()
sys.settrace(None)
print(log)
""",
    ),
    Case(
        "sys.settrace with opcodes",
        TRACED
        + """
import sys
log = []
def tracer(frame, event, arg):
    frame.f_trace_opcodes = True
    frame.f_trace_lines = False
    log.append((event, frame.f_lasti))
    return tracer
sys.settrace(tracer)
C()
f(1)
sys.settrace(None)
print(log)
""",
    ),
    Case(
        "sys.settrace set from within, with a local trace function",
        """
import sys
def tracer(frame, event, arg):
    print(event, frame.f_lineno)
    return tracer
def f():
    sys.settrace(lambda *args: None)
    sys._getframe().f_trace = tracer
    x = 1
    y = 2
    sys.settrace(None)
    return x + y
print(f())
def jumper(frame, event, arg):
    if event == "line" and frame.f_lineno == frame.f_code.co_firstlineno + 2:
        frame.f_lineno += 1
    return jumper
def g():
    x = 1
    x = 2
    return x
sys.settrace(jumper)
result = g()
sys.settrace(None)
print(result)
""",
    ),
    Case(
        "a trace function that raises",
        """
import sys
def tracer(frame, event, arg):
    raise ValueError(event)
def f():
    return 1
sys.settrace(tracer)
try:
    f()
except ValueError as error:
    print(error, sys.gettrace())
print(f())
""",
    ),
    Case(
        "sys.setprofile sees every call",
        TRACED
        + """
import sys
log = []
def profiler(frame, event, arg):
    name = getattr(arg, "__name__", None) if event.startswith("c_") else None
    log.append((event, frame.f_code.co_name, name))
sys.setprofile(profiler)
f(3)
C()
sorted([3, 1], key=lambda x: -x)
try:
    len(5)
except TypeError:
    pass
sys.setprofile(None)
print(log)
""",
    ),
    Case(
        "sys.settrace and sys.setprofile in threads",
        TRACED
        + """
import sys, threading
log = []
def tracer(frame, event, arg):
    if frame.f_code.co_filename == __file__:
        log.append((event, frame.f_code.co_name, frame.f_lineno))
    return tracer
threading.settrace(tracer)
thread = threading.Thread(target=f, args=(2,))
thread.start()
thread.join()
threading.settrace(None)
print(log, sys.gettrace())
""",
    ),
    Case(
        "breakpoint() and pdb",
        """
def f(x):
    y = x + 1
    breakpoint()
    z = y * 2
    return z
print(f(3))
print("end")
""",
        stdin=b"p x, y\nn\np z\nw\nu\np __name__\nd\n!z = 100\nbt\ns\nc\n",
        stdout="(3, 4)",
        needs_direct_frames=True,
    ),
    Case(
        "pdb with breakpoints, conditions and jumps",
        "import pdb\ndef f(n):\n    for i in range(n):\n        x = i\n        y = x\n"
        "    return n\npdb.run('f(5)', globals())\nprint('done')\n",
        stdin=b"b f\nc\nb 5, i == 3\ncl 1\nc\np i, x\nargs\njump 6\nr\nc\n",
        stdout="(3, 3)",
    ),
    Case(
        "a program run by pdb",
        "def f(x):\n    return 1 / x\nf(0)\n",
        command=("-m", "pdb", "main.py"),
        stdin=b"b f\nc\nc\np x\nq\nq\n",
        stdout="post mortem",
        stderr="ZeroDivisionError",
    ),
    Case(
        "breakpoint() that quits",
        "breakpoint()\nprint('never')\n",
        stdin=b"q\ny\n",
        status=1,
        # From 3.14 on pdb asks, and ends the process.
        stderr="" if sys.version_info >= (3, 14) else "bdb.BdbQuit",
        needs_direct_frames=True,
    ),
    Case(
        "breakpoint() turned off and sent elsewhere",
        "import sys, os\nbreakpoint()\nprint(sys.breakpointhook)\n"
        "sys.breakpointhook = lambda *a: print('hook', a)\nbreakpoint(1)\n",
        env={"PYTHONBREAKPOINT": "0"},
    ),
    Case(
        "pdb.post_mortem",
        """
import pdb
def f(x):
    secret = x * 2
    return 1 / (x - x)
try:
    f(4)
except ZeroDivisionError as error:
    pdb.post_mortem(error.__traceback__)
""",
        stdin=b"p secret\nup\nl\nq\n",
        stdout="8",
    ),
    Case(
        "code.interact",
        """
import code
def f(local):
    code.interact(banner="hi", local=locals(), exitmsg="bye")
f(5)
""",
        stdin=b"local + 1\nx = 2\nfor i in range(2):\n    print(i)\n\n1 / 0\n",
        stderr="ZeroDivisionError",
    ),
    Case(
        "another tool of sys.monitoring",
        MONITOR
        + """
watch(0, FLOW)
f(3)
C()
unwatch(0)
print(log)
""",
    ),
    Case(
        "another tool with calls, branches and jumps",
        MONITOR
        + """
watch(1, ("CALL", "C_RETURN", "C_RAISE", "BRANCH", "JUMP"))
f(2)
C()
unwatch(1)
print(log)
""",
    ),
    Case(
        "another tool with calls, jumps and instructions",
        MONITOR
        + """
watch(1, ("CALL", "JUMP", "INSTRUCTION"))
f(2)
C()
unwatch(1)
print(log)
""",
        needs_direct_frames=True,
    ),
    Case(
        "tools with all ids but one",
        MONITOR
        + """
for tool in range(5):
    watch(tool, FLOW)
f(2)
C()
for tool in range(5):
    unwatch(tool)
print(log, [mon.get_tool(tool) for tool in range(5)])
f(2)
print(len(log))
""",
    ),
    Case(
        "a tool with local events that disables and restarts",
        MONITOR
        + """
mon.use_tool_id(2, "mine")
def line(code, number):
    log.append(number)
    return mon.DISABLE
mon.register_callback(2, E.LINE, line)
mon.set_local_events(2, f.__code__, E.LINE)
f(2)
first = len(log)
f(2)
print(first, len(log), mon.get_local_events(2, f.__code__), mon.get_events(2))
mon.restart_events()
f(2)
print(log)
mon.set_local_events(2, f.__code__, 0)
f(2)
print(len(log))
mon.free_tool_id(2)
""",
    ),
    Case(
        "a tool that comes, goes and comes again",
        MONITOR
        + """
for turn in range(3):
    watch(3, ("LINE", "PY_START"), g)
    f(2)
    mon.set_local_events(3, g.__code__, 0)
    unwatch(3)
    f(1)
print(log)
""",
    ),
    Case(
        "a tool whose callback raises",
        MONITOR
        + """
def callback(code, *rest):
    raise KeyError(code.co_name)
mon.use_tool_id(0, "bad")
mon.register_callback(0, E.PY_START, callback)
mon.set_local_events(0, f.__code__, E.PY_START)
try:
    f(1)
except KeyError as error:
    print("caught", error)
mon.set_local_events(0, f.__code__, 0)
print(f(1))
""",
    ),
    Case(
        "a tool and sys.settrace and sys.setprofile at once",
        MONITOR
        + """
events = []
def tracer(frame, event, arg):
    events.append(("trace", event, frame.f_code.co_name, frame.f_lineno))
    return tracer
def profiler(frame, event, arg):
    events.append(("profile", event, frame.f_code.co_name))
watch(1, FLOW)
sys.settrace(tracer)
sys.setprofile(profiler)
f(2)
sys.setprofile(None)
sys.settrace(None)
unwatch(1)
print(log, events)
""",
    ),
    Case(
        "bdb.Bdb of the program's own",
        TRACED
        + """
import bdb
class Debugger(bdb.Bdb):
    def user_line(self, frame):
        if frame.f_code.co_filename == __file__:
            print("line", frame.f_code.co_name, frame.f_lineno)
        self.set_step()
    def user_return(self, frame, value):
        print("return", frame.f_code.co_name)
    def user_exception(self, frame, info):
        print("exception", info[0].__name__)
Debugger().runcall(f, 2)
""",
    ),
)
