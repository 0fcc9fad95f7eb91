def numbers(n):
    while n:
        n -= 1
        got = yield n
    return "done"


def delegate():
    result = yield from numbers(2)
    yield result


list(numbers(2))
source = numbers(2)
first = next(source)
second = source.send("hello")
rest = list(source)
everything = list(delegate())
squares = (n * n for n in range(2))
list(squares)
