"""Recursion to the interpreter's limit."""
import sys


def down(n):
    return down(n + 1)


try:
    down(0)
except RecursionError as error:
    print(type(error).__name__, sys.getrecursionlimit())
