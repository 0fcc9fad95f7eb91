def f():
    try:
        try:
            1 / 0
        except ZeroDivisionError:
            [][0]
    except IndexError as error:
        context = type(error.__context__).__name__
    return context


f()
