def outer():
    def inner():
        return late
    try:
        inner()
    except NameError as error:
        text = "unbound"
    late = 1
    return inner()


outer()
