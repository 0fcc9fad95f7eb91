"""What the standard streams do, on each kind of thing that they can stand on.

The programs say what they saw in a file, since there may be no standard output. Each
runs on a pipe, a file, /dev/null, closed descriptors and a terminal.
"""

from collections.abc import Iterator

from .case import ENCODED, NEVER_ARRIVED, OTHER_ORDER, PAST_THE_STREAMS, Case

# A pipe for standard error would have to be read at the same time: it is a file.
TARGETS = {
    "a pipe": "",
    "a file": ">out.txt 2>err.txt",
    "/dev/null": "</dev/null >/dev/null 2>/dev/null",
    "closed descriptors": "<&- >&- 2>&-",
    "a terminal": "",
}

# Notes what each attempt gives or raises, all of them for one stream and then for the
# other: text that waits in both would arrive in another order. A queue, since a trace
# shows nothing of its content: a list would be in it at each line.
ATTEMPTS = """
import contextlib, io, os, queue, sys
attempts = queue.SimpleQueue()
def attempt(name, function):
    attempts.put((name, function))
def run():
    global current
    with open("seen.txt", "w") as report:
        for current in ("stdout", "stderr"):
            for _ in range(attempts.qsize()):
                name, function = attempts.get()
                attempts.put((name, function))
                stream = getattr(sys, current)
                try:
                    result = function(stream)
                except Exception as error:
                    result = type(error).__name__, error
                print(name, ascii(result), file=report, flush=True)
"""

