# exceptions.py N: an exception a round, through two calls, handled by the third.
import sys


def fail(i):
    raise ValueError(f"bad number {i}")


def check(i):
    try:
        fail(i)
    finally:
        i += 1


def run(n):
    caught = 0
    for i in range(n):
        try:
            check(i)
        except ValueError as error:
            caught += len(error.args)
    return caught


run(int(sys.argv[1]))
