"""`trace.bin` to records: the structural half of rule 5.

The walk takes note of every word it reads as part of an object. It refuses pointers out
of their segment, a word in two objects or in none, objects in another order than that
of 4.4, structs of another size than those of 4.3, and bits set that nothing uses. Only
Value payloads and the lists of values inside them may have several pointers to them, in
large files (capnp_write.py). Far pointers stand only where 4.6 puts them, landing pads
behind the payloads.
"""

import struct
from base64 import b64encode
from typing import Any, NamedTuple, NoReturn

from .capnp import (
    BYTES,
    FIELD,
    FULL_VALUE,
    HEADER,
    INLINE_STRUCTS,
    MAX_SEGMENTS,
    NUMBER,
    PAYLOADS,
    RECORD,
    TRACE,
    TYPE_INFO,
    VALUE,
    Layout,
    words_of,
)
from .packing import unpack
from .problems import Refused
from .vocabulary import (
    BINARY_EVENT_KINDS,
    READER_NESTING,
    RECORD_TAGS,
    VALUE_TAGS,
    Record,
    Value,
)

_RECORD_OF_TAG = {tag: kind for kind, tag in RECORD_TAGS.items()}
_VALUE_OF_TAG = {tag: kind for kind, tag in VALUE_TAGS.items()}
_JSON_EVENT_KINDS = {binary: kind for kind, binary in enumerate(BINARY_EVENT_KINDS)}

_TEXT_KEYS = {"String": "text", "Raw": "r", "Error": "msg"}
_WHOLE_WORD = frozenset({"Int", "Float"})
_ONE_BIT = frozenset({"Bool", "Sequence", "BigInt"})
_ONE_POINTER = frozenset({"Int", "Float", "Bool", "None"})


class Message(NamedTuple):
    """A `trace.bin` taken apart."""

    records: list[Record]
    split: list[int] | None
    """None for one segment, else the payloads in each segment from number 1 on."""
    raw: bytes
    """The message unpacked, with its segment table."""
    sizes: list[int]
    """Words of each segment."""
    is_plain: bool
    """One segment with the list of records first, as small files have it."""


def decode(data: bytes) -> tuple[list[Record], list[int] | None]:
    """The records of a `trace.bin`, and how it is split; Refused as for `read`."""
    message = read(data)
    return message.records, message.split


def read(data: bytes) -> Message:
    """Take a `trace.bin` apart.

    Refused for a file that breaks the structure (rule 5), that holds a record or value
    kind never written (8), or a value no reader can follow (20).
    """
    if data[: len(HEADER)] != HEADER:
        raise Refused(5, f"the file starts with {data[: len(HEADER)].hex()}")
    return _Reader(unpack(data[len(HEADER) :])).message()


def _signed(word: int) -> int:
    return word - (word >> 63 << 64)


