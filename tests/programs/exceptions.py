def fail(text):
    raise ValueError(text)


def through(text):
    try:
        fail(text)
    finally:
        done = True


def translate():
    try:
        through("inner")
    except ValueError as error:
        raise KeyError("outer") from error


def again():
    try:
        fail("again")
    except ValueError:
        raise


try:
    translate()
except KeyError as error:
    caught = error
else:
    caught = None
finally:
    last = 1
try:
    again()
except ValueError:
    pass
try:
    [].pop()
except IndexError:
    pass
try:
    int("x")
except (TypeError, ValueError):
    pass
else:
    last = 2
