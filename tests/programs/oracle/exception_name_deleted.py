def f():
    error = "before"
    try:
        raise ValueError("x")
    except ValueError as error:
        text = str(error)
    try:
        error
    except UnboundLocalError:
        text += "!"
    return text


f()
