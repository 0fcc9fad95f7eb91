def f(x):
    if x < 0:
        kind = "negative"
    elif x == 0:
        kind = "zero"
    elif (
        x < 10
        and x % 2
    ):
        kind = "odd"
    else:
        kind = "big"
    return kind


f(-1), f(0), f(3), f(12)
