"""The objects in `sys` that stand for the standard streams, and what they do."""

from .case import ENCODED, OTHER_ORDER, PAST_THE_STREAMS, Case

# What a program can find out about the three objects, on whatever they stand.
IDENTITY = """
import io, sys
for name in ("stdin", "stdout", "stderr"):
    stream = getattr(sys, name)
    report = [stream is getattr(sys, "__%s__" % name)]
    if stream is not None:
        report += [type(stream), isinstance(stream, io.TextIOBase), vars(stream)]
        report += [type(stream.buffer), stream.name, stream.mode, stream.encoding]
        report += [stream.errors, stream.newlines, stream.line_buffering]
        report += [stream.write_through, stream.closed, repr(stream), stream.isatty()]
        report += [stream.readable(), stream.writable(), sys.getrefcount(stream)]
        report += [stream.seekable(), sys.getsizeof(stream), stream.__class__.__mro__]
        report += [stream.write, stream.write.__self__ is stream, stream.flush]
        report += [stream.write == stream.write, stream.write.__text_signature__]
        report += [sorted(set(dir(stream))), type(stream).write, type(stream).__next__]
        report += [type(stream).__dict__["write"] is type(stream).write]
        report += [stream.__iter__() is stream, io.TextIOWrapper.write.__doc__]
    print([str(part).replace(hex(id(stream)), "") for part in report])
print(input, input.__doc__, input.__text_signature__)
"""

