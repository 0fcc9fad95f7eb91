"""Programs that talk with their user, show how far they are, or let others print."""

from .case import PAST_THE_STREAMS, Case

# Of other people's packages only the program itself is recorded: their code is long.
OWN_CODE = {
    ".codetracer/trace-filter.toml": """
[meta]
name = "own code"
version = 1
[scope]
default_exec = "skip"
default_value_action = "allow"
[[scope.rules]]
selector = "file:*.py"
exec = "trace"
"""
}

PROMPTS = """
class Text(str):
    def __str__(self):
        return "str of a str? "
class Prompt:
    def __str__(self):
        return "str of an object? "
print(input(Text("a str? ")), input(Prompt()), input(5))
print(input(None), input(""), input())
for prompt in ("\\ud800", b"bytes? "):
    try:
        print(input(prompt))
    except ValueError as error:
        print(ascii(error))
print(input("caf\\u00e9? "), input("two\\nlines? "))
"""

LOOP = """
def ask():
    while (command := input("> ")) != "quit":
        print("got", ascii(command))
ask()
"""

TQDM = """
import sys, tqdm
tqdm.tqdm.monitor_interval = 0
shape = {"ncols": 60, "mininterval": 0, "bar_format": "{desc}{bar}|{n}/{total}"}
for number in tqdm.tqdm(range(20), **shape):
    if number == 10:
        tqdm.tqdm.write("between")
with tqdm.tqdm(total=3, file=sys.stdout, leave=False, desc="out", **shape) as bar:
    bar.update(2)
    bar.update()
print("done")
"""

RICH = """
import sys
from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
console = Console(width=60)
columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}")
with Progress(*columns, console=console, auto_refresh=False) as progress:
    task = progress.add_task("[green]work", total=4)
    for number in range(4):
        progress.update(task, advance=1, refresh=True)
        print("printed beside it", number, sys.stdout is sys.__stdout__)
        print("error beside it", file=sys.stderr)
with Live(console=console, auto_refresh=False, transient=True) as live:
    table = Table("name", "value")
    table.add_row("a", "1")
    live.update(table, refresh=True)
console.print("[bold red]done[/] \\u2713", sys.stdout is sys.__stdout__)
"""

LOGGING = """
import logging, logging.handlers, sys, threading
logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
log = logging.getLogger("service")
log.info("started with %d workers", 3)
def work(number):
    log.info("worker %d", number)
for number in range(3):
    thread = threading.Thread(target=work, args=(number,))
    thread.start()
    thread.join()
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed")
memory = logging.handlers.MemoryHandler(10, target=logging.StreamHandler(sys.stdout))
log.addHandler(memory)
log.warning("kept until the end")
"""

TESTS = """
import os, subprocess, sys
def test_prints(capsys):
    print("seen by the test")
    assert capsys.readouterr().out == "seen by the test\\n"
def test_descriptor(capfd):
    os.system("echo from a child")
    assert capfd.readouterr().out == "from a child\\n"
def test_passes():
    print("printed by a test that passes")
    print("error of a test that passes", file=sys.stderr)
def test_child():
    subprocess.run(["echo", "printed by a child"], check=True)
def test_fails():
    print("printed by a test that fails")
    assert sys.stdout is sys.__stdout__, "replaced"
"""
PYTEST = ("-m", "pytest", "-qq", "--assert=plain", "-p", "no:cacheprovider")


def dialogue(*lines: bytes, prompt: bytes = b"? ") -> tuple[tuple[bytes, bytes], ...]:
    """Each line after a prompt."""
    return tuple((prompt, line) for line in lines)


def pytest_case(name: str, *options: str, status: int = 1, differs: str = "") -> Case:
    is_shown = options in (("-s",), ("--capture=tee-sys",))
    return Case(
        name,
        files={"test_it.py": TESTS, **OWN_CODE},
        command=(*PYTEST, *options, "test_it.py"),
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        status=status,
        stderr="error of a test that passes" if is_shown else "",
        output_differs=differs,
    )


