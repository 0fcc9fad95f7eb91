def naturals():
    n = 0
    while True: yield n; n += 1


def take(it, n):
    return [x for _, x in zip(range(n), it)]


take(naturals(), 3)
