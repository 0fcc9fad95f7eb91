level = 0


def nested():
    global level
    level += 1
    return level


def outer():
    a = level
    nested()
    b = level


outer()
