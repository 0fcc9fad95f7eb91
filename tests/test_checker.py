"""The checker itself: it takes good traces, and refuses a broken one for each rule.

A broken trace is a good one with one text replaced; it must be refused with the number
of the rule it breaks and no other.
"""

import json
import re
import struct
from pathlib import Path

import pytest
from checker import (
    Refused,
    capnp_read,
    capnp_write,
    check_trace,
    equal_in_both_formats,
    json_format,
    load_records,
)
from checker.__main__ import main
from checker.broken import ERROR_EVENT, IN_GOOD, IN_JSON, IN_THREADS, LAST, tuples
from checker.capnp import bytes_of, words_of
from checker.packing import pack, unpack
from checker.samples import (
    FRAGMENT_BINARY,
    FRAGMENT_JSON,
    FRAGMENT_WORDS,
    GOOD,
    LARGER_BINARY,
    LARGER_JSON,
    THREADS,
    json_file,
    metadata,
    records,
    write_trace,
)

FORMATS = ("trace.json", "trace.bin")
HEADER = bytes.fromhex("c0de72ace2000000")


def rules(directory: Path) -> list[int]:
    """The rules that a trace breaks, each once; all problems must be printable."""
    return sorted({p.rule for p in check_trace(directory) if str(p)})


def replaced(text: str, old: str, new: str) -> str:
    """A text with one part replaced, which must stand in it exactly once."""
    assert text.count(old) == 1, f"{text.count(old)} times {old!r}"
    return text.replace(old, new)


def without_thread_records(lines: str) -> str:
    return re.sub(r'\{"Thread.*\n', "", lines)


# The worked examples.


def example(hexadecimal: str) -> bytes:
    """Bytes in hexadecimal, where a lone `0` is a zero word."""
    words = hexadecimal.split()
    return bytes.fromhex("".join("0" * 16 if word == "0" else word for word in words))


@pytest.mark.parametrize(
    ("lines", "binary"),
    [(FRAGMENT_JSON, FRAGMENT_BINARY), (LARGER_JSON, LARGER_BINARY)],
    ids=["4.7", "7"],
)
def test_worked_example(lines: str, binary: str) -> None:
    listing = json.loads(lines)
    text = lines.strip("\n").encode() + b"\n"
    assert json_format.decode(text) == listing
    assert json_format.encode(listing) == text
    one_a_line = "\n".join(line.rstrip(",") for line in lines.strip("\n").split("\n"))
    with_floats = records(one_a_line[2:-2], floats=True)
    data = bytes.fromhex(binary)
    assert capnp_read.decode(data) == (with_floats, None)
    assert capnp_write.encode(with_floats) == data


def test_worked_example_in_words() -> None:
    [words] = capnp_write.lay_out(json.loads(FRAGMENT_JSON))
    assert bytes_of(words) == bytes.fromhex(FRAGMENT_WORDS)


def test_larger_example_is_a_good_trace(tmp_path: Path) -> None:
    lines = "\n".join(json_format.compact(r) for r in json.loads(LARGER_JSON))
    for events in FORMATS:
        assert check_trace(write_trace(tmp_path / events, lines, events=events)) == []
    assert (tmp_path / "trace.bin/trace.bin").stat().st_size == 676


VALUES = [
    (
        {"kind": "Bool", "b": True, "type_id": 3},
        "0100000000000000 0200000000000000 0 0800000001000000 0 0 0300000000000000",
        "01010102000011080100010103",
    ),
    (
        {"kind": "Float", "f": 1.5, "type_id": 3},
        "000000000000f83f 0100000000000000 0 0800000001000000 0 0 0300000000000000",
        "c0f83f0101000011080100010103",
    ),
    (
        {"kind": "String", "text": "ab", "type_id": 4},
        "0 0300000000000000 0 090000001a000000 0800000001000000 0 6162000000000000"
        " 0400000000000000",
        "00000103000011091a11080100000361620104",
    ),
    (
        {"kind": "BigInt", "b": "AQAAAAAAAAAA", "negative": True, "type_id": 2},
        "0100000000000000 0d00000000000000 0 090000004a000000 0c00000001000000 0"
        " 0100000000000000 0000000000000000 0200000000000000",
        "0101010d000011094a110c010000010100000102",
    ),
    (
        {
            "kind": "Sequence",
            "elements": [{"kind": "Int", "i": 7, "type_id": 2}],
            "is_slice": False,
            "type_id": 5,
        },
        "0 0400000000000000 0 0900000037000000 2400000001000000 0 0400000003000300"
        " 0700000000000000 0 0 0800000001000000 0 0 0200000000000000 0500000000000000",
        "00000104000011093711240100005104030301070001110801000101020105",
    ),
]