class _Reader:
    """One message; indexes count its words from the segment table on."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.words = words_of(raw)
        self.owned = bytearray(len(self.words))
        self.record: int | None = None
        self.segments = self._segment_table()
        self.low, self.high = self.segments[0]
        self.segment = 0
        self.free = [low for low, _ in self.segments]  # where the next object begins
        self.pads: dict[int, int] = {}  # landing pads that were met: their targets
        self.values: dict[int, dict[str, Any]] = {}  # Value payloads, by first word
        self.lists: dict[tuple[int, int], list[Value]] = {}  # of values, with pointer

    def refuse(self, message: str, rule: int = 5) -> NoReturn:
        raise Refused(rule, message, self.record)

    def _segment_table(self) -> list[tuple[int, int]]:
        """First and last-but-one word of each segment; owns the table's words."""
        if not self.words:
            self.refuse("there is no message")
        count = (self.words[0] & 0xFFFFFFFF) + 1
        if count > MAX_SEGMENTS:
            self.refuse(f"{count} segments")
        low = count // 2 + 1
        if low > len(self.words):
            self.refuse("the segment table is cut")
        sizes = struct.unpack_from(f"<{2 * low - 1}I", self.raw, 4)
        if any(sizes[count:]):
            self.refuse("the segment table is not padded with zeros")
        self.owned[:low] = b"\1" * low
        segments = []
        for size in sizes[:count]:
            segments.append((low, low + size))
            low += size
        if low != len(self.words):
            self.refuse(f"{len(self.words)} words, {low} by the segment table")
        return segments

    # Objects: each is claimed once, by the first pointer to it.

    def claim(self, start: int, size: int) -> None:
        """Take note of an object that is not below a record."""
        end = start + size
        if start < self.low or end > self.high:
            self.refuse("a pointer leads out of its segment")
        if self.owned.find(1, start, end) >= 0:
            self.refuse(f"word {start} or one after it belongs to two objects")
        self.owned[start:end] = b"\1" * size

    def claim_next(self, start: int, size: int) -> None:
        """The same for an object in a payload, which stands behind the one before."""
        self.claim(start, size)
        if start != self.free[self.segment]:
            self.refuse(f"word {start} is not where the object before ends")
        self.free[self.segment] = start + size

    def target(self, at: int) -> int:
        offset = self.words[at] >> 2 & 0x3FFFFFFF
        return at + 1 + offset - (offset >> 29 << 30)

    def struct_at(self, at: int, layout: Layout) -> int:
        word = self.words[at]
        if word & 3 or word >> 32 != layout.header:
            self.refuse(f"word {at} is no pointer to a struct of {layout}")
        start = self.target(at)
        self.claim_next(start, layout.size)
        return start

    def number_at(self, at: int) -> int:
        return _signed(self.words[self.struct_at(at, NUMBER)])

    def list_at(self, at: int, layout: Layout) -> range:
        """The indexes of the elements of a list of structs."""
        word = self.words[at]
        if word & 3 != 1 or word >> 32 & 7 != INLINE_STRUCTS:
            self.refuse(f"word {at} is no pointer to a list of structs")
        size, start = word >> 35, self.target(at)
        self.claim_next(start, size + 1)
        tag = self.words[start]
        count = tag >> 2 & 0x3FFFFFFF
        if tag & 3 or tag >> 32 != layout.header or count * layout.size != size:
            self.refuse(f"word {start} is no tag of {size} words of {layout}")
        return range(start + 1, start + 1 + size, layout.size)

    def bytes_at(self, at: int) -> bytes:
        word = self.words[at]
        if word & 3 != 1 or word >> 32 & 7 != BYTES:
            self.refuse(f"word {at} is no pointer to bytes")
        count, start = word >> 35, self.target(at)
        size = (count + 7) // 8
        self.claim_next(start, size)
        found = self.raw[8 * start : 8 * (start + size)]
        if found[count:].strip(b"\0"):
            self.refuse(f"the bytes at word {start} are not padded with zeros")
        return found[:count]

    def text_at(self, at: int) -> str:
        found = self.bytes_at(at)
        if found[-1:] != b"\0":
            self.refuse(f"the text of word {at} does not end in a NUL")
        return found[:-1].decode("utf-8", "surrogateescape")

    def small_at(self, at: int) -> int:
        """A data word of which only the lowest 16 bits are in use."""
        word = self.words[at]
        if word >> 16:
            self.refuse(f"unused bits of word {at} are set")
        return word

    # The structs of 4.3.

    def message(self) -> Message:
        root = self.low
        self.claim_next(root, 1)
        records, counts = [], [0] * len(self.segments)
        entries = self.record_list(self.struct_at(root, TRACE))
        for self.record, entry in enumerate(entries):
            kind = _RECORD_OF_TAG.get(tag := self.small_at(entry))
            if kind is None:
                self.refuse(f"record tag {tag} is never written", rule=8)
            self.segment, (self.low, self.high) = 0, self.segments[0]
            at = self.landing_pad(entry + 1)
            if kind == "Value" and self.target(at) in self.values:
                records.append({kind: self.value_again(at)})
                continue
            counts[self.segment] += 1
            records.append({kind: self.payload(at, kind)})
        self.record = None
        unowned = self.owned.find(0)
        if unowned >= 0:
            self.refuse(f"word {unowned} belongs to no object")
        if len(counts) > 1 and counts[0]:
            self.refuse("of several segments the first holds payloads too")
        sizes = [high - low for low, high in self.segments]
        is_plain = len(counts) == 1 and entries.start == self.segments[0][0] + 3
        return Message(records, counts[1:] or None, self.raw, sizes, is_plain)

    def record_list(self, at: int) -> range:
        """The list of records, in front of the payloads or behind them."""
        behind = self.free[0]
        self.free[0] = self.target(at)
        entries = self.list_at(at, RECORD)
        if self.target(at) != behind:
            self.free[0] = behind
        return entries

    def landing_pad(self, at: int) -> int:
        """The pointer to a payload: `at` unless that one is far."""
        word = self.words[at]
        if word & 3 != 2:
            return at
        segment, pad = word >> 32, word >> 3 & 0x1FFFFFFF
        if word & 4 or not 0 < segment < len(self.segments):
            self.refuse(f"word {at} is no far pointer to another segment")
        self.segment, (self.low, self.high) = segment, self.segments[segment]
        pad += self.low
        if pad not in self.pads:
            self.claim(pad, 1)
            self.pads[pad] = self.target(pad)
        return pad

    def value_again(self, at: int) -> dict[str, Any]:
        """The payload of an earlier Value."""
        if self.words[at] & 3 or self.words[at] >> 32 != FULL_VALUE.header:
            self.refuse(f"word {at} is no pointer to a struct of {FULL_VALUE}")
        return self.values[self.target(at)]

    def payload(self, at: int, kind: str) -> Any:
        if kind == "VariableName":
            return self.text_at(at)
        start = self.struct_at(at, PAYLOADS[kind])
        match kind:
            case "Step":
                return {
                    "path_id": self.number_at(start),
                    "line": self.number_at(start + 1),
                }
            case "Path":
                return self.text_at(start)
            case "Type":
                return {
                    "kind": self.small_at(start),
                    "lang_type": self.text_at(start + 1),
                    "specific_info": self.type_info(start + 2),
                }
            case "Value":
                self.values[start] = self.full_value(start)
                return self.values[start]
            case "Function":
                return {
                    "path_id": self.number_at(start),
                    "line": self.number_at(start + 1),
                    "name": self.text_at(start + 2),
                }
            case "Call":
                function_id = self.number_at(start)
                arguments = self.list_at(start + 1, FULL_VALUE)
                return {
                    "function_id": function_id,
                    "args": [self.full_value(argument) for argument in arguments],
                }
            case "Return":
                return {"return_value": self.value(self.struct_at(start, VALUE), 0)}
            case "Event":
                return self.event(start)
        return self.words[start]

    def event(self, start: int) -> dict[str, Any]:
        kind = _JSON_EVENT_KINDS.get(number := self.small_at(start))
        if kind is None:
            self.refuse(f"event kind {number} does not exist", rule=8)
        content, metadata = self.text_at(start + 1), self.text_at(start + 2)
        return {"kind": kind, "metadata": metadata, "content": content}

    def type_info(self, at: int) -> dict[str, Any]:
        start = self.struct_at(at, TYPE_INFO)
        match self.small_at(start):
            case 0:
                if self.words[start + 1]:
                    self.refuse(f"unused pointer at word {start + 1}")
                return {"kind": "None"}
            case 1:
                fields = [
                    {"name": self.text_at(field), "type_id": self.number_at(field + 1)}
                    for field in self.list_at(start + 1, FIELD)
                ]
                return {"kind": "Struct", "fields": fields}
            case tag:
                self.refuse(f"type info tag {tag} is never written", rule=8)

    def full_value(self, start: int) -> dict[str, Any]:
        variable_id = self.number_at(start)
        value = self.value(self.struct_at(start + 1, VALUE), 0)
        return {"variable_id": variable_id, "value": value}

    def values_at(self, at: int, depth: int) -> list[Value]:
        """A list of values, which may have been met."""
        met = self.words[at] >> 32 << 2 | self.words[at] & 3, self.target(at)
        if met not in self.lists:
            inside = self.list_at(at, VALUE)
            self.lists[met] = [self.value(child, depth) for child in inside]
        return self.lists[met]

    def value(self, start: int, depth: int) -> Value:
        kind = _VALUE_OF_TAG.get(tag := self.small_at(start + 1))
        if kind is None:
            self.refuse(f"value tag {tag} is never written", rule=8)
        if depth > READER_NESTING:
            self.refuse(f"a value is nested deeper than {READER_NESTING}", rule=20)
        self._check_unused(start, kind)
        word, pointer = self.words[start], start + 3
        value: Value = {"kind": kind}
        if kind == "Int":
            value["i"] = _signed(word)
        elif kind == "Float":
            [value["f"]] = struct.unpack_from("<d", self.raw, 8 * start)
        elif kind == "Bool":
            value["b"] = bool(word)
        elif kind in _TEXT_KEYS:
            value[_TEXT_KEYS[kind]] = self.text_at(pointer)
        elif kind == "BigInt":
            value["b"] = b64encode(self.bytes_at(pointer)).decode()
            value["negative"] = bool(word)
        elif kind != "None":
            key = "field_values" if kind == "Struct" else "elements"
            value[key] = self.values_at(pointer, depth + 1)
            if kind == "Sequence":
                value["is_slice"] = bool(word)
        value["type_id"] = self.number_at(pointer + (kind not in _ONE_POINTER))
        return value

    def _check_unused(self, start: int, kind: str) -> None:
        words = self.words
        used_bits = 64 if kind in _WHOLE_WORD else 1 if kind in _ONE_BIT else 0
        first_free = start + (4 if kind in _ONE_POINTER else 5)
        if words[start] >> used_bits or words[start + 2]:
            self.refuse(f"unused bits of the {kind} at word {start} are set")
        if any(words[first_free : start + VALUE.size]):
            self.refuse(f"unused pointers of the {kind} at word {start} are set")
