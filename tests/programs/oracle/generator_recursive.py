def walk(tree):
    for item in tree:
        if isinstance(item, list):
            yield from walk(item)
        else:
            yield item


flat = list(walk([1, [2, [3]], 4]))
