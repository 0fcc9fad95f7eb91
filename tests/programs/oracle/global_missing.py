def f():
    try:
        return missing
    except NameError:
        return None


f()
missing = 1
f()
del missing
f()
