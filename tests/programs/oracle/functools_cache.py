import functools


@functools.cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


fib(4)
part = functools.partial(fib, 3)
part()
total = functools.reduce(lambda a, b: a + b, [1, 2, 3])
