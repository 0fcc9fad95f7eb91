def change(a, b):
    c = a
    del a
    a = b
    del b, c
    return a


change(1, 2)
try:
    raise KeyError
except KeyError as error:
    code = error
