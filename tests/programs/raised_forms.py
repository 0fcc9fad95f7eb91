class Shown(Exception):
    pass


class Quiet(Exception):
    def __str__(self):
        raise AssertionError("capture ran code of the program")


def attempt(code):
    try:
        code()
    except BaseException:
        return True


def unnamed():
    raise Shown


def two_arguments():
    raise Shown("text", 5)


def no_str():
    raise Quiet("text")


def chained():
    try:
        {}["k"]
    except KeyError as error:
        raise Shown("changed") from error


def explicit():
    try:
        raise Shown("first")
    except Shown as error:
        raise error


def bare():
    try:
        raise Shown("once")
    except Shown:
        raise


def iteration():
    next(iter(()))


attempt(unnamed)
attempt(two_arguments)
attempt(no_str)
attempt(chained)
attempt(explicit)
attempt(bare)
attempt(iteration)
