def attempt(code):
    try:
        code()
    except Exception:
        return True


def encoding(): "é".encode("ascii")
def syntax(): compile("1 +", "<text>", "eval")
def group(): raise ExceptionGroup("two", [ValueError(1), TypeError(2)])
def nested(): raise ValueError([1], {"a": (1, 2)})


attempt(encoding)
attempt(syntax)
attempt(group)
attempt(nested)
