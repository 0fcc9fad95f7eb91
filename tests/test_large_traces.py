"""`trace.bin` beyond 4 MiB: what is in the file already is pointed to.

The list of records stands behind the payloads. The same programs as in the golden
tests are recorded behind much output, and must say the same in both formats.
"""

from pathlib import Path

import pytest
from checker import equal_in_both_formats
from checker.capnp_write import PLAIN_SIZE
from readers_support import Readers
from recording import PROGRAMS, Recording, record
from test_golden import NAMES, golden_command

WITHOUT_OUTPUT = {"-c", "-m", "--io-capture", "--activation-path"}
COMMANDS = {
    name: command
    for name in NAMES
    if (command := golden_command(name))[-1].endswith(".py")
    and not WITHOUT_OUTPUT & {*command}
}


def assert_large(trace: Recording) -> None:
    data = trace.events_file.read_bytes()
    assert len(data) > PLAIN_SIZE
    assert data[28] == 0xFF  # the pointer to the list can be set in place
    assert (
        int.from_bytes(data[29:33], "little") >> 2 > PLAIN_SIZE // 8
    )  # words to the list


@pytest.mark.parametrize("name", COMMANDS)
def test_golden_programs(
    name: str, tmp_path: Path, optional_readers: Readers | None
) -> None:
    *options, program = COMMANDS[name]
    command = [*options, "behind_output.py", program]
    json_trace = record("json", command, PROGRAMS, tmp_path / "json")
    trace = record("binary", command, PROGRAMS, tmp_path / "binary")
    assert trace.outcome == json_trace.outcome
    trace.assert_clean()
    trace.assert_loads(optional_readers)
    assert_large(trace)
    assert equal_in_both_formats(json_trace.directory, trace.directory) == []


def test_values_that_come_again(
    tmp_path: Path, optional_readers: Readers | None
) -> None:
    """The first 4 MiB have each value at each step, all that follows takes little."""
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\n"
        "row = [[i, str(i)] for i in range(20)]\n"
        "def look(row, other):\n"
        "    return row is other\n"
        "for i in range(int(sys.argv[1])):\n"
        "    look(row, row)\n"
    )
    sizes = []
    for count in ("20", "1000", "1980"):
        trace = record("binary", [program, count], tmp_path, tmp_path / count)
        sizes.append(trace.events_file.stat().st_size)
    assert sizes[0] * 10 < PLAIN_SIZE < sizes[1]
    assert sizes[2] - sizes[1] < (sizes[1] - sizes[0]) / 4
    assert_large(trace)
    trace.assert_clean()
    trace.assert_loads(optional_readers)
