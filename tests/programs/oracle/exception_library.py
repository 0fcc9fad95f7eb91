def f():
    int("x")


def g():
    try:
        {}["missing"]
    except LookupError as error:
        return repr(error)


try:
    f()
except ValueError:
    g()
import json
try:
    json.loads("{")
except ValueError:
    pass
