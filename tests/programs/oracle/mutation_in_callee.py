def fill(box):
    box["n"] = 1
    box["items"].append(1)


def run():
    box = {"items": []}
    fill(box)
    fill(box)
    return box


run()
