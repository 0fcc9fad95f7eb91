"""The packing of Cap'n Proto messages (4.5), as we write it; reading takes any choice.

Most words of a trace occur many times, so both directions look them up whole.
"""

from .problems import Refused

_ZERO = bytes(8)
_BYTES_OF_TAG = tuple(tag.bit_count() for tag in range(256))


def pack(raw: bytes) -> bytes:
    """Whole words to packed bytes: runs of zeros, and of words with at most one."""
    packed_of: dict[bytes, bytes] = {}
    parts: list[bytes] = []
    position, end = 0, len(raw)
    while position < end:
        word = raw[position : position + 8]
        packed = packed_of.get(word)
        if packed is None:
            packed = packed_of[word] = _pack_word(word)
        parts.append(packed)
        position += 8
        if len(packed) == 1:
            run = _zero_run(raw, position)
            parts.append(bytes([run]))
            position += 8 * run
        elif len(packed) == 9:
            run = _literal_run(raw, position)
            parts.append(bytes([run]))
            parts.append(raw[position : position + 8 * run])
            position += 8 * run
    return b"".join(parts)


def _pack_word(word: bytes) -> bytes:
    tag = sum(1 << place for place, byte in enumerate(word) if byte)
    return bytes([tag]) + word.replace(b"\0", b"")


def _zero_run(raw: bytes, position: int) -> int:
    run = 0
    while run < 255 and raw[position : position + 8] == _ZERO:
        run += 1
        position += 8
    return run


def _literal_run(raw: bytes, position: int) -> int:
    run = 0
    while run < 255:
        word = raw[position : position + 8]
        if len(word) < 8 or word.count(0) > 1:
            break
        run += 1
        position += 8
    return run


def unpack(data: bytes) -> bytes:
    """Packed bytes to whole words; Refused (rule 5) if they end inside a word."""
    word_of: dict[bytes, bytes] = {}
    parts: list[bytes] = []
    position, end = 0, len(data)
    try:
        while position < end:
            tag = data[position]
            if tag == 0:
                parts.append(_ZERO * (data[position + 1] + 1))
                position += 2
            elif tag == 0xFF:
                after = position + 10 + 8 * data[position + 9]
                parts.append(data[position + 1 : position + 9])
                parts.append(data[position + 10 : after])
                position = after
            else:
                after = position + 1 + _BYTES_OF_TAG[tag]
                packed = data[position:after]
                word = word_of.get(packed)
                if word is None:
                    word = word_of[packed] = _unpack_word(packed)
                parts.append(word)
                position = after
    except IndexError:
        position = end + 1
    if position != end:
        raise Refused(5, "the packed message is cut")
    return b"".join(parts)


def _unpack_word(packed: bytes) -> bytes:
    tag, rest = packed[0], iter(packed[1:])
    return bytes(next(rest, 0) if tag >> place & 1 else 0 for place in range(8))
