"""Threads: their ends, their hooks, and those that outlive the main module."""

from .case import PAST_THE_STREAMS, Case

CASES = (
    Case(
        "threads that outlive the main module",
        """
import atexit, threading
gate = threading.Event()
def work(n):
    gate.wait()
    for i in range(3):
        total = n * i
    with lock:
        done.append(total)
    if len(done) == 3:
        print(sorted(done))
done, lock = [], threading.Lock()
atexit.register(print, "at exit")
for n in range(3):
    threading.Thread(target=work, args=(n,)).start()
print("end of main", flush=True)
gate.set()
""",
    ),
    Case(
        "daemon threads are left behind",
        """
import threading
ready = threading.Event()
def forever():
    ready.set()
    threading.Event().wait()
    print("never")
threading.Thread(target=forever, daemon=True).start()
ready.wait()
print("end of main")
""",
    ),
    Case(
        "daemon threads that run until the end",
        """
import threading
ready = threading.Event()
def forever():
    n = 0
    while True:
        n = step(n)
        ready.set()
        sum(range(100_000))
def step(n):
    return n + 1
for _ in range(2):
    threading.Thread(target=forever, daemon=True).start()
ready.wait()
print("end of main")
""",
    ),
    Case(
        "an exception in a thread",
        """
import threading
def f():
    raise ValueError("in thread")
thread = threading.Thread(target=f, name="worker")
thread.start()
thread.join()
print("main goes on")
""",
        stderr="Exception in thread worker:",
    ),
    Case(
        "sys.exit in a thread",
        """
import sys, threading
def f():
    sys.exit(5)
thread = threading.Thread(target=f)
thread.start()
thread.join()
print("main goes on")
""",
    ),
    Case(
        "os._exit in a thread",
        "import os, threading\nthreading.Thread(target=lambda: os._exit(6)).start()\n"
        "threading.Event().wait()\n",
        status=6,
        leaves_trace=False,
    ),
    Case(
        "threading.excepthook",
        """
import threading
def hook(args):
    print(args.exc_type, args.exc_value, args.thread.name, args.exc_traceback.tb_lineno)
    trace = args.exc_traceback
    while trace:
        print(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
threading.excepthook = hook
def f():
    raise ValueError("bad")
thread = threading.Thread(target=f, name="t")
thread.start()
thread.join()
""",
    ),
    Case(
        "the list of threads",
        """
import os, sys, threading, _thread
def names():
    return [t.name for t in threading.enumerate()], threading.active_count()
print(names(), threading.main_thread() is threading.current_thread())
print(len(os.listdir("/proc/self/task")), _thread._count(), len(sys._current_frames()))
gate = threading.Event()
thread = threading.Thread(target=gate.wait)
thread.start()
print(names(), len(os.listdir("/proc/self/task")), _thread._count())
gate.set()
thread.join()
print(names(), threading.stack_size(), sys.getswitchinterval())
print(open("/proc/self/comm").read(), threading.get_native_id() == os.getpid())
print(threading.gettrace(), threading.getprofile())
""",
    ),
    Case(
        "the stack of a thread",
        """
import sys, threading, traceback
def f():
    frame, names = sys._getframe(), []
    while frame:
        names.append(frame.f_code.co_name)
        frame = frame.f_back
    print(names)
    def depth(n):
        try:
            return depth(n + 1)
        except RecursionError:
            return n
    print(depth(0))
thread = threading.Thread(target=f)
thread.start()
thread.join()
""",
    ),
    Case(
        "locks, conditions, queues and pools",
        """
import concurrent.futures, queue, threading
def square(n):
    if n == 3:
        raise ValueError(n)
    return n * n
with concurrent.futures.ThreadPoolExecutor(3) as pool:
    futures = [pool.submit(square, n) for n in range(5)]
    for future in futures:
        print(future.exception() or future.result())
q = queue.Queue()
def consume():
    while (item := q.get()) is not None:
        out.append(item)
        q.task_done()
out = []
thread = threading.Thread(target=consume)
thread.start()
for n in range(10): q.put(n)
q.join()
q.put(None)
thread.join()
print(out)
""",
    ),
    Case(
        "thread-local storage and its end",
        """
import threading
class Thing:
    def __init__(self, name): self.name = name
    def __del__(self): print("del", self.name)
local = threading.local()
local.thing = Thing("main")
def f():
    local.thing = Thing("thread")
    kept = Thing("local of thread")
thread = threading.Thread(target=f)
thread.start()
thread.join()
print("joined", local.thing.name)
del local
print("end")
""",
    ),
    Case(
        "threads started by C code and by _thread",
        """
import _thread, threading
done = threading.Event()
def f(x):
    y = x + 1
    print(y, threading.current_thread().name.startswith("Dummy"))
    done.set()
_thread.start_new_thread(f, (1,))
done.wait()
def fails():
    done.release()
    raise ValueError("raw")
import time
done = _thread.allocate_lock()
done.acquire()
previous = _thread._count()
_thread.start_new_thread(fails, ())
done.acquire()
while _thread._count() > previous:
    time.sleep(0.001)
""",
        stderr="Exception ignored in thread started by",
    ),
    Case(
        "deep recursion in a thread with a large stack",
        """
import sys, threading
sys.setrecursionlimit(8_000)
threading.stack_size(256 * 1024 * 1024)
def f(n):
    return f(n - 1) + 1 if n else 0
thread = threading.Thread(target=lambda: print(f(6_000)))
thread.start()
thread.join()
""",
    ),
    Case(
        "an asynchronous exception set in another thread",
        """
import ctypes, threading
started = threading.Event()
def loop():
    try:
        started.set()
        while True:
            sum(range(10_000))
    except KeyError:
        print("stopped")
thread = threading.Thread(target=loop)
thread.start()
started.wait()
ctypes.pythonapi.PyThreadState_SetAsyncExc(
    ctypes.c_ulong(thread.ident), ctypes.py_object(KeyError))
thread.join()
""",
    ),
    Case(
        "the main thread ends by an exception while others run",
        """
import threading
gate = threading.Event()
def work():
    gate.wait()
    print("worker done")
threading.Thread(target=work).start()
threading.Timer(0.05, gate.set).start()
raise ValueError("main failed")
""",
        status=1,
        stderr="ValueError: main failed",
    ),
    Case(
        "subinterpreters",
        """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
i = interpreters.create()
interpreters.run_string(i, "x = 1\\ndef f(): return 2\\nprint('inside', x, f())")
interpreters.destroy(i)
print("outside")
""",
        output_differs=PAST_THE_STREAMS,
    ),
)