CASES = (
    Case(
        "prompts of every kind on a terminal",
        PROMPTS,
        on_terminal=True,
        dialogue=(
            (b"? ", b"a\n"),
            (b"? ", b"b\n"),
            (b"5", b"c\n"),
            (b"None", b"d\n"),
            (b"d\r\n", b"e\n"),
            (b"e\r\n", b"f\n"),
            (b"? ", b"g\n"),
            (b"? ", b"h\n"),
            (b"? ", b"i\n"),
        ),
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "prompts of every kind on a pipe",
        PROMPTS,
        stdin=b"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n",
    ),
    Case(
        "a loop of commands",
        LOOP,
        on_terminal=True,
        dialogue=dialogue(b"one\n", b"two\n", b"quit\n", prompt=b"> "),
    ),
    Case(
        "a loop of commands, typed with readline's keys",
        "import readline" + LOOP,
        env={"TERM": "xterm", "INPUTRC": "/dev/null"},
        on_terminal=True,
        dialogue=dialogue(
            b"onx\x7fe\n",  # backspace
            b"wo\x01t\n",  # to the beginning
            b"\x1b[A\n",  # the line before
            b"lost\x15kept\n",  # takes the line away
            b"quit\n",
            prompt=b"> ",
        ),
        stdout="got 'two'",
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "a loop of commands that ends with Ctrl-C at a prompt",
        "import sys\nsys.tracebacklimit = 0" + LOOP,
        on_terminal=True,
        dialogue=dialogue(b"one\n", b"\x03", prompt=b"> "),
        status=-2,
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "a loop of commands that ends with the input",
        "import sys\nsys.tracebacklimit = 0" + LOOP,
        on_terminal=True,
        dialogue=dialogue(b"one\n", b"\x04", prompt=b"> "),
        status=1,
    ),
    Case(
        "a command interpreter of the standard library",
        """
import cmd
class Shell(cmd.Cmd):
    prompt = "(shell) "
    def do_greet(self, name):
        print("hello", name)
    def do_end(self, rest):
        return True
Shell().cmdloop("welcome")
""",
        env={"TERM": "dumb"},
        on_terminal=True,
        dialogue=dialogue(b"greet Bob\n", b"help\n", b"end\n", prompt=b"(shell) "),
    ),
    Case("a progress bar", TQDM, stderr="20/20", files=OWN_CODE, needs="tqdm"),
    Case(
        "a progress bar on a terminal",
        TQDM,
        on_terminal=True,
        files=OWN_CODE,
        needs="tqdm",
    ),
    Case(
        "a live display", RICH, stderr="error beside it", files=OWN_CODE, needs="rich"
    ),
    Case(
        "a live display on a terminal",
        RICH,
        env={"TERM": "xterm", "NO_COLOR": None},
        on_terminal=True,
        files=OWN_CODE,
        needs="rich",
    ),
    Case("a service that logs", LOGGING, stderr="INFO service worker 2"),
    Case(
        "a program that shows what its children print",
        """
import subprocess, sys
child = [sys.executable, "-c", "import sys; print('out'); sys.exit('err')"]
print(subprocess.run(child, capture_output=True, text=True))
with subprocess.Popen(child, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as each:
    for line in each.stdout:
        sys.stdout.buffer.write(line)
subprocess.run(child, stdout=sys.stderr)
""",
        stderr="out",
        output_differs=PAST_THE_STREAMS,
    ),
    pytest_case("pytest with its own capture"),
    pytest_case("pytest without capture", "-s", status=0, differs=PAST_THE_STREAMS),
    pytest_case(
        "pytest that captures objects in sys",
        "--capture=sys",
        differs=PAST_THE_STREAMS,
    ),
    pytest_case(
        "pytest that shows what it captures",
        "--capture=tee-sys",
        differs=PAST_THE_STREAMS,
    ),
    Case(
        "a pipe that nobody reads",
        """
import fcntl, os, sys, threading, time
reader, writer = os.pipe()
saved = os.dup(1)
os.dup2(writer, 1)
os.close(writer)
room = fcntl.fcntl(1, fcntl.F_GETPIPE_SZ) // 4096
counts = {"begun": 0, "done": 0}
def look():
    while counts["begun"] <= room:
        time.sleep(0.001)
    print(counts["begun"] - room, counts["done"] - room, file=sys.stderr)
    left = 4096 * lines
    while left:
        left -= len(os.read(reader, 4096))
lines = 2 * room
thread = threading.Thread(target=look)
thread.start()
for number in range(lines):
    counts["begun"] += 1
    print("x" * 4095, flush=True)
    counts["done"] += 1
thread.join()
os.dup2(saved, 1)
print("written")
""",
        stderr="1 0\n",
        output_differs=PAST_THE_STREAMS,
    ),
    Case(
        "the standard streams behind those of the program",
        """
import io, sys
sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
print("kept"), print("kept", file=sys.stderr)
print("shown", file=sys.__stdout__)
sys.__stderr__.write("shown, too\\n")
print(sys.stdout.getvalue(), file=sys.__stdout__)
sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
print("shown again")
""",
        stderr="shown, too",
    ),
    Case(
        "faulthandler on signals and on timeouts",
        """
import faulthandler, os, signal, sys, time
faulthandler.enable()
faulthandler.register(signal.SIGUSR1)
print("before", flush=True)
os.kill(os.getpid(), signal.SIGUSR1)
print("after", faulthandler.is_enabled())
""",
        stderr="most recent call first",
        output_differs=PAST_THE_STREAMS,
    ),
)
