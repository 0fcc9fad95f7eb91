"""Records to `trace.bin`, laid out as 4.4 says, with nothing that is pointed to twice.

A payload holds only pointers into itself here, so each is laid out on its own from word
0, and the place it gets matters to the pointer in the record list alone. Landing pads
(4.6) stand behind the payloads of their segment.
"""

import struct
from base64 import b64decode
from typing import Any

from .capnp import (
    BYTES,
    FIELD,
    FULL_VALUE,
    HEADER,
    INLINE_STRUCTS,
    NUMBER,
    PAYLOADS,
    RECORD,
    TRACE,
    TYPE_INFO,
    VALUE,
    Layout,
    bytes_of,
    words_of,
)
from .packing import pack
from .vocabulary import (
    BINARY_EVENT_KINDS,
    CHILDREN,
    RECORD_TAGS,
    VALUE_TAGS,
    Record,
    Value,
)

_WORD = 2**64 - 1


PLAIN_SIZE = 4 * 1024 * 1024  # bytes up to which the list precedes the payloads


def encode(records: list[Record], split: list[int] | None = None) -> bytes:
    """The bytes of `trace.bin` for records of correct shape; split as for `lay_out`."""
    if split is None:
        payloads = HEADER + _fixed([0, 0, 0]) + pack(bytes_of(_payloads(records)))
        if len(payloads) > PLAIN_SIZE:
            return encode_list_last(records)
    return to_bytes(lay_out(records, split))


def encode_list_last(records: list[Record]) -> bytes:
    """The file with the list of records behind the payloads, as large ones have it."""
    payloads = _payloads(records)
    words = [TRACE.header << 32, 0, *payloads]
    words[1] = _record_list(records)[1] | len(payloads) << 2
    entries = _record_list(records)[2:]
    start = 2
    for index, record in enumerate(records):
        at = _entry(entries, index, record, head=1)
        pointer, payload = encode_payload(record)
        distance = start - (len(words) + at + 1)
        entries[at] = pointer | distance << 2 & 0xFFFFFFFF
        start += len(payload)
    table = len(words) + len(entries) << 32
    head = _fixed([table, *words[:2]])
    return HEADER + head + pack(bytes_of(payloads)) + pack(bytes_of(entries))


def pack_message(raw: bytes) -> bytes:
    """The file of a message, with its segment table, as we write a large one.

    Empty if there is one segment and the file is not large.
    """
    words = words_of(raw[:24])
    if words[0] & 0xFFFFFFFF:  # several segments
        return HEADER + pack(raw)
    list_at = 8 * (3 + (words[2] >> 2 & 0x3FFFFFFF))
    payloads = HEADER + _fixed(list(words)) + pack(raw[24:list_at])
    return payloads + pack(raw[list_at:]) if len(payloads) > PLAIN_SIZE else b""


def _payloads(records: list[Record]) -> list[int]:
    return [word for record in records for word in encode_payload(record)[1]]


def _fixed(words: list[int]) -> bytes:
    """Words packed so that they can be overwritten in place (4.5)."""
    return b"".join(b"\xff" + bytes_of([word]) + b"\0" for word in words)


def to_bytes(message: list[list[int]]) -> bytes:
    """The file of a message that is given as the words of its segments."""
    table = [len(message) - 1, *map(len, message)]
    if len(table) % 2:
        table.append(0)
    raw = struct.pack(f"<{len(table)}I", *table) + b"".join(map(bytes_of, message))
    return HEADER + pack(raw)


def lay_out(records: list[Record], split: list[int] | None = None) -> list[list[int]]:
    """The words of each segment.

    split: None for one segment; for several, how many payloads each segment from
    number 1 on takes.
    """
    return _one_segment(records) if split is None else _segments(records, split)


def _one_segment(records: list[Record]) -> list[list[int]]:
    words = _record_list(records)
    for index, record in enumerate(records):
        at = _entry(words, index, record)
        pointer, payload = encode_payload(record)
        words[at] = pointer | len(words) - at - 1 << 2
        words += payload
    return [words]


def _segments(records: list[Record], split: list[int]) -> list[list[int]]:
    first = _record_list(records)
    message = [first]
    index = 0
    for number, count in enumerate(split, 1):
        payloads = [encode_payload(record) for record in records[index : index + count]]
        words = [word for _, payload in payloads for word in payload]
        start = 0
        for (pointer, payload), record in zip(payloads, records[index:], strict=False):
            first[_entry(first, index, record)] = 2 | len(words) << 3 | number << 32
            words.append(pointer | (start - len(words) - 1) << 2 & 0xFFFFFFFF)
            start += len(payload)
            index += 1
        message.append(words)
    return message


def _record_list(records: list[Record]) -> list[int]:
    """Root pointer, Trace, list tag, and the entries still without pointers."""
    count = len(records)
    return [
        TRACE.header << 32,
        1 | (INLINE_STRUCTS | count * RECORD.size << 3) << 32,
        count << 2 | RECORD.header << 32,
        *[0] * (count * RECORD.size),
    ]


