"""Recordings that start and stop while other threads run, and each other's start.

Argument: a directory for the traces.
"""

import sys
import threading
from pathlib import Path

from codetracer_python_recorder import RecorderError, flush, is_tracing, start, stop

folder = Path(sys.argv[1])
has_ended = threading.Event()


def work():
    table = {}
    while not has_ended.is_set():
        for number in range(20):
            table[number] = [number, str(number)]


def record(name):
    for turn in range(5):
        try:
            start(folder / f"{name}-{turn}", format="json")
            flush()
            is_tracing()
            stop()
        except (RecorderError, RuntimeError):  # the other one is recording
            pass


workers = [threading.Thread(target=work) for _ in range(3)]
starters = [threading.Thread(target=record, args=(name,)) for name in "ab"]
for thread in workers + starters:
    thread.start()
for thread in starters:
    thread.join()
has_ended.set()
for thread in workers:
    thread.join()
print("done")