# Nothing here ends a stream, so that it can all be one program.
BEHAVIOURS = """
def printed(*args, **kwargs):
    return lambda stream: print(*args, file=stream, **kwargs)
attempt("print", printed("plain", 1, None))
attempt("print sep", printed("a", "b", sep=""))
attempt("print end", printed("no end", end=""))
attempt("print flush", printed("flushed", flush=True))
attempt("print nothing", printed())
attempt("print empty", printed("", end=""))
attempt("print bad sep", printed("x", sep=5))
attempt("print many", printed(*range(300), sep="\\n"))
attempt("print carriage", printed("50%\\r100%"))
attempt("print nul", printed("nul \\0 nul"))
attempt("print wide", printed("caf\\u00e9 \\u20ac \\U0001f600"))
attempt("print escape", printed("\\x1b[31mred\\x1b[0m"))
attempt("write", lambda s: s.write("text\\n"))
attempt("write empty", lambda s: s.write(""))
attempt("write bytes", lambda s: s.write(b"bytes"))
attempt("write None", lambda s: s.write(None))
attempt("write long", lambda s: s.write("x" * 20_000 + "\\n"))
attempt("write by the class", lambda s: type(s).write(s, "by class\\n"))
attempt("write by getattr", lambda s: getattr(s, "write")("by getattr\\n"))
attempt("write by map", lambda s: list(map(s.write, ["m", "a", "p\\n"])))
attempt("writelines", lambda s: s.writelines(str(n) for n in range(3)))
attempt("writelines str", lambda s: s.writelines("abc\\n"))
attempt("writelines bad", lambda s: s.writelines(["good\\n", 7]))
attempt("flush", lambda s: s.flush())
attempt("isatty", lambda s: s.isatty())
attempt("fileno", lambda s: s.fileno())
attempt("terminal size", lambda s: os.get_terminal_size(s.fileno()))
attempt("name", lambda s: (s.name, s.mode, s.encoding, s.errors, s.newlines))
attempt("flags", lambda s: (s.line_buffering, s.write_through, s.closed))
attempt("able", lambda s: (s.readable(), s.writable(), s.seekable()))
attempt("kind", lambda s: (type(s), isinstance(s, io.TextIOBase), repr(s)))
attempt("attributes", lambda s: (vars(s), dir(s)))
attempt("set attribute", lambda s: setattr(s, "mine", 1) or s.mine)
attempt("set method", lambda s: setattr(s, "write", s.write) or s.write("set\\n"))
attempt("delete method", lambda s: delattr(s, "write") or s.write("deleted\\n"))
attempt("set closed", lambda s: setattr(s, "closed", True))
attempt("chunk size", lambda s: s._CHUNK_SIZE)
attempt("under", lambda s: (type(s.buffer), type(getattr(s.buffer, "raw", None))))
attempt("mode under", lambda s: (s.buffer.mode, s.buffer.name, s.buffer.closed))
attempt("bytes", lambda s: (s.flush(), s.buffer.write(b"bytes\\n"), s.buffer.flush()))
attempt("views", lambda s: s.buffer.write(memoryview(bytearray(b"view\\n"))))
attempt("bytes of str", lambda s: s.buffer.write("text"))
attempt("byte lines", lambda s: s.buffer.writelines([b"l1\\n", b"l2\\n"]))
attempt("flush bytes", lambda s: s.buffer.flush())
attempt("tell", lambda s: s.tell())
attempt("seek", lambda s: s.seek(0, 1))
attempt("truncate", lambda s: s.truncate() >= 0)
attempt("read", lambda s: s.read())
attempt("readline", lambda s: s.readline())
attempt("iterate", lambda s: list(s))
attempt("truth", lambda s: (bool(s), s == s, s != sys.stdin, hash(s) == hash(s)))
attempt("original", lambda s: s is sys.__stdout__ or s is sys.__stderr__)
attempt("bound", lambda s: (s.write == s.write, s.write.__self__ is s))
attempt("method", lambda s: (s.write.__name__, s.write.__text_signature__))
def redirect(stream):
    with contextlib.redirect_stdout(stream):
        print("redirected")
    with contextlib.redirect_stderr(stream):
        sys.stderr.write("redirected\\n")
attempt("redirect", redirect)
def help_text(stream):
    with contextlib.redirect_stdout(stream):
        help(len)
attempt("help", help_text)
attempt("display hook", lambda s: sys.displayhook({"a": 1}))
attempt("except hook", lambda s: sys.excepthook(KeyError, KeyError("k"), None))
attempt("warning", lambda s: __import__("warnings").warn("careful", stacklevel=9))
def collected(stream):
    class Last:
        def __del__(self):
            print("from __del__", file=stream)
            raise ValueError("in __del__")
    Last()
attempt("__del__", collected)
def interrupted(stream):
    import signal
    def handler(number, frame):
        print("from a handler", file=stream)
    before = signal.signal(signal.SIGUSR1, handler)
    print("before", file=stream)
    signal.raise_signal(signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)
attempt("signal", interrupted)
def threaded(stream):
    import threading
    thread = threading.Thread(target=print, args=("a thread",), kwargs={"file": stream})
    thread.start()
    thread.join()
attempt("thread", threaded)
def logged(stream):
    import logging
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("any")
    logger.addHandler(handler)
    logger.error("logged %s", 5)
    logger.removeHandler(handler)
attempt("logging", logged)
run()
print("at the end", end="")
"""

