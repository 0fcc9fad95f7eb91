"""New values where the last ones have died: texts that grow in place, large numbers."""

import re


def grow():
    text = "x" * 200
    text += "a"
    text += "b"
    text = text + "c"
    other = "é" * 100
    other += "à"
    other += "ù"
    return text


def count():
    number = 3**60
    number = number + 1; number = number + 1
    number = number + 1; number = number + 1
    number = number * 3; number = number * 3
    return number


def search():
    match = re.compile("[ab]").match
    found = match("a"); found = match("b")
    found = match("b"); found = match("a")
    pair = [1]; pair = [2]
    pair = [3]; pair = [4]
    parts = "a b".split(); parts = "c d".split()
    parts = "e f".split(); parts = "g h".split()
    return found.group()


grow()
count()
search()
