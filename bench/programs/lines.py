"""lines.py N FILE: runs N lines, then writes the time of its end (monotonic) to FILE."""

import sys
import time


def run(count):
    for _ in range(count // 2):
        pass


run(int(sys.argv[1]))
with open(sys.argv[2], "w") as file:
    file.write(str(time.monotonic()))