# What changes the streams, or ends them.
CHANGES = {
    "closed by a with block": """
def use(stream):
    with stream as same:
        same.write("inside\\n")
        return same is stream
attempt("with", use)
attempt("closed", lambda s: s.closed)
attempt("write", lambda s: s.write("lost"))
attempt("print", lambda s: print("lost", file=s))
attempt("flush", lambda s: s.flush())
attempt("close", lambda s: s.close())
attempt("isatty", lambda s: s.isatty())
attempt("fileno", lambda s: s.fileno())
attempt("repr", repr)
attempt("again", use)
run()
""",
    "detached and wrapped anew": """
below = []
def wrap(stream):
    new = io.TextIOWrapper(below.pop(), "utf-8", line_buffering=True)
    setattr(sys, current, new)
attempt("write", lambda s: s.write("before\\n"))
attempt("detach", lambda s: below.append(s.detach()))
attempt("write", lambda s: s.write("lost"))
attempt("buffer", lambda s: s.buffer)
attempt("repr", repr)
attempt("detach", lambda s: s.detach())
attempt("wrap", wrap)
attempt("write", lambda s: s.write("after \\u20ac\\n"))
attempt("print", lambda s: print("printed", file=s))
attempt("original", lambda s: s in (sys.__stdout__, sys.__stderr__))
run()
""",
    "reconfigured": """
attempt("write", lambda s: s.write("before, "))
attempt("nothing", lambda s: s.reconfigure())
attempt("line", lambda s: s.reconfigure(line_buffering=True))
attempt("write", lambda s: s.write("line\\n"))
attempt("through", lambda s: s.reconfigure(write_through=True))
attempt("write", lambda s: s.write("through"))
attempt("newline", lambda s: s.reconfigure(newline="\\r\\n"))
attempt("write", lambda s: s.write("one\\ntwo\\n"))
attempt("latin", lambda s: s.reconfigure(encoding="latin-1", errors="replace"))
attempt("write", lambda s: s.write("caf\\u00e9 \\u20ac\\n"))
attempt("strict", lambda s: s.reconfigure(errors="strict"))
attempt("write", lambda s: s.write("\\u20ac\\n"))
attempt("escape", lambda s: s.reconfigure(encoding="utf-8", errors="surrogateescape"))
attempt("write", lambda s: s.write("\\udce9\\n"))
attempt("unknown", lambda s: s.reconfigure(encoding="nonsense"))
attempt("bad", lambda s: s.reconfigure(newline="bad"))
attempt("flags", lambda s: (s.line_buffering, s.write_through, s.encoding, s.errors))
run()
""",
    "without their descriptors": """
attempt("write", lambda s: s.write("before, "))
attempt("close descriptor", lambda s: os.close(s.fileno()))
attempt("write", lambda s: s.write("late"))
attempt("flush", lambda s: s.flush())
attempt("print", lambda s: print("late", file=s, flush=True))
attempt("isatty", lambda s: s.isatty())
attempt("close", lambda s: s.close())
run()
""",
    "with other writers": """
import faulthandler
attempt("write", lambda s: s.write("before\\n"))
attempt("flush", lambda s: s.flush())
attempt("system", lambda s: os.write(s.fileno(), b"descriptor\\n"))
attempt("raw", lambda s: s.buffer.raw.write(b"raw\\n"))
attempt("duplicate", lambda s: os.write(os.dup(s.fileno()), b"duplicate\\n"))
attempt("fault", lambda s: faulthandler.dump_traceback(s))
attempt("child", lambda s: os.system(f"echo child >&{s.fileno()}"))
attempt("write", lambda s: s.write("again\\n"))
run()
""",
    "with bytes below text that waits": """
attempt("write", lambda s: s.write("text, "))
attempt("bytes", lambda s: s.buffer.write(b"bytes\\n"))
attempt("flush", lambda s: s.flush())
attempt("write", lambda s: s.write("text, "))
attempt("bytes", lambda s: s.buffer.write(b"bytes\\n"))
attempt("end", lambda s: s.flush())
run()
""",
}
STDERR = {
    "used": "logged 5",
    "closed by a with block": "inside",
    "detached and wrapped anew": "printed",
    "reconfigured": "two",
    "with other writers": "child",
    "with bytes below text that waits": "bytes",
}
DIFFERS = {
    "reconfigured": ENCODED,
    "without their descriptors": NEVER_ARRIVED,
    "with other writers": PAST_THE_STREAMS,
    "with bytes below text that waits": OTHER_ORDER,
}


def cases(target: str, redirect: str) -> Iterator[Case]:
    """The rows for one kind of thing."""
    is_known = target in ("a pipe", "a file", "a terminal")
    for name, program in {"used": BEHAVIOURS, **CHANGES}.items():
        yield Case(
            f"streams on {target}, {name}",
            ATTEMPTS + program,
            env={"TERM": "dumb"},  # so that help() calls no pager
            redirect=redirect,
            on_terminal=target == "a terminal",
            stderr=STDERR.get(name, "") if target == "a pipe" else "",
            output_differs=DIFFERS.get(name, "") if is_known else "",
        )


CASES = tuple(case for target in TARGETS.items() for case in cases(*target))
