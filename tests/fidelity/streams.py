"""Standard streams, files and descriptors."""

from .case import ENCODED, NEVER_ARRIVED, PAST_THE_STREAMS, Case

# Tells about the descriptors and standard streams in a file, since there may be no
# standard output to tell it on.
DESCRIPTORS = """
import os, sys
def state(stream):
    return stream and (stream.name, stream.encoding, stream.errors, stream.isatty())
with open("seen.txt", "w") as file:
    print(sorted(os.listdir("/proc/self/fd"), key=int), file=file)
    print([state(s) for s in (sys.stdin, sys.stdout, sys.stderr)], file=file)
    open_ones = [fd for fd in range(12) if os.path.exists(f"/dev/fd/{fd}")]
    print([os.get_inheritable(fd) for fd in open_ones], file=file)
"""

CASES = (
    Case("open descriptors are those of a plain start", DESCRIPTORS),
    Case("closed standard input", DESCRIPTORS, redirect="<&-"),
    Case("closed standard output", DESCRIPTORS, redirect=">&-"),
    Case("closed standard error", DESCRIPTORS, redirect="2>&-"),
    Case("all standard streams closed", DESCRIPTORS, redirect="<&- >&- 2>&-"),
    Case("an open descriptor is inherited", DESCRIPTORS, redirect="3<main.py 9>nine"),
    Case(
        "a program that fails with standard error closed",
        "import sys\nprint(sys.stderr)\nraise ValueError\n",
        redirect="2>&-",
        status=1,
    ),
    Case(
        "standard input is read by the program",
        "import sys\nprint(input('? '))\nprint(sys.stdin.readline())\n"
        "print(sys.stdin.buffer.read())\n",
        stdin=b"one\ntwo\nthree \xff\n",
    ),
    Case(
        "end of standard input",
        "def ask():\n    return input('? ')\nask()\n",
        status=1,
        stderr="EOFError: EOF when reading a line",
    ),
    Case(
        "a script on standard input",
        command=("-", "x"),
        stdin=b"import sys\ndef f():\n    return sys.argv, __name__\nprint(f())\n",
    ),
    Case(
        "a failing script on standard input",
        command=("-",),
        stdin=b"def f():\n    raise ValueError('bad')\nprint(1)\nf()\n",
        status=1,
        stderr="ValueError: bad",
    ),
    Case(
        "a script on standard input with a syntax error",
        command=("-",),
        stdin=b"print(1)\nx = = 1\n",
        status=1,
        stderr="SyntaxError",
        runs_code=False,
    ),
    Case(
        "an empty script on standard input",
        command=("-",),
        stdin=b"",
    ),
    Case(
        "a script on standard input that reads it, too",
        command=("-",),
        stdin=b"import sys\nprint(sys.stdin.read())\n",
    ),
    Case(
        "a script from /dev/stdin",
        command=("/dev/stdin", "x"),
        stdin=b"import sys\nprint(sys.argv, __file__)\ndef f():\n    return 1\n"
        b"print(f())\n",
    ),
    Case(
        "a script from a pipe by its descriptor",
        command=("/dev/fd/5", "x"),
        stdin=b"import sys\nprint(sys.argv, __file__)\ndef f():\n    return 1\n"
        b"print(f())\n",
        redirect="5<&0 </dev/null",
    ),
    Case(
        "standard output closed by the program",
        "import sys\nsys.stdout.write('x' * 100_000)\nsys.stdout.close()\n",
    ),
    Case(
        "descriptor 1 closed by the program",
        "import os\nprint('lost')\nos.close(1)\n",
        status=120,
        stderr="Bad file descriptor",
        output_differs=NEVER_ARRIVED,
    ),
    Case(
        "standard streams replaced by None",
        "import sys\nsys.stdout = sys.stderr = sys.stdin = None\nprint('nowhere')\n"
        "raise ValueError\n",
        status=1,
    ),
    Case(
        "standard streams replaced by objects of the program's",
        """
import sys
class Upper:
    def __init__(self, stream):
        self.stream = stream
    def write(self, text):
        return self.stream.write(text.upper())
    def flush(self):
        self.stream.flush()
sys.stdout = Upper(sys.stdout)
sys.stderr = Upper(sys.stderr)
print("shouted")
raise ValueError("loud")
""",
        status=1,
        stderr="VALUEERROR: LOUD",
    ),
    Case(
        "standard output that cannot be written",
        "print('x')\n",
        redirect=">/dev/full",
        status=120,
        stderr="No space left on device",
        output_differs=NEVER_ARRIVED,
    ),
    Case(
        "text that the stream's encoding does not have",
        "def f():\n    print('\u20ac')\nf()\n",
        env={"PYTHONIOENCODING": "latin-1"},
        status=1,
        stderr="UnicodeEncodeError",
        output_differs=ENCODED,
    ),
    Case(
        "a broken pipe",
        """
import os, signal, sys
reader, writer = os.pipe()
os.close(reader)
os.dup2(writer, 1)
print(signal.getsignal(signal.SIGPIPE), file=sys.stderr)
try:
    print("x", flush=True)
except BrokenPipeError as error:
    print(error, file=sys.stderr)
    raise
""",
        status=120,
        stderr="BrokenPipeError",
        output_differs=NEVER_ARRIVED,
    ),
    Case(
        "order of writes by Python and by the system",
        """
import os, sys
for number in range(3):
    print("print", number)
    os.write(1, b"write\\n")
    sys.stderr.write("error\\n")
sys.stdout.flush()
os.system("echo system")
""",
        stderr="error",
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "a program that closes every descriptor it does not know",
        """
import os
os.closerange(3, 4096)
def f(x):
    return x + 1
print(f(1), open("main.py").fileno())
""",
    ),
    Case(
        "numbers of the descriptors that the program opens",
        """
import os, socket, tempfile
a, b = os.pipe()
c = os.dup(0)
d = os.open("main.py", os.O_RDONLY)
print(a, b, c, d)
""",
    ),
    Case(
        "a program that changes directory and umask",
        """
import os
os.mkdir("down")
os.chdir("down")
print(os.umask(0o077))
open("file", "w").close()
print(oct(os.stat("file").st_mode), sorted(os.listdir("..")))
""",
    ),
    Case(
        "a program on a terminal",
        """
import os, sys
name = input("name? ")
print("hello", name, sys.stdout.isatty(), sys.stdout.line_buffering)
print(os.get_terminal_size().columns, file=sys.stderr)
""",
        on_terminal=True,
        dialogue=((b"name? ", b"Bob\n"),),
        stdout="hello Bob True True",
    ),
    Case(
        "Ctrl-C on a terminal",
        "import sys, time\nsys.tracebacklimit = 0\n"
        "print('ready', flush=True)\nwhile True:\n    time.sleep(0.1)\n",
        on_terminal=True,
        dialogue=((b"ready", b"\x03"),),
        stdout="KeyboardInterrupt",
        status=-2,
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "end of input on a terminal",
        "try:\n    input('? ')\nexcept EOFError:\n    print('end')\n",
        on_terminal=True,
        dialogue=((b"? ", b"\x04"),),
    ),
)
