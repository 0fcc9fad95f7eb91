from contextlib import contextmanager


@contextmanager
def tag(log, name):
    log.append(f"<{name}>")
    try:
        yield name
    except ValueError:
        log.append("handled")
    finally:
        log.append(f"</{name}>")


log = []
with tag(log, "a") as a, tag(log, "b") as b:
    log.append(a + b)
with tag(log, "c"):
    raise ValueError("x")