CASES = (
    Case("standard streams on a pipe", IDENTITY),
    Case("standard streams unbuffered", IDENTITY, flags=("-u",)),
    Case("standard streams on a terminal", IDENTITY, on_terminal=True),
    Case("standard streams on a file", IDENTITY, redirect=">out.txt 2>err.txt"),
    Case(
        "standard streams on one file",
        IDENTITY + "print('error', file=sys.stderr)\nprint(sys.stdout.tell())\n",
        redirect=">out.txt 2>&1",
    ),
    Case("standard streams on /dev/null", IDENTITY, redirect=">/dev/null 2>&1"),
    Case("standard streams in dev mode", IDENTITY, flags=("-X", "dev")),
    Case(
        "printing with standard output closed",
        "import sys\nprint('x')\nprint(sys.stdout)\nsys.stderr.write('e\\n')\n",
        redirect=">&-",
        stderr="e",
    ),
    Case(
        "printing with every stream closed",
        "print('x')\ntry:\n    input('? ')\nexcept RuntimeError:\n    pass\n",
        redirect="<&- >&- 2>&-",
    ),
    Case(
        "writing in every way there is",
        """
import sys
out = sys.stdout
print("a", 1, sep="-", end="|", file=out)
print(out.write("b\\u20ac\\U0001f600\\n"), out.writelines(["c\\n", "d"]), out.flush())
out.buffer.write(b"bytes\\n")
out.buffer.write(bytearray(b"array\\n"))
out.buffer.write(memoryview(b"xviewx")[1:5])
out.buffer.flush()
class Text(str):
    def __str__(self):
        return "wrong"
out.write(Text("sub\\n"))
print(*range(100), sep="\\n")
print("one\\ntwo\\n\\nthree")
print("", end="")
print("end", end="", flush=True)
sys.stderr.write("error\\n")
sys.stderr.buffer.write(b"bytes\\n")
""",
        stderr="error",
        output_differs=OTHER_ORDER,
    ),
    Case(
        "writes that fail",
        """
import sys
def attempt(function, *args):
    try:
        print(function(*args))
    except Exception as error:
        print(type(error), error)
attempt(sys.stdout.write, 5)
attempt(sys.stdout.write)
attempt(sys.stdout.write, "a", "b")
attempt(sys.stdout.write, "\\ud800")
attempt(sys.stdout.writelines, ["ok ", 5])
attempt(sys.stdout.buffer.write, "text")
attempt(sys.stdout.read)
attempt(sys.stdout.readline)
attempt(next, sys.stdout)
attempt(sys.stdin.write, "x")
attempt(sys.stdout.seek, 0)
attempt(sys.stdout.tell)
attempt(sys.stdout.truncate)
attempt(sys.stderr.write, "x")
sys.stdout.flush()
buffer = sys.stdout.detach()
buffer.write(b"detached\\n")
sys.stdout = None
""",
        stderr="x",
    ),
    Case(
        "streams cannot be pickled, copied or weighed",
        """
import copy, gc, pickle, sys, weakref
count = weakref.getweakrefcount
for function in (pickle.dumps, copy.copy, copy.deepcopy, hash, bool, count):
    try:
        result = function(sys.stdout)
        print(function, result == hash(sys.stdout) or result)
    except Exception as error:
        print(type(error), error)
print(pickle.dumps(print), gc.is_tracked(sys.stdout))
try:
    type(sys.stdout).write = None
except TypeError as error:
    print(error)
""",
    ),
    Case(
        "streams that are reconfigured",
        """
import sys
print("before")
out = sys.stdout
out.reconfigure(encoding="latin-1", errors="backslashreplace", line_buffering=True)
print("\\u00e9 \\u20ac", out.encoding, out.errors, out.line_buffering)
sys.stdout.reconfigure(newline="\\r\\n", write_through=True)
print("carriage", sys.stdout.write_through)
sys.stdin.reconfigure(encoding="latin-1")
print(ascii(sys.stdin.read()))
""",
        stdin=b"\xe9\n",
        output_differs=ENCODED,
    ),
    Case(
        "surrogate escapes",
        "import sys\nsys.stdout.reconfigure(errors='surrogateescape')\n"
        "name = b'caf\\xe9'.decode('utf-8', 'surrogateescape')\n"
        "print(name)\nsys.stderr.write(name + '\\n')\n",
        stderr="\\udce9",
        output_differs=ENCODED,
    ),
    Case(
        "standard output detached and wrapped anew",
        """
import io, sys
print("old")
buffer = sys.stdout.detach()
sys.stdout = io.TextIOWrapper(buffer, encoding="utf-8", line_buffering=True)
print("new \\u20ac")
print(sys.__stdout__ is sys.stdout)
try:
    sys.__stdout__.write("x")
except ValueError as error:
    print(error)
""",
    ),
    Case(
        "a second wrapper around the same buffer",
        """
import codecs, io, sys
second = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", write_through=True)
print("first", flush=True)
print("second", file=second, flush=True)
codecs.getwriter("utf-8")(sys.stdout.buffer).write("third\\n")
second.detach()
print("first again")
""",
    ),
    Case(
        "descriptor 1 opened anew",
        "import os, sys\nprint('a', flush=True)\n"
        "sys.stdout = open(1, 'w', closefd=False)\nprint('b')\n"
        "sys.stdout = os.fdopen(os.dup(1), 'w')\nprint('c')\n",
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "redirections of the standard library",
        """
import contextlib, io, sys
with contextlib.redirect_stdout(io.StringIO()) as text:
    print("kept")
with contextlib.redirect_stdout(sys.stderr):
    print("to the other")
with contextlib.redirect_stderr(sys.stdout):
    print("and back", file=sys.stderr)
with contextlib.redirect_stdout(None):
    print("nowhere")
with open("out.txt", "w") as file, contextlib.redirect_stdout(file):
    print("into a file")
print(repr(text.getvalue()))
""",
        stderr="to the other",
    ),
    Case(
        "logging handlers",
        """
import logging, logging.config, sys
logging.basicConfig(stream=sys.stdout, format="%(levelname)s:%(message)s")
logging.getLogger("a").error("first")
handler = logging.StreamHandler()
logging.getLogger("b").addHandler(handler)
logging.getLogger("b").warning("second")
print(handler.stream is sys.stderr, handler.setStream(sys.stdout) is sys.stderr)
logging.getLogger("b").info("no")
logging.getLogger("b").warning("third")
""",
        stderr="second",
    ),
    Case(
        "warnings and excepthook",
        """
import sys, warnings
warnings.warn("careful")
def hook(kind, value, traceback):
    print("hook", kind, value, file=sys.stderr)
sys.excepthook = hook
raise KeyError("k")
""",
        status=1,
        stderr="careful",
    ),
    Case(
        "a traceback that is printed",
        "import traceback\ndef f():\n    1 / 0\ntry:\n    f()\n"
        "except ZeroDivisionError:\n    traceback.print_exc()\n",
        stderr="ZeroDivisionError",
    ),
    Case(
        "faulthandler on a stream",
        "import faulthandler, sys\nprint(1, flush=True)\n"
        "faulthandler.dump_traceback(sys.stderr)\n",
        stderr="most recent call first",
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "reading in every way there is",
        """
import sys
source = sys.stdin
print(repr(source.readline()), repr(source.readline(2)), repr(source.readline()))
for line in source:
    print(repr(line))
    break
print(repr(next(source)), repr(input()), repr(input("prompt ")))
print(source.readlines(8), repr(source.read(3)), repr(source.buffer.peek()[:2]))
print(repr(source.read()), repr(source.read()), source.buffer.read())
try:
    next(source)
except StopIteration:
    print("end")
try:
    input()
except EOFError as error:
    print(error)
""",
        stdin=b"".join(b"line %d\n" % number for number in range(14)) + b"no end",
    ),
    Case(
        "reading bytes",
        """
import os, sys
source = sys.stdin.buffer
print(source.readline(), source.read(4), source.read1(3), source.peek()[:3])
array = bytearray(4)
print(source.readinto(array), array)
for line in source:
    print(line)
    break
print(source.readlines(3), source.raw.read(2), source.read(), os.read(0, 5))
""",
        stdin=b"one\ntwo\nthree \xff\nfour\nfive\nsix\n",
    ),
    Case(
        "input that is no UTF-8",
        "import sys\ntry:\n    input()\nexcept UnicodeDecodeError as error:\n"
        "    print(error)\nprint(ascii(sys.stdin.errors))\n",
        stdin=b"caf\xe9\n",
    ),
    Case(
        "standard input replaced by the program",
        "import io, sys\nsys.stdin = io.StringIO('a\\nb\\n')\n"
        "print(input('x '), sys.stdin.read(), input.__self__)\n",
    ),
    Case(
        "input with an object as its prompt",
        "class Prompt:\n    def __str__(self):\n        print('asked')\n"
        "        return 'prompt '\nprint(input(Prompt()))\n",
        stdin=b"answer\n",
    ),
    Case(
        "input on a terminal, with readline and without",
        """
first = input("first? ")
import readline
second = input("second? ")
print([first, second], readline.get_current_history_length())
""",
        env={"TERM": "dumb"},
        on_terminal=True,
        dialogue=((b"first? ", b"one\n"), (b"second? ", b"two\n")),
    ),
    Case(
        "getpass on a terminal",
        "import getpass\nprint(getpass.getpass('secret? '))\n",
        on_terminal=True,
        dialogue=((b"secret? ", b"word\n"),),
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "reading lines of a terminal",
        "import sys\nprint('ready', flush=True)\n"
        "for line in sys.stdin:\n    print(repr(line), flush=True)\n",
        on_terminal=True,
        dialogue=(
            (b"ready", b"one\n"),
            (b"'one\\n'", b"two\n"),
            (b"'two\\n'", b"\x04"),
        ),
    ),
    Case(
        "writes while the interpreter ends",
        """
import atexit, sys
class Last:
    def __del__(self, print=print):
        print("collected")
kept = Last()
atexit.register(print, "at exit")
atexit.register(sys.stdout.flush)
sys.stdout.write("no line's end")
""",
    ),
    Case(
        "writes from signal handlers",
        """
import signal, sys
def handler(number, frame):
    print("signal", number)
signal.signal(signal.SIGUSR1, handler)
for number in range(3):
    print("before")
    signal.raise_signal(signal.SIGUSR1)
    print("after", end="\\n\\n")
""",
    ),
    Case(
        "many threads that print",
        """
import itertools, threading
lock = threading.Lock()
def work(number):
    for i in range(5):
        with lock:
            print(next(lines), "line", flush=i == 2)
lines = itertools.count()
threads = [threading.Thread(target=work, args=(n,)) for n in range(64)]
for thread in threads: thread.start()
for thread in threads: thread.join()
""",
    ),
    Case(
        "a child that inherits text that waits",
        "import os\nprint('waiting', end=' ')\nif os.fork() == 0:\n"
        "    print('child')\nelse:\n    os.wait()\n    print('parent')\n",
        stdout="waiting child",
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "a subprocess that prints",
        "import subprocess, sys\nprint('parent', flush=True)\n"
        "subprocess.run([sys.executable, '-c', 'print(\"child\")'])\n"
        "print(subprocess.run(['cat'], input=b'in', capture_output=True).stdout)\n",
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "a full pipe blocks",
        """
import os, threading
reader, writer = os.pipe()
os.dup2(writer, 1)
os.close(writer)
got = []
def drain():
    while chunk := os.read(reader, 4096):
        got.append(len(chunk))
thread = threading.Thread(target=drain)
thread.start()
print("x" * 300_000, flush=True)
os.dup2(2, 1)
thread.join()
print(sum(got), file=__import__("sys").stderr)
""",
        stderr="300001",
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "a pipe that does not block",
        """
import os, sys
os.set_blocking(1, False)
reader, writer = os.pipe()
os.dup2(writer, 1)
os.set_blocking(1, False)
try:
    print("x" * 1_000_000, flush=True)
except BlockingIOError as error:
    print(error, error.characters_written > 0, file=sys.stderr)
os._exit(0)
""",
        stderr="could not complete without blocking",
        leaves_trace=False,
    ),
    Case(
        "a subclass of the stream's type",
        """
import io, sys
class Loud(io.TextIOWrapper):
    def write(self, text):
        return super().write(text.upper())
    def __next__(self):
        return super().__next__() + "!"
sys.stdout = Loud(sys.stdout.buffer, encoding="utf-8", write_through=True)
print("shouted")
print(next(Loud(io.BytesIO(b"line\\n"))))
sys.stdout.detach()
sys.stdout = sys.__stdout__
print("quiet")
""",
    ),
    Case(
        "files that are no standard streams",
        """
import io, sys
with open("a.txt", "w+") as file:
    print("to a file", file=file)
    file.seek(0)
    print(file.tell(), file.read(), list(file), file.truncate())
with open("b.txt", "wb") as file:
    file.write(b"bytes")
print(io.TextIOWrapper(io.BytesIO(b"x\\ny")).readlines())
del sys.stderr, sys.__stderr__
for number in range(50):
    file = open("c.txt", "w")
    file.write("again\\n")
    file.close()
    del file
""",
    ),
    Case(
        "streams in containers, by their methods",
        """
import sys
writers = {sys.stdout.write: "out", sys.stderr.write: "err", sys.stdin.readline: "in"}
print(writers[sys.stdout.write], writers[sys.stderr.write], writers[sys.stdin.readline])
for write in sorted(writers, key=str):
    print(writers[write])
print({sys.stdout: 1}[sys.__stdout__])
""",
    ),
    Case(
        "a terminal for the whole screen",
        """
import curses, os
def main(screen):
    screen.addstr(1, 2, "hello")
    screen.refresh()
    return screen.getmaxyx(), chr(screen.getch())
print(curses.wrapper(main))
""",
        env={"TERM": "xterm"},
        on_terminal=True,
        dialogue=((b"hello", b"q"),),
        stdout="'q'",
        needs="curses",
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "a pseudo-terminal of the program's own",
        """
import os, pty
pid, master = pty.fork()
if pid == 0:
    print("child", os.isatty(1), input("? "))
    os._exit(0)
os.write(master, b"answer\\n")
text = b""
try:
    while chunk := os.read(master, 100):
        text += chunk
except OSError:
    pass
os.waitpid(pid, 0)
print(b"? " in text, b"child True answer" in text)
""",
    ),
)
