def f():
    for x in range(3):
        for y in range(3):
            if x * y == 2: break
        else:
            continue
        break
    return x, y


f()