@pytest.mark.parametrize(("value", "words", "packed"), VALUES)
def test_value_example(value: dict, words: str, packed: str) -> None:
    pointer, payload = capnp_write.encode_payload({"Return": {"return_value": value}})
    assert (pointer, payload[0]) == (0x1_0000 << 32, 0x3_0003 << 32)
    laid_out = bytes_of(payload[1:])
    assert laid_out == example(words)
    assert pack(laid_out) == bytes.fromhex(packed)
    assert unpack(bytes.fromhex(packed)) == laid_out
    data = capnp_write.encode([{"Return": {"return_value": value}}])
    assert capnp_read.decode(data) == ([{"Return": {"return_value": value}}], None)


def test_two_segments_example() -> None:
    segments = """
        0100000005000000 0500000000000000
        0000000000000100 0100000017000000 0400000001000100 0 2200000001000000
        0400000001000000 0400000001000000 0 0700000000000000 ecffffff00000200"""
    listing = [{"Step": {"path_id": 0, "line": 7}}]
    data = HEADER + pack(example(segments))
    assert capnp_read.decode(data) == (listing, [1])
    assert capnp_write.encode(listing, split=[1]) == data


def test_thread_records_example() -> None:
    data = bytes.fromhex(
        "c0de72ace2000000 100c4001110137510c010101151110010117110c0101161108010102"
        "01020102"
    )
    listing = [{"ThreadStart": 2}, {"ThreadSwitch": 2}, {"ThreadExit": 2}]
    assert capnp_read.decode(data) == (listing, None)
    assert capnp_write.encode(listing) == data


@pytest.mark.parametrize(
    ("words", "packed"),
    [
        ("0800000003000200", "51080302"),
        ("0 0 0 0", "0003"),
        ("feffffffffffffff 0 0", "fffeffffffffffffff000001"),
        ("0102030405060708 0102030405060700", "ff0102030405060708010102030405060700"),
    ],
)
def test_packing_example(words: str, packed: str) -> None:
    assert pack(example(words)) == bytes.fromhex(packed)
    assert unpack(bytes.fromhex(packed)) == example(words)


def test_packing_of_long_runs() -> None:
    raw = bytes(8 * 600) + b"\1" * (8 * 600) + bytes(8)
    runs = "00ff00ff0057" + ("ff" + "01" * 8 + "ff" + "01" * 8 * 255) * 2
    runs += "ff" + "01" * 8 + "57" + "01" * 8 * 87 + "0000"
    assert pack(raw).hex() == runs
    assert unpack(pack(raw)) == raw


def test_any_bits_of_a_float_stay() -> None:
    for bits in (0x7FF0000000000001, 0xFFF8000000000000, 1 << 63, 1):
        [number] = struct.unpack("<d", bits.to_bytes(8, "little"))
        value = {"kind": "Float", "f": number, "type_id": 0}
        data = capnp_write.encode([{"Return": {"return_value": value}}])
        assert capnp_write.encode(capnp_read.decode(data)[0]) == data


# Good traces.


@pytest.mark.parametrize("events", FORMATS)
@pytest.mark.parametrize("lines", [GOOD, THREADS], ids=["GOOD", "THREADS"])
def test_good_trace(tmp_path: Path, lines: str, events: str) -> None:
    assert check_trace(write_trace(tmp_path, lines, events=events)) == []


@pytest.mark.parametrize("events", FORMATS)
def test_good_trace_of_threads_without_thread_records(
    tmp_path: Path, events: str
) -> None:
    lines = without_thread_records(THREADS)
    write_trace(tmp_path, lines, events=events, counts__threads=2)
    assert check_trace(tmp_path) == []


