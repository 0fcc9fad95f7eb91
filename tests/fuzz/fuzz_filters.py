"""fuzz_filters.py CORPUS...: filter files and what comes of them, under libFuzzer.

Run by tools/fuzz.sh, with atheris. The first byte of an input says what the rest is: a
filter file, a selector with a name, a compiled chain with some of its parts exchanged,
or a target of `--explain-filter`.
"""

import marshal
import sys
from pathlib import Path
from typing import Any

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
with atheris.instrument_imports(include=["codetracer_python_recorder.filters"]):
    from codetracer_python_recorder.filters.chain import Chain, builtin_file

import filter_checks as checks

CHAIN = marshal.loads(Chain([builtin_file()]).dump())


def exchanged(part: Any, data: Any, rounds: int = 6) -> Any:
    """The same, but for one part deep in it."""
    if type(part) is tuple and part and rounds:
        at = data.ConsumeIntInRange(0, len(part) - 1)
        return (
            *part[:at],
            exchanged(part[at], data, rounds - 1),
            *part[at + data.ConsumeIntInRange(0, 2) :],
        )
    if type(part) is bytes and data.ConsumeBool():
        at = data.ConsumeIntInRange(0, len(part))
        new: bytes = data.ConsumeBytes(8)
        return part[:at] + new + part[at + len(new) :]
    choices = [None, data.ConsumeInt(4), data.ConsumeUnicode(8), (), -(2**70), b"\0"]
    return data.PickValueInList(choices)


def test_one(raw: bytes) -> None:
    """One input."""
    kind, rest = raw[:1], raw[1:]
    if kind == b"f":
        checks.check_file(rest)
        return
    data = atheris.FuzzedDataProvider(rest)
    if kind == b"s":
        text = rest.decode("utf-8", "surrogateescape")
        selector, _, name = text.partition("\n")
        checks.check_selector(selector, name)
    elif kind == b"c":
        checks.check_chain(exchanged(CHAIN, data))
    elif kind == b"t":
        checks.check_target(rest.decode("utf-8", "surrogateescape"))


if __name__ == "__main__":
    atheris.Setup(sys.argv, test_one)
    atheris.Fuzz()
