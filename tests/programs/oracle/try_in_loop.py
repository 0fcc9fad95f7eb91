def f(items):
    good = []
    for item in items:
        try:
            good.append(10 // item)
        except (ZeroDivisionError, TypeError) as error:
            bad = error
            continue
        finally:
            last = item
    return good


f([1, 0, "x", 2])
