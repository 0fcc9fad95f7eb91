def nothing():
    x = 1


def early(x):
    if x:
        return "early"
    x = 1


def multi():
    return (
        1,
        2,
    )


nothing()
early(0)
early(1)
multi()
