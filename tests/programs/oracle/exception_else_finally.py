def f(x, log):
    try:
        y = 1 // x
    except ZeroDivisionError:
        log.append("except")
    else:
        log.append("else")
        return y
    finally:
        log.append("finally")
    return None


log = []
f(1, log)
f(0, log)