@pytest.mark.parametrize("events", FORMATS)
def test_good_trace_without_recorded_code(tmp_path: Path, events: str) -> None:
    lines = "\n".join(
        [
            *GOOD.strip("\n").split("\n")[:4],
            '{"Step":{"path_id":0,"line":1}}',
            '{"Type":{"kind":9,"lang_type":"str","specific_info":{"kind":"None"}}}',
            '{"Return":{"return_value":{"kind":"String","text":"<exit>","type_id":1}}}',
        ]
    )
    status = {"code": None, "label": "<exit>"}
    write_trace(tmp_path, lines, events=events, process_exit_status=status)
    assert check_trace(tmp_path) == []


def test_several_segments_only_beyond_the_limit(tmp_path: Path) -> None:
    listing = records(GOOD, floats=True)
    split = [20, 0, len(listing) - 20]
    data = capnp_write.encode(listing, split)
    write_trace(tmp_path, GOOD, events="trace.bin", data=data)
    assert load_records(tmp_path) == listing
    assert rules(tmp_path) == [5]
    most = max(map(len, capnp_write.lay_out(listing, split)))
    assert check_trace(tmp_path, segment_words=most) == []
    assert check_trace(tmp_path, segment_words=most - 1) != []


def test_list_last_only_in_large_files(tmp_path: Path) -> None:
    listing = records(GOOD, floats=True)
    data = capnp_write.encode_list_last(listing)
    write_trace(tmp_path, GOOD, events="trace.bin", data=data)
    assert load_records(tmp_path) == listing
    assert rules(tmp_path) == [5]
    many = [listing[0], *[{"VariableName": "abcdefgh" * 1000}] * 525]
    assert capnp_write.encode(many) == capnp_write.encode_list_last(many)
    assert capnp_read.decode(capnp_write.encode(many)) == (many, None)


# Broken traces: one text of a good one replaced.


def by_name(rows: list[tuple[str, int, str, str]]) -> list:
    """Parameters of a test, one per row, with readable names."""
    return [pytest.param(*row[1:], id=f"{row[1]}-{row[0]}") for row in rows]


@pytest.mark.parametrize("events", FORMATS)
@pytest.mark.parametrize(("rule", "old", "new"), by_name(IN_GOOD))
def test_broken_rule(
    tmp_path: Path, events: str, rule: int, old: str, new: str
) -> None:
    write_trace(tmp_path, replaced(GOOD, old, new), events=events)
    assert rules(tmp_path) == [rule]


@pytest.mark.parametrize("events", FORMATS)
@pytest.mark.parametrize(("rule", "old", "new"), by_name(IN_THREADS))
def test_broken_rule_on_threads(
    tmp_path: Path, events: str, rule: int, old: str, new: str
) -> None:
    write_trace(tmp_path, replaced(THREADS, old, new), events=events)
    assert rules(tmp_path) == [rule]


@pytest.mark.parametrize(("rule", "old", "new"), by_name(IN_JSON))
def test_broken_rule_in_json(tmp_path: Path, rule: int, old: str, new: str) -> None:
    write_trace(tmp_path, GOOD, data=json_file(replaced(GOOD, old, new)))
    assert rules(tmp_path) == [rule]


SWITCH_BACK = '{"ThreadExit":2}\n{"ThreadSwitch":1}\n'
CALL_BLOCK = '{"Step":{"path_id":0,"line":9}}\n{"Call":{"function_id":1,"args":[]}}\n'


@pytest.mark.parametrize(
    ("expected", "lines"),
    [
        pytest.param([12, 15], replaced(THREADS, SWITCH_BACK, ""), id="end in 2"),
        pytest.param(
            [13, 15],
            replaced(
                THREADS,
                SWITCH_BACK + CALL_BLOCK,
                CALL_BLOCK.replace("\n", '\n{"ThreadSwitch":1}\n', 1),
            ),
            id="split call block",
        ),
        pytest.param(
            [10, 18],
            replaced(
                GOOD,
                '"kind":16,"lang_type":"ValueError"',
                '"kind":30,"lang_type":"None"',
            ).replace(
                '{"kind":"Raw","r":"ValueError()","type_id":14}',
                '{"kind":"None","type_id":14}',
            ),
            id="second None",
        ),
    ],
)
@pytest.mark.parametrize("events", FORMATS)
def test_broken_rules(
    tmp_path: Path, events: str, expected: list[int], lines: str
) -> None:
    assert rules(write_trace(tmp_path, lines, events=events)) == expected


