from contextlib import contextmanager


class Manager:
    def __enter__(self):
        return "entered"

    def __exit__(self, kind, value, traceback):
        return kind is ValueError


@contextmanager
def managed():
    try:
        yield "managed"
    finally:
        closed = True


with Manager() as a:
    b = a
with Manager():
    raise ValueError("swallowed")
with managed() as c, Manager() as d:
    b = c
