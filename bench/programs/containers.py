# containers.py N: lists, dicts, sets and tuples that change at every line.
import sys


def run(n):
    numbers = list(range(50))
    index = {}
    seen = set()
    pairs = [(number, str(number)) for number in numbers]
    for i in range(n):
        numbers.append(i)
        numbers.pop(0)
        index[i % 40] = numbers[-3:]
        seen.add(i % 60)
        pairs[i % 50] = (i, pairs[i % 50])[:1] * 2
        total = sum(len(items) for items in index.values())
    return total


run(int(sys.argv[1]))