def test_trace_without_any_step(tmp_path: Path) -> None:
    head, tail = GOOD.split('{"Step"', 1)[0], GOOD.strip("\n").split("\n")[-2:]
    int_type = '{"Type":{"kind":7,"lang_type":"int","specific_info":{"kind":"None"}}}'
    lines = "\n".join([head.strip("\n"), int_type, *tail])
    assert rules(write_trace(tmp_path, lines)) == [13]


@pytest.mark.parametrize("events", FORMATS)
def test_depth_28_is_good(tmp_path: Path, events: str) -> None:
    lines = replaced(GOOD, '{"kind":"Int","i":1,"type_id":1}', tuples(28))
    assert check_trace(write_trace(tmp_path, lines, events=events)) == []


def test_incomplete_trace_may_define_in_vain(tmp_path: Path) -> None:
    lines = replaced(GOOD, LAST, '{"VariableName":"z"}\n' + LAST)
    end = {"reason": "killed", "complete": False}
    assert check_trace(write_trace(tmp_path, lines, end=end)) == []


# Rule 1: the folder.


@pytest.mark.parametrize("events", FORMATS)
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("trace_metadata.json", None),
        ("trace_metadata.json", b""),
        ("trace_metadata.json", b'{"workdir":"/w",}'),
        ("trace_metadata.json", b'{"workdir":"/w","workdir":"/w"}'),
        ("trace_paths.json", None),
        ("trace_paths.json", b'["/w/t.py"'),
        ("trace_paths.json", b'["\xff"]\n'),
        ("trace.json.tmp", b""),
        (".trace_metadata.json.123", b"{}"),
    ],
)
def test_broken_folder(
    tmp_path: Path, events: str, name: str, content: bytes | None
) -> None:
    write_trace(tmp_path, GOOD, events=events)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    assert rules(tmp_path) == [1]


def test_not_one_events_file(tmp_path: Path) -> None:
    write_trace(tmp_path, GOOD, events="trace.json")
    write_trace(tmp_path, GOOD, events="trace.bin")
    assert rules(tmp_path) == [1]
    for name in FORMATS:
        (tmp_path / name).unlink()
    assert rules(tmp_path) == [1]
    with pytest.raises(Refused):
        load_records(tmp_path)


# Rules 2 and 3: the files beside the events.


@pytest.mark.parametrize(
    "content",
    [
        '["/w/t.py"]\n',
        '["/w/u.py","/w/t.py"]\n',
        "{}\n",
        '["/w/t.py","/w/u.py"]',
        '["/w/t.py", "/w/u.py"]\n',
        '["/w\\/t.py","/w/u.py"]\n',
    ],
)
def test_broken_paths(tmp_path: Path, content: str) -> None:
    write_trace(tmp_path, GOOD)
    (tmp_path / "trace_paths.json").write_text(content)
    assert rules(tmp_path) == [2]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("workdir", None),
        ("workdir", "w"),
        ("program", ["/w/t.py"]),
        ("args", "x"),
        ("args", [1]),
        ("recording_id", "019A9C3E-5B7A-7C21-9D54-0F6B2A1E8C77"),
        ("recording_id", "019a9c3e-5b7a-4c21-9d54-0f6b2a1e8c77"),
        ("recorder__name", "recorder"),
        ("recorder", {}),
        ("trace_filter__filters", [{}]),
        ("trace_filter__stats__scopes_skipped", -1),
        ("trace_filter__stats__value_drops", 0),
        ("process_exit_status", {"code": 1, "label": None}),
        ("process_exit_status", {"code": None, "label": None}),
        ("process_exit_status", {"code": None, "label": "<exit>"}),
        ("process_exit_status", {"label": None, "code": 0}),
        ("end__reason", "crash"),
        ("end__complete", 1),
        ("counts__steps", 0),
        ("counts__calls", 3),
        ("counts__values", 14),
        ("counts__events", 2),
        ("counts__threads", 0),
        ("counts__threads", True),
        ("counts__truncated_values", 5),
        ("counts__truncated_values", 10),
        ("notes", None),
        ("diff", {}),
        ("extra", 1),
    ],
)
def test_broken_metadata(tmp_path: Path, key: str, value: object) -> None:
    assert rules(write_trace(tmp_path, GOOD, **{key: value})) == [3]


