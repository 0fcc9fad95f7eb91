def grow(items, item):
    items.append(item)
    items = items + [item]
    items.append(item)
    return items


mine = []
theirs = grow(mine, 1)
theirs.append(2)
