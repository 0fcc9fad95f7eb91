"""Patterns and texts whose methods run code that no trace has."""

import codecs
import re

shown = []
hidden = {"shown": shown, "codecs": codecs}
exec(
    """
def replace(match):
    shown.append(match.group())
    return ""

def find_codec(name):
    if name != "watched":
        return None
    shown.append("find")
    def encode(text, errors="strict"):
        shown.append("encode")
        return text.encode("ascii"), len(text)
    def decode(data, errors="strict"):
        shown.append("decode")
        return bytes(data).decode("ascii"), len(data)
    return codecs.CodecInfo(encode, decode, name="watched")

class Bytes:
    def __init__(self, data):
        self.data = data
    def __buffer__(self, flags):
        shown.append("buffer")
        return memoryview(self.data)

class Text(str):
    def strip(self):
        shown.append("strip")
        return self
    def __eq__(self, other):
        shown.append("eq")
        return True
    __hash__ = str.__hash__
""",
    hidden,
)
codecs.register(hidden["find_codec"])
Text, Bytes, replace = hidden["Text"], hidden["Bytes"], hidden["replace"]
PATTERN = re.compile("a+")


def methods(seen, text, other, data):
    found = PATTERN.match(text)
    end = found.end()
    part = found.group()
    part = PATTERN.sub(replace, text)
    part = PATTERN.sub("b", text)
    found = PATTERN.match(other)
    part = found.group()
    part = other.strip()
    same = other == text
    part = text.upper().lower().strip()
    part = text.encode("watched")
    part = str(b"ab", "watched")
    found = data.match(Bytes(b"a"))
    part = found.group()
    part = found.span()
    found = None
    return part


def bound(seen, text, other):
    match, sub, strip = PATTERN.match, PATTERN.sub, other.strip
    found = match(text, 0)
    found = match(text, 0); found = match(text, 1)
    found = sub(replace, text)
    found = strip()
    append = seen.append
    found = append(1)
    found = text.split("b")[0] == "aa"
    return found


methods(shown, "aab", Text("aab"), re.compile(b"a+"))
bound(shown, "aab", Text("aab"))
codecs.unregister(hidden["find_codec"])
