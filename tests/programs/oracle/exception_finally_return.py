def f():
    try:
        raise ValueError("lost")
    finally:
        return 1


def g():
    for i in range(2):
        try:
            return i
        finally:
            continue


f()
g()