def test_metadata_in_other_bytes(tmp_path: Path) -> None:
    write_trace(tmp_path, GOOD)
    document = metadata(GOOD)
    backwards = dict(reversed(document.items()))
    for text in (
        json.dumps(document),
        json_format.compact(document),
        json_format.compact(backwards) + "\n",
    ):
        (tmp_path / "trace_metadata.json").write_text(text)
        assert rules(tmp_path) == [3]


@pytest.mark.parametrize(
    ("reason", "expected"), [("recorder_error", []), ("exit", [3])]
)
def test_disabled_after_a_failure_only(
    tmp_path: Path, reason: str, expected: list[int]
) -> None:
    exit_int = '{"kind":"Int","i":0,"type_id":1}'
    exit_text = '{"kind":"String","text":"<disabled>","type_id":4}'
    status = {"code": None, "label": "<disabled>"}
    lines = replaced(GOOD, exit_int, exit_text)
    write_trace(tmp_path, lines, process_exit_status=status, end__reason=reason)
    assert rules(tmp_path) == expected


def test_number_of_threads(tmp_path: Path) -> None:
    assert rules(write_trace(tmp_path, THREADS, counts__threads=3)) == [3]


# Rule 4: the bytes of trace.json around the records.


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"[\n", b"["),
        (b"[\n", b"\xef\xbb\xbf[\n"),
        (b"\n]\n", b"\n]"),
        (b"\n]\n", b"\n"),
        (b"\n]\n", b"\n]\n[]\n"),
        (b"\n]\n", b"\n]\n\n"),
        (b"\n]\n", b"\r\n]\n"),
    ],
)
def test_broken_json_file(tmp_path: Path, old: bytes, new: bytes) -> None:
    data = json_file(GOOD)
    start = data.index(old) if old[:1] == b"[" else data.rindex(old)
    data = data[:start] + new + data[start + len(old) :]
    assert rules(write_trace(tmp_path, GOOD, data=data)) == [4]


@pytest.mark.parametrize("data", [b"", b"{}", b"null\n", b"[" * 100_000])
def test_no_json_array(tmp_path: Path, data: bytes) -> None:
    assert rules(write_trace(tmp_path, GOOD, data=data)) in ([4], [20])


# Rule 5: the bytes of trace.bin. The words are those of the fragment of 4.7, counted
# from the segment table, which is word 0 here.


def refused_words(words: list[int]) -> int:
    """The rule by which the file of these words is refused."""
    with pytest.raises(Refused) as caught:
        capnp_read.decode(HEADER + pack(bytes_of(words)))
    return caught.value.problem.rule


