# Texts by their length: where it takes another byte, and where they are cut.
class Word(str):
    pass


BOUNDS = (0, 1, 2, 7, 8, 9, 126, 127, 128, 129, 199, 255, 256, 257, 300)


def lengths():
    text = None
    for length in BOUNDS:
        text = "x" * length
        text = text + "y"
        text = text.upper()
        text = "\u00e9" + text
        text = length
        text = "x" * length
    return text


def kinds():
    shown = None
    for value in ("a", "a", Word("a"), "a", b"a", "a", None, "a", ["a"], "a", 1.5, "a", True, "a"):
        shown = value
    return shown


def keys():
    found = {}
    for length in BOUNDS:
        found = {"k" * length: length, "v": "w" * length, Word("k"): None}
        found["k" * length] += 1
        found["v"] = found
    for key in ("\u00e9", Word("w"), 1, None, (1, 2), "k"):
        found = {key: 1}
        found[key] = 10**12
        found[key] = [key]
    return found


lengths()
kinds()
keys()
