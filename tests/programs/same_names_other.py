"""A module of its own."""
loaded = True


def run():
    return __name__
