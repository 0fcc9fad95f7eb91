count = 0
items = []


def bump():
    global count, made
    count += 1
    items.append(count)
    made = count


bump()
bump()


def drop():
    global made
    del made


drop()