@pytest.mark.parametrize(
    ("word", "value", "rule"),
    [
        pytest.param(0, 0x32_0000_0000, 5, id="segment one word short"),
        pytest.param(0, 0x34_0000_0000, 5, id="segment one word long"),
        pytest.param(0, 0x33_0000_0001, 5, id="segments without words"),
        pytest.param(0, 0x33_0000_0200, 5, id="512 segments and more"),
        pytest.param(1, 0, 5, id="no root"),
        pytest.param(2, 0x73_0000_0001, 5, id="list of a word less than 14"),
        pytest.param(3, 0x1_0001_0000_0018, 5, id="tag of one element less"),
        pytest.param(4, 0x1_0001, 5, id="bits beside a record tag"),
        pytest.param(4, 3, 8, id="Variable"),
        pytest.param(4, 20, 8, id="DropLastStep"),
        pytest.param(5, 0, 5, id="null payload"),
        pytest.param(5, 0x1_0000_0000_0034, 5, id="payload one word later"),
        pytest.param(5, 0x1_0000_0000_4000, 5, id="payload out of the segment"),
        pytest.param(5, 0x1_0000_FFFF_FFE0, 5, id="payload before the segment"),
        pytest.param(5, 0x2, 5, id="far pointer to segment 0"),
        pytest.param(6, 7, 5, id="Function as Call"),
        pytest.param(18, 0x3A_0000_0001, 5, id="text without its NUL"),
        pytest.param(18, 0x42_0000_0005, 5, id="text of another word"),
        pytest.param(20, 0x2_0000_0008, 5, id="id of two words"),
        pytest.param(28, 0x5, 5, id="null list"),
        pytest.param(26, 0x0100_0000_003E_6C, 5, id="padding of a text"),
        pytest.param(30, 0x2_0000_0000_0004, 5, id="tag of an element not there"),
        pytest.param(33, 0, 5, id="null TypeInfo"),
        pytest.param(35, 2, 8, id="Pointer type"),
        pytest.param(35, 1, 5, id="Struct type without fields"),
        pytest.param(36, 0x1, 5, id="unused pointer"),
        pytest.param(43, 0x3_0002_0000_0004, 5, id="ValueRecord of five words"),
        pytest.param(46, 12, 8, id="Cell"),
        pytest.param(46, 2, 5, id="Bool with an Int's bits"),
        pytest.param(46, 11, 5, id="None with an Int's bits"),
        pytest.param(46, 0x1_0000, 5, id="bits beside a value tag"),
        pytest.param(47, 1, 5, id="unused data word"),
        pytest.param(49, 1, 5, id="unused pointer of a value"),
    ],
)
def test_broken_words(word: int, value: int, rule: int) -> None:
    words = list(words_of(unpack(bytes.fromhex(FRAGMENT_BINARY)[8:])))
    assert words[word] != value
    words[word] = value
    assert refused_words(words) == rule


@pytest.mark.parametrize(
    ("word", "value"),
    [
        pytest.param(1, 0, id="segment 1 empty"),
        pytest.param(1, 1 << 32 | 5, id="padding of the table"),
        pytest.param(0, 5 << 32 | 3, id="four segments"),
        pytest.param(6, 0x1_0000_0006, id="landing pad of two words"),
        pytest.param(6, 0x2_0000_0002, id="segment 2"),
        pytest.param(6, 0x0_0000_0002, id="segment 0"),
        pytest.param(6, 0x1_0000_000A, id="landing pad elsewhere"),
        pytest.param(6, 0x1_0000_002A, id="landing pad out of the segment"),
        pytest.param(7, 0x2_0000_0000_0004, id="payload not behind its pad"),
        pytest.param(7, 0x2_0000_FFFF_FFE8, id="payload in segment 0"),
    ],
)
def test_broken_words_of_two_segments(word: int, value: int) -> None:
    data = capnp_write.encode([{"Step": {"path_id": 0, "line": 7}}], split=[1])
    words = list(words_of(unpack(data[8:])))
    assert words[word] != value
    words[word] = value
    assert refused_words(words) == 5


LIST = {
    "kind": "Sequence",
    "elements": [{"kind": "Int", "i": 7, "type_id": 2}],
    "is_slice": False,
    "type_id": 5,
}


def pointed(record: dict, changes: list[tuple[int, int]]) -> list[int]:
    """The words of a record twice, the second payload left out, some words changed."""
    [words] = capnp_write.lay_out([record, record])
    size = (len(words) - 7) // 2
    del words[7 + size :]
    words[6] -= size << 2
    for at, change in changes:
        words[at] += change
    return [len(words) << 32, *words]


def test_a_value_written_once() -> None:
    record = {"Value": {"variable_id": 3, "value": LIST}}
    words = pointed(record, [])
    data = HEADER + pack(bytes_of(words))
    message = capnp_read.read(data)
    assert message.records == [record, record]
    assert message.is_plain and capnp_write.encode(message.records) != data


@pytest.mark.parametrize("change", [-4, 4, 3 * 4, 1 << 32, 1])
def test_a_pointer_beside_a_value_written_once(change: int) -> None:
    record = {"Value": {"variable_id": 3, "value": LIST}}
    assert refused_words(pointed(record, [(6, change)])) == 5


