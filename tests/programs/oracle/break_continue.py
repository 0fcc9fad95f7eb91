def f():
    found = []
    for i in range(6):
        if i == 1:
            continue
        if i == 4:
            break
        found.append(i)
    else:
        found.append("never")
    while True:
        if len(found) > 4: break
        found.append(0)
    return found


f()
