def make():
    kept = []

    def add(item):
        kept.append(item)
        return kept

    return add


add = make()
seen = add(1)
add(2)
seen.append(3)
add(4)