@pytest.mark.parametrize(
    "record",
    [{"Step": {"path_id": 0, "line": 7}}, {"Return": {"return_value": LIST}}],
)
def test_only_values_are_written_once(record: dict) -> None:
    assert refused_words(pointed(record, [])) == 5


def two_values_with_one_list(change: int = 0) -> list[int]:
    """The second one's pointer leads to the list of the first, 18 words before it."""
    records = [{"Value": {"variable_id": id_, "value": LIST}} for id_ in (3, 4)]
    [words] = capnp_write.lay_out(records)
    first = 7 + 9
    second = 7 + 18
    del words[second + 9 : second + 17]
    pointer = second + 6
    words[pointer] &= ~0xFFFFFFFC
    words[pointer] |= (first - pointer - 1) << 2 & 0xFFFFFFFF
    words[pointer + 1] -= 8 << 2
    words[pointer] += change
    return [len(words) << 32, *words]


def test_a_list_written_once() -> None:
    data = HEADER + pack(bytes_of(two_values_with_one_list()))
    first, second = capnp_read.decode(data)[0]
    assert first["Value"]["value"] == second["Value"]["value"] == LIST


@pytest.mark.parametrize("change", [-4, 4, 1 << 35])
def test_a_pointer_beside_a_list_written_once(change: int) -> None:
    assert refused_words(two_values_with_one_list(change)) == 5


def test_unknown_event_kind_in_binary() -> None:
    event = {"Event": {"kind": 0, "metadata": "", "content": ""}}
    words = list(words_of(unpack(capnp_write.encode([event])[8:])))
    words[6] = 14
    assert refused_words(words) == 8


def test_word_of_no_object() -> None:
    words = list(words_of(unpack(bytes.fromhex(FRAGMENT_BINARY)[8:])))
    words[0] += 1 << 32
    assert refused_words([*words, 0]) == 5


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda data: data[:5] + b"\1" + data[6:], "version"),
        (lambda data: b"\xc1" + data[1:], "magic"),
        (lambda data: data[:7], "header only in part"),
        (lambda data: data[:8], "header only"),
        (lambda data: data[:-1], "a byte less"),
        (lambda data: data + b"\0", "a byte more"),
        (lambda data: data + b"\0\0", "a word more"),
        (lambda data: data[:8] + unpack(data[8:]), "not packed"),
        (lambda data: data[:8] + b"".join(loosely_packed(data)), "packed otherwise"),
    ],
)
def test_broken_binary_file(tmp_path: Path, change, name: str) -> None:
    data = capnp_write.encode(records(GOOD, floats=True))
    write_trace(tmp_path, GOOD, events="trace.bin", data=change(data))
    assert rules(tmp_path) == [5], name


def loosely_packed(data: bytes) -> list[bytes]:
    """The message of a file packed without runs, which readers accept."""
    raw = unpack(data[8:])
    return [pack(raw[at : at + 8]) for at in range(0, len(raw), 8)]


def test_objects_in_another_order(tmp_path: Path) -> None:
    """The payloads of two Steps change places: good to read, not as we write."""
    [words] = capnp_write.lay_out(records(GOOD, floats=True))
    steps = [at for at in range(3, 3 + 2 * len(records(GOOD)), 2) if words[at] == 0]
    first, second = steps[0] + 1, steps[1] + 1
    for at, other in ((first, second), (second, first)):
        start = at + 1 + (words[at] >> 2 & 0x3FFFFFFF)
        words[other] = words[other] >> 32 << 32 | start - other - 1 << 2
    data = capnp_write.to_bytes([words])
    write_trace(tmp_path, GOOD, events="trace.bin", data=data)
    assert 5 in rules(tmp_path)


# Rule 6: both formats.


def write_both(folder: Path, json_lines: str, binary_lines: str) -> tuple[Path, Path]:
    return (
        write_trace(folder / "json", json_lines, events="trace.json"),
        write_trace(folder / "binary", binary_lines, events="trace.bin"),
    )


