"""Threads that print and log while recordings start and stop, and a thread that reads.

Argument: a directory for the traces.
"""

import io
import logging
import os
import sys
import threading
from pathlib import Path

from codetracer_python_recorder import start, stop

folder = Path(sys.argv[1])
said = os.dup(1)
for descriptor in (1, 2):
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
source, sink = os.pipe()
os.dup2(source, 0)
logging.basicConfig(format="%(threadName)s %(message)s")
is_over = threading.Event()


def write(number):
    for turn in range(100):
        print(number, turn, "some text", end=" end\n", flush=turn % 9 == 0)
        print(number, turn, file=sys.stderr)
        sys.stdout.buffer.write(b"bytes\n")
        logging.error("turn %d", turn)
        with open(os.devnull, "w") as file:
            print(number, file=file)


def read():
    for line in sys.stdin:
        print(line, end="")
        io.StringIO(line).readline()


def record():
    for turn in range(5):
        start(folder / f"output-{turn}", format="binary")
        write("recorder")
        stop()
    is_over.set()


threads = [threading.Thread(target=write, args=(number,)) for number in range(64)]
threads += [threading.Thread(target=read), threading.Thread(target=record)]
for thread in threads:
    thread.start()
while not is_over.wait(0.01):
    os.write(sink, b"a line\n")
os.close(sink)
for thread in threads:
    thread.join()
os.write(said, b"done\n")
