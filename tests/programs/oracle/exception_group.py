def f():
    errors = [ValueError("a"), TypeError("b"), KeyError("c")]
    try:
        raise ExceptionGroup("many", errors)
    except* ValueError as group:
        a = len(group.exceptions)
    except* TypeError:
        b = 1
    except* OSError:
        c = 2
    else:
        d = 3


try:
    f()
except ExceptionGroup as rest:
    left = len(rest.exceptions)
