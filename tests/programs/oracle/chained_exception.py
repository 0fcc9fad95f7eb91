def f():
    try:
        raise ValueError("inner")
    except ValueError as error:
        raise KeyError("outer") from error


try:
    f()
except KeyError as error:
    cause = error.__cause__
