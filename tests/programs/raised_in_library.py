import json
import textwrap

try:
    json.loads("[1,")
except ValueError:
    pass
known = textwrap.indent("a", " ", lambda line: True)


def broken(line):
    raise ValueError(line)


try:
    textwrap.indent("a", " ", broken)
except ValueError:
    pass
