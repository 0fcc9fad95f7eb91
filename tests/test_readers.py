"""The reader binaries judge the worked examples of the format, whole and broken."""

from pathlib import Path

import pytest
from readers_support import TESTS, Counts, Readers, Refused, assert_readable, load

EXAMPLES = TESTS / "readers" / "examples"
FORMATS = ["json", "bin"]
WHOLE = {
    "fragment": Counts(7, step=1, call=1, return_=0, value=1, event=0),
    "half": Counts(26, step=5, call=3, return_=3, value=3, event=1),
}


def example(name: str, suffix: str) -> bytes:
    """The bytes of an example: ``NAME.json`` as it is, ``bin`` from ``NAME.hex``."""
    if suffix == "json":
        return (EXAMPLES / f"{name}.json").read_bytes()
    return bytes.fromhex((EXAMPLES / f"{name}.hex").read_text())


def write(tmp_path: Path, suffix: str, content: bytes) -> Path:
    events_file = tmp_path / f"trace.{suffix}"
    events_file.write_bytes(content)
    return events_file


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("name", WHOLE)
def test_examples_load_in_both_readers(
    readers: Readers, tmp_path: Path, name: str, suffix: str
) -> None:
    events_file = write(tmp_path, suffix, example(name, suffix))
    assert assert_readable(readers, events_file) == WHOLE[name]


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("name", WHOLE)
def test_a_file_short_of_a_byte_is_refused(
    readers: Readers, tmp_path: Path, name: str, suffix: str
) -> None:
    cut = example(name, suffix).removesuffix(b"\n")[:-1]
    events_file = write(tmp_path, suffix, cut)
    for reader in (readers.old, readers.new):
        with pytest.raises(Refused, match="status 1: error "):
            load(reader, events_file)


def test_a_panic_of_the_reader_is_a_refusal(readers: Readers, tmp_path: Path) -> None:
    events_file = write(tmp_path, "bin", b"not one of ours")
    for reader in (readers.old, readers.new):
        with pytest.raises(Refused, match="panic: Invalid file header"):
            load(reader, events_file)


def test_only_the_new_reader_knows_thread_records(
    readers: Readers, tmp_path: Path
) -> None:
    events_file = write(tmp_path, "bin", example("threads", "bin"))
    counts = assert_readable(readers, events_file, old_reader=False)
    assert counts == Counts(3, step=0, call=0, return_=0, value=0, event=0)
    with pytest.raises(Refused):
        assert_readable(readers, events_file)
