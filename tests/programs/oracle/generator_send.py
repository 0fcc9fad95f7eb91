def average():
    total = count = 0
    mean = None
    while True:
        x = yield mean
        total += x
        count += 1
        mean = total / count


g = average()
next(g)
a = g.send(1)
b = g.send(2)
g.close()
