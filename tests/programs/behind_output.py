"""Runs a program behind so much output that its trace is a large one."""

import runpy
import sys

sys.stdout.write("x" * 4_400_000 + "\n")
sys.argv[:] = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
