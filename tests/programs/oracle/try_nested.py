def f(n):
    try:
        try:
            if n == 1:
                raise ValueError("v")
            if n == 2:
                raise KeyError("k")
        except ValueError:
            step = "inner"
        finally:
            last = n
    except KeyError:
        step = "outer"
    else:
        step = "none" if n == 0 else step
    return step


f(0), f(1), f(2)
