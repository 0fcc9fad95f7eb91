"""Words, pointers and struct sizes of `trace.bin` (4.1 to 4.3), for both directions."""

import sys
from array import array
from dataclasses import dataclass

HEADER = bytes.fromhex("c0de72ace2000000")

MAX_SEGMENTS = 511
"""Readers refuse 512 or more."""

SEGMENT_WORDS = 2**29 - 1
"""A message that may exceed this in one segment is written in several."""

PAYLOAD_WORDS = 2**26
"""Most words of one record's payload, which are kept free at the end of a segment."""

BYTES, INLINE_STRUCTS = 2, 7
"""The two list element sizes in use."""


@dataclass(frozen=True)
class Layout:
    """A struct's D data words and P pointer words."""

    data: int
    pointers: int

    @property
    def size(self) -> int:
        return self.data + self.pointers

    @property
    def header(self) -> int:
        """The upper half of a pointer to it."""
        return self.data | self.pointers << 16


NUMBER = Layout(1, 0)
"""PathId, FunctionId, VariableId, TypeId, Line, ThreadId."""

TRACE = Layout(0, 1)
RECORD = Layout(1, 1)
TYPE_INFO = Layout(1, 1)
FIELD = Layout(0, 2)
FULL_VALUE = Layout(0, 2)
VALUE = Layout(3, 3)

PAYLOADS = {
    "Step": Layout(0, 2),
    "Path": Layout(0, 1),
    "Type": Layout(1, 2),
    "Value": FULL_VALUE,
    "Function": Layout(0, 3),
    "Call": Layout(0, 2),
    "Return": Layout(0, 1),
    "Event": Layout(1, 2),
    "ThreadStart": NUMBER,
    "ThreadExit": NUMBER,
    "ThreadSwitch": NUMBER,
}
"""The payload of each record, but for VariableName, whose payload is a Text."""


def words_of(raw: bytes) -> "array[int]":
    """Little-endian 8-byte words as numbers."""
    words = array("Q", raw)
    if sys.byteorder == "big":
        words.byteswap()
    return words


def bytes_of(words: list[int]) -> bytes:
    """The opposite of `words_of`."""
    result = array("Q", words)
    if sys.byteorder == "big":
        result.byteswap()
    return result.tobytes()