@pytest.mark.parametrize("lines", [GOOD, THREADS], ids=["GOOD", "THREADS"])
def test_same_in_both_formats(tmp_path: Path, lines: str) -> None:
    both = write_both(tmp_path, without_thread_records(lines), lines)
    assert equal_in_both_formats(*both) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (LAST, '{"Return":{"return_value":{"kind":"Int","i":1,"type_id":1}}}'),
        ("1e+300", "1e+200"),
        ("from C", "from D"),
        ('{"Step":{"path_id":0,"line":5}}\n', ""),
    ],
)
def test_not_the_same_in_both_formats(tmp_path: Path, old: str, new: str) -> None:
    both = write_both(tmp_path, GOOD, replaced(GOOD, old, new))
    assert [problem.rule for problem in equal_in_both_formats(*both)] == [6]


# Rules 16 and 17 with other metadata; rule 22 in trace.bin.


def test_thread_of_an_event_is_counted(tmp_path: Path) -> None:
    lines = without_thread_records(THREADS)
    write_trace(
        tmp_path, lines.replace("ThreadId(2)", "ThreadId(3)"), counts__threads=2
    )
    assert rules(tmp_path) == [16]


def test_location_of_an_event_was_met(tmp_path: Path) -> None:
    lines = replaced(without_thread_records(THREADS), r"\"line\":6", r"\"line\":7")
    assert rules(write_trace(tmp_path, lines, counts__threads=2)) == [16]


UNCAUGHT = replaced(ERROR_EVENT, r"\"}", r"\",\"uncaught\":true}")


@pytest.mark.parametrize(
    ("reason", "before_the_end", "expected"),
    [
        ("exception", UNCAUGHT, []),
        ("exception", ERROR_EVENT, [17]),
        ("exception", UNCAUGHT.replace("true", "1"), [16, 17]),
        ("exception", f'{UNCAUGHT}\n{{"Step":{{"path_id":0,"line":5}}}}', [16, 17]),
        ("exception", '{"Step":{"path_id":0,"line":5}}', [17]),
        ("exit", UNCAUGHT, [17]),
        ("exit", f'{ERROR_EVENT}\n{{"Step":{{"path_id":0,"line":5}}}}', []),
        ("killed", ERROR_EVENT, [17]),
    ],
)
@pytest.mark.parametrize("events", FORMATS)
def test_error_at_the_end(
    tmp_path: Path, events: str, reason: str, before_the_end: str, expected: list[int]
) -> None:
    lines = replaced(GOOD, LAST, f"{before_the_end}\n{LAST}")
    write_trace(tmp_path, lines, events=events, end__reason=reason)
    assert rules(tmp_path) == expected


def test_float_as_text_in_binary(tmp_path: Path) -> None:
    data = capnp_write.encode(records(GOOD))
    write_trace(tmp_path, GOOD, events="trace.bin", data=data)
    assert rules(tmp_path) == [18]


# Whatever the bytes are, the checker says what is wrong and does not fail itself.


@pytest.mark.parametrize("events", FORMATS)
def test_damaged_bytes(tmp_path: Path, events: str) -> None:
    lines = "\n".join(json_format.compact(r) for r in json.loads(LARGER_JSON))
    write_trace(tmp_path, lines, events=events)
    whole = (tmp_path / events).read_bytes()
    refused = 0
    for place in range(len(whole)):
        for bit in (1, 0x80):
            data = bytearray(whole)
            data[place] ^= bit
            (tmp_path / events).write_bytes(data)
            refused += bool(rules(tmp_path))
    assert refused > 1.5 * len(whole)  # the rest are other good traces


@pytest.mark.parametrize("events", FORMATS)
def test_cut_file(tmp_path: Path, events: str) -> None:
    write_trace(tmp_path, THREADS, events=events)
    whole = (tmp_path / events).read_bytes()
    for size in range(len(whole)):
        (tmp_path / events).write_bytes(whole[:size])
        assert rules(tmp_path) == [4 if events == "trace.json" else 5]


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = write_trace(tmp_path / "good", GOOD)
    bad = write_trace(tmp_path / "bad", replaced(GOOD, '"line":5', '"line":0'))
    assert main([str(good)]) == 0
    assert capsys.readouterr().out == ""
    assert main([str(good), str(bad)]) == 1
    last_step = len(records(GOOD)) - 3
    expected = f"{bad}: rule 11: record {last_step}: a Step on line 0\n"
    assert capsys.readouterr().out == expected
