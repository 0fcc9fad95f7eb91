def empty():
    return next(iter(()))


before = True
empty()
