"""Limits that a user sets: the recording ends there, and the program runs on."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from recording import Recording, record, run

from .unfinished import assert_good, recover, wait_until_left_alone

PROGRAM = """
import sys
def f(n):
    found = []
    for i in range(n):
        found = [i, str(i) * 20]
    return found
f(20000)
print("done")
print("said", file=sys.stderr)
sys.exit(3)
"""
SIZE = 300_000


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


def assert_untouched(recording: Recording) -> None:
    outcome = recording.outcome
    assert (outcome.status, outcome.stdout, outcome.stderr) == (3, b"done\n", b"said\n")


def assert_limited(recording: Recording, note: str) -> None:
    """The trace is good and says that a limit ended it, and which."""
    assert_good(recording)
    metadata = recording.metadata
    assert metadata["end"] == {"reason": "limit", "complete": True}
    assert metadata["process_exit_status"] == {"code": None, "label": "<exit>"}
    assert note in metadata["notes"][0]
    assert metadata["counts"]["steps"] > 100


NOTE = f"The recording ended before the program: max_trace_size, {SIZE} bytes, was"


@pytest.mark.parametrize("trace_format", ["json", "binary"])
def test_max_trace_size(trace_format: str, program: Path, tmp_path: Path) -> None:
    options = ["--max-trace-size", str(SIZE)]
    recording = record(trace_format, [program], tmp_path, tmp_path / "t", options)
    assert_untouched(recording)
    assert_limited(recording, NOTE)
    assert 0.9 * SIZE < recording.events_file.stat().st_size < 1.1 * SIZE


def test_max_trace_size_is_where_the_trace_is_cut(
    program: Path, tmp_path: Path
) -> None:
    """It is the beginning of the whole trace, whoever writes it and when."""
    whole = record("json", [program], tmp_path, tmp_path / "whole")
    options = ["--max-trace-size", "292.96875 KiB"]
    cut = record("json", [program], tmp_path, tmp_path / "cut", options)
    assert_limited(cut, NOTE)
    kept = cut.events_file.read_bytes()
    assert whole.events_file.read_bytes().startswith(kept[:SIZE])


def test_a_size_that_is_never_reached(program: Path, tmp_path: Path) -> None:
    options = ["--max-trace-size", "1G"]
    recording = record("json", [program], tmp_path, tmp_path / "t", options)
    assert_untouched(recording)
    assert recording.metadata["end"] == {"reason": "exit", "complete": True}
    assert recording.metadata["notes"] == []


@pytest.mark.parametrize("trace_format", ["json", "binary"])
def test_min_free(trace_format: str, program: Path, tmp_path: Path) -> None:
    """No disk has that much: the recording ends where it first needs more room."""
    options = ["--min-free", "4000T"]
    recording = record(trace_format, [program], tmp_path, tmp_path / "t", options)
    assert_untouched(recording)
    assert_limited(recording, "the trace's file system has less free than min_free, 43")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a file system")
def test_min_free_by_default(program: Path, tmp_path: Path) -> None:
    """A twentieth of a small disk stays free of the tape."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "none", disk]
    if subprocess.run(mount, check=False).returncode != 0:
        pytest.skip("cannot mount a file system")
    try:
        recording = record("json", [program], tmp_path, disk / "t")
        assert recording.outcome.stdout == b"done\n"
        wait_until_left_alone(disk / "t")  # the helper tries again, and goes
        shutil.copytree(disk / "t", tmp_path / "t")
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)
    if not (tmp_path / "t" / "trace_metadata.json").exists():
        assert recover(tmp_path / "t").status == 0
    note = "the trace's file system has less free than min_free, 20480 bytes"
    assert_limited(Recording(tmp_path / "t", recording.outcome), note)


VARIABLES = {
    "CODETRACER_MAX_TRACE_SIZE": (f"{SIZE}", NOTE),
    "CODETRACER_MIN_FREE": ("4000tib", "less free than min_free"),
}


@pytest.mark.parametrize("name", VARIABLES)
def test_from_the_environment(name: str, program: Path, tmp_path: Path) -> None:
    value, note = VARIABLES[name]
    recording = record("json", [program], tmp_path, tmp_path / "t", (), {name: value})
    assert_untouched(recording)
    assert_limited(recording, note)


def test_from_the_api(tmp_path: Path) -> None:
    """The recording is over in the middle of the block, and nothing is raised."""
    script = tmp_path / "script.py"
    script.write_text(
        "import codetracer_python_recorder as recorder\n"
        + PROGRAM.partition("f(20000)")[0]
        + f"""
for name in ("a", "b"):
    with recorder.trace(name, format="json", policy={{"max_trace_size": {SIZE}}}):
        found = f(20000)
    print(found[0], recorder.is_tracing())
"""
    )
    outcome = run([script], tmp_path)
    expected = b"19999 False\n" * 2
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, expected, b"")
    for name in ("a", "b"):
        assert_limited(Recording(tmp_path / name, outcome), NOTE)


@pytest.mark.parametrize("option", ["--max-trace-size", "--min-free"])
@pytest.mark.parametrize("value", ["", "-1", "1Q", "lots", "0x10", "1.2.3M"])
def test_bad_values_on_the_command_line(
    option: str, value: str, program: Path, tmp_path: Path
) -> None:
    refused = record("json", [program], tmp_path, tmp_path / "t", [f"{option}={value}"])
    assert refused.outcome.status == 2
    message, advice = refused.outcome.stderr.decode().splitlines()[-2:]
    text = f"argument {option}: {value!r} is no size such as 500M or 1.5G"
    assert message.endswith(text)
    assert advice == f"Type: {option} SIZE"
    assert not (tmp_path / "t").exists()


def test_sizes_of_the_policy(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("""
import json
import codetracer_python_recorder as recorder

def show(**settings):
    try:
        recorder.configure_policy(**settings)
    except recorder.UsageError as error:
        print(json.dumps([error.code, str(error)]))
    else:
        snapshot = recorder.policy_snapshot()
        print(json.dumps([snapshot["max_trace_size"], snapshot["min_free"]]))

show()
show(max_trace_size=5, min_free=0)
show(max_trace_size=" 1.5 kb ", min_free="2GiB")
show(max_trace_size=None, min_free="")
show(max_trace_size=0)
show(max_trace_size=True)
show(min_free=-1)
show(min_free="9999999999T")
show(max_trace_size=2.5)
""")
    outcome = run([script], tmp_path)
    *shown, zero, truth, negative, huge, real = map(
        json.loads, outcome.stdout.splitlines()
    )
    assert shown == [[None, None], [5, 0], [1536, 2**31], [1536, None]]
    for code, text in (zero, truth, negative, huge, real):
        assert code == "ERR_INVALID_POLICY_VALUE"
        assert "expected a number of bytes of at least " in text
        assert "such as 500M or 1.5G" in text
    assert "invalid value 0 for max_trace_size" in zero[1]
    assert "invalid value -1 for min_free" in negative[1]
