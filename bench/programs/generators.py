# generators.py N: values that pass through a pipeline of generators.
import sys


def numbers(n):
    for i in range(n):
        yield i


def squares(source):
    for value in source:
        yield value * value


def odd(source):
    for value in source:
        if value % 2:
            yield value


def both(n):
    yield from odd(squares(numbers(n)))


print(sum(both(int(sys.argv[1]))))
