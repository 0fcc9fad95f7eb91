"""How many steps a trace has."""

from pathlib import Path

_MARK = b'"Step":'  # within texts the quotes are escaped
_BLOCK_SIZE = 1 << 20


def count_steps(file: Path) -> int:
    """The Step records of a trace.json, which may be larger than memory."""
    count, rest = 0, b""
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK_SIZE):
            block = rest + block
            count += block.count(_MARK)
            rest = block[1 - len(_MARK) :]
    return count
