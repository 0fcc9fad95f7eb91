def gen():
    yield 1
    raise StopIteration("bad")


try:
    list(gen())
except RuntimeError as error:
    text = str(error)
