# loop.py N: a loop that counts. Three lines a round.
import sys


def loop(n):
    i = 0
    total = 0
    while i < n:
        total += i * 2
        i += 1
    return total


loop(int(sys.argv[1]))
