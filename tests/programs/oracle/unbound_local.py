def f(flag):
    if flag:
        x = 1
    try:
        return x
    except UnboundLocalError:
        return None


f(True)
f(False)
