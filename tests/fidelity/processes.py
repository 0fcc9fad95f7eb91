"""Child processes: forks, pools, subprocesses."""

from .case import PAST_THE_STREAMS, Case

CASES = (
    Case(
        "how many files a program can open",
        """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
kept = []
try:
    while True:
        kept.append(open("main.py"))
except OSError as error:
    print(error, len(kept))
""",
    ),
    Case(
        "a limit of memory",
        """
import resource
size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + 2**26, size + 2**26))
def f(n):
    return [n] * n
try:
    bytearray(2**28)
except MemoryError as error:
    print(repr(error))
for i in range(300):
    f(i % 50)
""",
    ),
    Case(
        "a limit of file sizes",
        """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, 2**16))
try:
    with open("big.txt", "wb") as file:
        file.write(b"x" * 100_000)
except OSError as error:
    print(error)
""",
    ),
    Case(
        "a forked child prints and exits",
        """
import os, sys
def work(who):
    total = sum(n for n in range(10))
    print(who, total, flush=True)
pid = os.fork()
if pid == 0:
    work("child")
    sys.exit(3)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
work("parent")
""",
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "a forked child that ends by an exception",
        """
import atexit, os
atexit.register(lambda: print("exit of", "child" if child else "parent", flush=True))
child = os.fork() == 0
if child:
    raise ValueError("child")
print(os.waitstatus_to_exitcode(os.wait()[1]))
""",
        stderr="ValueError: child",
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "a forked child that outlives its parent",
        """
import os, sys
reader, writer = os.pipe()
if os.fork() == 0:
    os.close(writer)
    os.read(reader, 1)
    def f(x):
        return x * 2
    print("child", f(21), flush=True)
else:
    print("parent ends", flush=True)
""",
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "a chain of forks with os._exit",
        """
import os
def chain(n):
    if n == 0:
        return 0
    pid = os.fork()
    if pid == 0:
        os._exit(chain(n - 1) + 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(chain(3))
""",
    ),
    Case(
        "a fork in a thread",
        """
import os, threading
def f():
    pid = os.fork()
    if pid == 0:
        is_main = threading.current_thread() is threading.main_thread()
        print("child", is_main, flush=True)
        os._exit(2)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
thread = threading.Thread(target=f)
thread.start()
thread.join()
""",
        flags=("-W", "ignore"),
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "functions called at a fork",
        """
import os
os.register_at_fork(before=lambda: print("before", flush=True),
                    after_in_parent=lambda: print("parent", flush=True),
                    after_in_child=lambda: os._exit(7))
pid = os.fork()
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
""",
        stdout="7",
    ),
    Case(
        "a pool of forked processes",
        """
import multiprocessing
def square(n):
    return n * n
def main():
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        print(pool.map(square, range(8)))
        print(pool.apply(len, ["abc"]))
if __name__ == "__main__":
    main()
""",
    ),
    Case(
        "a spawned process",
        """
import multiprocessing, os, sys
print("top", __name__, sys.argv, flush=True)
class Data:
    def __init__(self, n): self.n = n
def work(data, queue):
    print("work", data.n, __name__, multiprocessing.current_process().name, flush=True)
    print(os.environ.get("LD_PRELOAD"), sys.flags.dev_mode, flush=True)
    queue.put(Data(data.n + 1))
if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=work, args=(Data(1), queue), name="child")
    process.start()
    print(queue.get().n)
    process.join()
    print(process.exitcode)
""",
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "a process from a fork server",
        """
import multiprocessing, sys
def work(n):
    print("work", n, __name__, flush=True)
    sys.exit(n)
if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    process = context.Process(target=work, args=(4,))
    process.start()
    process.join()
    print(process.exitcode)
""",
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "a process pool with an exception",
        """
import concurrent.futures, multiprocessing
def fails(n):
    raise ValueError(n)
if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        try:
            pool.submit(fails, 3).result()
        except ValueError as error:
            print(error, type(error.__cause__).__name__)
            print("in fails" in str(error.__cause__))
""",
    ),
    Case(
        "subprocess with a function called before exec",
        """
import os, subprocess, sys
def before():
    os.environ["NOT"] = "seen"
    os.write(1, b"before exec\\n")
    os.setsid()
done = subprocess.run(["sh", "-c", "echo $0 $X; exit 4", "arg"], preexec_fn=before,
                      env={"X": "1"}, capture_output=True)
print(done)
def fails():
    raise ValueError("no")
try:
    subprocess.run(["true"], preexec_fn=fails)
except subprocess.SubprocessError as error:
    print(error)
""",
    ),
    Case(
        "subprocess runs the same interpreter",
        """
import os, subprocess, sys
code = "import sys; print(sys.argv, [m for m in sys.modules if 'codetracer' in m])"
print(subprocess.run([sys.executable, "-c", code, "x"], capture_output=True, text=True))
code = "print(open('/proc/self/environ').read())"
print(subprocess.check_output([sys.executable, "-c", code])
      == subprocess.check_output(["cat", "/proc/self/environ"]) + b"\\n")
fds = "import os; print(sorted(os.listdir('/proc/self/fd'), key=int))"
print(subprocess.check_output([sys.executable, "-c", fds], close_fds=False))
""",
    ),
    Case(
        "posix_spawn, system and popen",
        """
import os
print(os.waitstatus_to_exitcode(os.system("echo system; exit 3")), flush=True)
print(os.popen("echo popen; ls /proc/self/fd | wc -l").read(), flush=True)
pid = os.posix_spawn("/bin/sh", ["sh", "-c", "echo $V; kill -9 $$"], {"V": "spawned"})
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
""",
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "a program that becomes a daemon",
        """
import os, sys
if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
os.chdir("/")
os.umask(0)
def f(x):
    return x + 1
os.write(1, b"daemon %d\\n" % f(1))
""",
        leaves_trace=False,
    ),
    Case(
        "shared memory and its resource tracker",
        """
from multiprocessing import shared_memory
memory = shared_memory.SharedMemory(create=True, size=16)
memory.buf[:3] = b"abc"
other = shared_memory.SharedMemory(memory.name)
print(bytes(other.buf[:3]), len(memory.buf) >= 16)
other.close()
memory.close()
memory.unlink()
""",
    ),
)