def _entry(words: list[int], index: int, record: Record, head: int = 3) -> int:
    """Write a record's tag word, behind `head` words; the index of its pointer word."""
    at = head + index * RECORD.size
    words[at] = RECORD_TAGS[next(iter(record))]
    return at + 1


def encode_payload(record: Record) -> tuple[int, list[int]]:
    """(a pointer of offset 0 to it, its words), children included."""
    [(kind, body)] = record.items()
    if kind == "VariableName":
        text = [0]
        _put_text(text, 0, body)
        return text[0], text[1:]
    layout = PAYLOADS[kind]
    words = [0] * layout.size
    _put_body(words, kind, body)
    return layout.header << 32, words


def _put_body(words: list[int], kind: str, body: Any) -> None:
    match kind:
        case "Step":
            _put_number(words, 0, body["path_id"])
            _put_number(words, 1, body["line"])
        case "Path":
            _put_text(words, 0, body)
        case "Type":
            words[0] = body["kind"]
            _put_text(words, 1, body["lang_type"])
            _put_type_info(words, 2, body["specific_info"])
        case "Value":
            _put_full_value(words, 0, body)
        case "Function":
            _put_number(words, 0, body["path_id"])
            _put_number(words, 1, body["line"])
            _put_text(words, 2, body["name"])
        case "Call":
            _put_number(words, 0, body["function_id"])
            first = _put_list(words, 1, FULL_VALUE, len(body["args"]))
            for number, argument in enumerate(body["args"]):
                _put_full_value(words, first + number * FULL_VALUE.size, argument)
        case "Return":
            _put_value_struct(words, 0, body["return_value"])
        case "Event":
            words[0] = BINARY_EVENT_KINDS[body["kind"]]
            _put_text(words, 1, body["content"])
            _put_text(words, 2, body["metadata"])
        case _:
            words[0] = body


# Each _put_… appends an object and points the word at `at` to it.


def _put_struct(words: list[int], at: int, layout: Layout) -> int:
    start = len(words)
    words[at] = start - at - 1 << 2 | layout.header << 32
    words += [0] * layout.size
    return start


def _put_number(words: list[int], at: int, number: int) -> None:
    words[at] = len(words) - at - 1 << 2 | NUMBER.header << 32
    words.append(number & _WORD)


def _put_bytes(words: list[int], at: int, data: bytes) -> None:
    words[at] = 1 | len(words) - at - 1 << 2 | (BYTES | len(data) << 3) << 32
    words += words_of(data + bytes(-len(data) % 8))


def _put_text(words: list[int], at: int, text: str) -> None:
    _put_bytes(words, at, text.encode("utf-8", "surrogateescape") + b"\0")


def _put_list(words: list[int], at: int, layout: Layout, count: int) -> int:
    """A list of structs; the index of its first element."""
    size = INLINE_STRUCTS | count * layout.size << 3
    words[at] = 1 | len(words) - at - 1 << 2 | size << 32
    words.append(count << 2 | layout.header << 32)
    first = len(words)
    words += [0] * (count * layout.size)
    return first


def _put_type_info(words: list[int], at: int, info: dict[str, Any]) -> None:
    start = _put_struct(words, at, TYPE_INFO)
    if info["kind"] == "Struct":
        words[start] = 1
        first = _put_list(words, start + 1, FIELD, len(info["fields"]))
        for number, field in enumerate(info["fields"]):
            _put_text(words, first + number * FIELD.size, field["name"])
            _put_number(words, first + number * FIELD.size + 1, field["type_id"])


def _put_full_value(words: list[int], start: int, body: dict[str, Any]) -> None:
    _put_number(words, start, body["variable_id"])
    _put_value_struct(words, start + 1, body["value"])


def _put_value_struct(words: list[int], at: int, value: Value) -> None:
    put_value(words, _put_struct(words, at, VALUE), value)


def put_value(words: list[int], start: int, value: Value) -> None:
    """Fill the ValueRecord at `start`, of six zero words; append its children."""
    kind = value["kind"]
    words[start + 1] = VALUE_TAGS[kind]
    type_at = start + 4
    match kind:
        case "Int":
            words[start] = value["i"] & _WORD
            type_at = start + 3
        case "Float":
            [words[start]] = struct.unpack("<Q", struct.pack("<d", value["f"]))
            type_at = start + 3
        case "Bool":
            words[start] = int(value["b"])
            type_at = start + 3
        case "None":
            type_at = start + 3
        case "String":
            _put_text(words, start + 3, value["text"])
        case "Raw":
            _put_text(words, start + 3, value["r"])
        case "Error":
            _put_text(words, start + 3, value["msg"])
        case "BigInt":
            words[start] = int(value["negative"])
            _put_bytes(words, start + 3, b64decode(value["b"]))
        case _:
            inside = value[CHILDREN[kind]]
            words[start] = int(value.get("is_slice", False))
            first = _put_list(words, start + 3, VALUE, len(inside))
            for number, child in enumerate(inside):
                put_value(words, first + number * VALUE.size, child)
    _put_number(words, type_at, value["type_id"])
