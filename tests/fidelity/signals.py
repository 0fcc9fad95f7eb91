"""Signals: their handlers, their defaults, and how a program dies of them."""

import sys
from signal import SIGINT, SIGTERM, SIGUSR1

from .case import Case

# A signal comes between any two instructions; these programs end the same all the same.
# One that comes just before `signal.pause()` has its handler run only when another
# comes, in a plain run too: whoever waits looks again and again.
WAIT = "import time\nprint('ready', flush=True)\nwhile True:\n    time.sleep(0.1)\n"
NO_FRAMES = "import sys\nsys.tracebacklimit = 0\n"

# Takes a signal at one place always, so that its traceback can be compared.
TAKE = """
import signal, time
def take(number):
    signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    print("ready", flush=True)
    while number not in signal.sigpending():
        time.sleep(0.001)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
"""

CASES = (
    Case(
        "Ctrl-C while the program waits",
        NO_FRAMES + WAIT,
        dialogue=((b"ready\n", SIGINT),),
        status=-SIGINT,
        stderr="KeyboardInterrupt",
    ),
    Case(
        "Ctrl-C in a busy loop",
        NO_FRAMES + "print('ready', flush=True)\nwhile True:\n    pass\n",
        dialogue=((b"ready\n", SIGINT),),
        status=-SIGINT,
        stderr="KeyboardInterrupt",
    ),
    Case(
        "Ctrl-C that is caught",
        "import time\ntry:\n    print('ready', flush=True)\n"
        "    while True:\n        time.sleep(0.1)\n"
        "except KeyboardInterrupt:\n    print('interrupted')\n",
        dialogue=((b"ready\n", SIGINT),),
        stdout="interrupted",
    ),
    Case(
        "Ctrl-C in a finally block",
        TAKE
        + """
try:
    1 / 0
finally:
    take(signal.SIGINT)
""",
        dialogue=((b"ready\n", SIGINT),),
        status=-SIGINT,
        stderr="During handling of the above exception",
    ),
    Case(
        # The main thread counts as dead when it begins to join the others. A signal
        # that comes before it waits is not seen until the next one comes.
        "Ctrl-C while joining a thread at the end",
        """
import os, signal, threading
stop = threading.Event()
def work():
    threading.main_thread().join()
    while not stop.wait(0.1):
        os.kill(os.getpid(), signal.SIGINT)
    print("stopped", flush=True)
def handler(number, frame):
    stop.set()
signal.signal(signal.SIGINT, handler)
threading.Thread(target=work).start()
""",
        stdout="stopped",
    ),
    Case(
        "Ctrl-C twice",
        """
import time
for turn in range(2):
    try:
        print("ready", flush=True)
        while True:
            time.sleep(0.1)
    except KeyboardInterrupt:
        print("interrupt", turn, flush=True)
""",
        dialogue=((b"ready\n", SIGINT), (b"ready\n", SIGINT)),
    ),
    Case(
        "raise KeyboardInterrupt dies of SIGINT",
        "import atexit\natexit.register(print, 'at exit')\n"
        "def f():\n    raise KeyboardInterrupt\nf()\n",
        status=-SIGINT,
        stderr="KeyboardInterrupt",
    ),
    Case(
        "a subclass of KeyboardInterrupt",
        "class Stop(KeyboardInterrupt):\n    pass\nraise Stop('now')\n",
        status=-SIGINT if sys.version_info >= (3, 14) else 1,
        stderr="Stop: now",
    ),
    Case(
        "Ctrl-C with the default action of the system",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\n" + WAIT,
        dialogue=((b"ready\n", SIGINT),),
        status=-SIGINT,
        leaves_trace=False,
    ),
    Case(
        "SIGINT ignored by the parent stays ignored",
        "import signal\nprint(signal.getsignal(signal.SIGINT))\n"
        "signal.raise_signal(signal.SIGINT)\nprint('alive')\n",
        command=(
            "-c",
            "import os, signal, sys\n"
            "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
            "os.execv(sys.executable, [sys.executable, 'main.py'])",
        ),
        leaves_trace=False,
    ),
    Case(
        "SIGTERM by default",
        WAIT,
        dialogue=((b"ready\n", SIGTERM),),
        status=-SIGTERM,
        leaves_trace=False,
    ),
    Case(
        "SIGTERM that is handled",
        TAKE
        + """
import sys
def handler(number, frame):
    print("handler", number, frame.f_code.co_name, frame.f_lineno)
    sys.exit(12)
signal.signal(signal.SIGTERM, handler)
take(signal.SIGTERM)
""",
        dialogue=((b"ready\n", SIGTERM),),
        status=12,
    ),
    Case(
        "SIGUSR1 by default",
        WAIT,
        dialogue=((b"ready\n", SIGUSR1),),
        status=-SIGUSR1,
        leaves_trace=False,
    ),
    Case(
        "SIGKILL to itself",
        "import os, signal\nprint('last', flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n",
        status=-9,
        leaves_trace=False,
    ),
    Case(
        "handlers of all signals are those of a plain start",
        """
import signal
print({number: signal.getsignal(number) and signal.Handlers(signal.getsignal(number))
       if isinstance(signal.getsignal(number), int) else "a function"
       for number in signal.valid_signals() if number != signal.SIGINT})
print(signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.sigpending())
print(signal.getitimer(signal.ITIMER_REAL), signal.set_wakeup_fd(-1))
status = open("/proc/self/status").read()
names = "SigPnd", "SigBlk", "SigIgn", "SigCgt"  # SigQ counts other processes, too
print([line for line in status.splitlines() if line.startswith(names)])
""",
    ),
    Case(
        "a timer's handler that raises",
        """
import signal
class Timeout(Exception):
    pass
def handler(number, frame):
    raise Timeout(number)
signal.signal(signal.SIGALRM, handler)
try:
    signal.setitimer(signal.ITIMER_REAL, 0.002)
    while True:
        pass
except Timeout as error:
    print(repr(error), signal.getitimer(signal.ITIMER_REAL))
""",
    ),
    Case(
        "a timer's handler that returns, many times",
        """
import signal
ticks = 0
def handler(number, frame):
    global ticks
    ticks += 1
signal.signal(signal.SIGVTALRM, handler)
signal.setitimer(signal.ITIMER_VIRTUAL, 0.001, 0.001)
total = 0
while ticks < 3:
    total = sum(range(10_000))
signal.setitimer(signal.ITIMER_VIRTUAL, 0)
print(total)
""",
    ),
    Case(
        "a timer's handler that raises in the middle of anything",
        """
import signal
class Timeout(Exception):
    pass
def handler(number, frame):
    raise Timeout
signal.signal(signal.SIGALRM, handler)
def numbers():
    while True:
        yield len([sum(range(1000)) for _ in (1, 2)])
def work():
    for number in numbers():
        try:
            str(number)
        finally:
            sum(range(1000))
def attempt(delay):
    try:
        signal.setitimer(signal.ITIMER_REAL, delay)
        work()
    except Timeout:
        return 1
print(sum(attempt(n / 100_000) for n in range(1, 61)))
""",
    ),
    Case(
        "a handler that is called between two lines",
        """
import os, signal
log = []
signal.signal(signal.SIGUSR1, lambda number, frame: log.append(frame.f_lineno))
def f():
    os.kill(os.getpid(), signal.SIGUSR1)
    x = 1
    return x
f()
print(log)
""",
    ),
    Case(
        "waiting for a signal without a handler",
        """
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
os.kill(os.getpid(), signal.SIGUSR2)
print(signal.sigpending(), signal.sigwait([signal.SIGUSR2]))
reader, writer = os.pipe()
os.set_blocking(writer, False)
signal.set_wakeup_fd(writer)
signal.signal(signal.SIGUSR1, lambda *a: print("handled"))
signal.raise_signal(signal.SIGUSR1)
print(os.read(reader, 10))
""",
    ),
    Case(
        "a stopped and continued process",
        """
import os, signal, subprocess
child = f"sleep 0.1; kill -CONT {os.getpid()}"
subprocess.Popen(["sh", "-c", child])
os.kill(os.getpid(), signal.SIGSTOP)
print("continued")
""",
    ),
    Case(
        "a segmentation fault",
        "import ctypes\nprint('before', flush=True)\nctypes.string_at(0)\n",
        status=-11,
        leaves_trace=False,
    ),
    Case(
        "a fatal error told by faulthandler",
        "import faulthandler, os\nfaulthandler.enable()\nos.abort()\n",
        status=-6,
        stderr="Fatal Python error: Aborted",
        leaves_trace=False,
    ),
    Case(
        "a limit of processor time",
        """
import resource
resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
print("ready", flush=True)
while True:
    sum(range(10_000_000))
""",
        status=-9,
        leaves_trace=False,
    ),
)
