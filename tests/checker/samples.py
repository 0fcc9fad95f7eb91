"""Traces for the checker's own tests: the worked examples of the page, and good ones.

Each is a text of one JSON record a line, so that a test can break it by replacing text.
"""
# ruff: noqa: E501  records stand on one line each

import json
import re
from pathlib import Path
from typing import Any

from . import capnp_write
from .json_format import compact
from .vocabulary import Record

# Section 4.7: the words after the segment table, and the file.

FRAGMENT_JSON = """\
[
{"Path":"/p/t.py"},
{"Function":{"path_id":0,"line":1,"name":"<toplevel>"}},
{"Call":{"function_id":0,"args":[]}},
{"Type":{"kind":30,"lang_type":"None","specific_info":{"kind":"None"}}},
{"Step":{"path_id":0,"line":1}},
{"VariableName":"x"},
{"Value":{"variable_id":0,"value":{"kind":"Int","i":-2,"type_id":0}}}
]
"""
FRAGMENT_WORDS = """
0000000000000100 0100000077000000 1c00000001000100 0100000000000000
3000000000000100 0600000000000000 3000000000000300 0700000000000000
4400000000000200 0400000000000000 4c00000001000200 0000000000000000
5c00000000000200 0200000000000000 6500000012000000 0500000000000000
6000000000000200 0100000042000000 2f702f742e707900 0800000001000000
0800000001000000 090000005a000000 0000000000000000 0100000000000000
3c746f706c657665 6c3e000000000000 0400000001000000 0500000007000000
0000000000000000 0000000000000200 1e00000000000000 050000002a000000
0400000001000100 4e6f6e6500000000 0000000000000000 0000000000000000
0400000001000000 0400000001000000 0000000000000000 0100000000000000
7800000000000000 0400000001000000 0400000003000300 0000000000000000
feffffffffffffff 0000000000000000 0000000000000000 0800000001000000
0000000000000000 0000000000000000 0000000000000000
"""
FRAGMENT_BINARY = """
c0de72ace200000010334001110177511c0101010141300101064130030107414402
0104514c01020000415c02010211651201054160021101427f2f702f742e70791108
0111080111095a00000101ff3c746f706c65766500036c3e11040111050700004002
011e11052a510401010f4e6f6e650001110401110401000001010178110401510403
030000fffeffffffffffffff0000011108010002
"""

# Section 7.

LARGER_JSON = r"""
[
{"Path":"/w/t.py"},
{"Function":{"path_id":0,"line":1,"name":"<toplevel>"}},
{"Call":{"function_id":0,"args":[]}},
{"Type":{"kind":30,"lang_type":"None","specific_info":{"kind":"None"}}},
{"Function":{"path_id":0,"line":1,"name":"<__main__>"}},
{"Call":{"function_id":1,"args":[]}},
{"Step":{"path_id":0,"line":1}},
{"Step":{"path_id":0,"line":3}},
{"Type":{"kind":16,"lang_type":"function","specific_info":{"kind":"None"}}},
{"VariableName":"half"},
{"Value":{"variable_id":0,"value":{"kind":"Raw","r":"<function half>","type_id":1}}},
{"Function":{"path_id":0,"line":1,"name":"half"}},
{"Type":{"kind":7,"lang_type":"int","specific_info":{"kind":"None"}}},
{"VariableName":"n"},
{"Step":{"path_id":0,"line":1}},
{"Call":{"function_id":2,"args":[{"variable_id":1,"value":{"kind":"Int","i":3,"type_id":2}}]}},
{"Step":{"path_id":0,"line":2}},
{"Value":{"variable_id":1,"value":{"kind":"Int","i":3,"type_id":2}}},
{"Type":{"kind":8,"lang_type":"float","specific_info":{"kind":"None"}}},
{"Return":{"return_value":{"kind":"Raw","r":"1.5","type_id":3}}},
{"Step":{"path_id":0,"line":4}},
{"VariableName":"x"},
{"Value":{"variable_id":2,"value":{"kind":"Raw","r":"1.5","type_id":3}}},
{"Event":{"kind":0,"metadata":"{\"stream\":\"stdout\",\"thread\":\"ThreadId(1)\",\"path_id\":0,\"line\":4,\"frame_id\":1,\"flags\":[\"newline\"]}","content":"1.5\n"}},
{"Return":{"return_value":{"kind":"None","type_id":0}}},
{"Return":{"return_value":{"kind":"Int","i":0,"type_id":2}}}
]
"""
LARGER_BINARY = """
c0de72ace200000010dc40013101a70151680101010141c801010641c803010741dc02010451e40102010641f40301074308
01020000431001020000431801020104532001010201021335012a0105433001020106435801030104536801010201021379
01120000437401020107437c0102000043ac0102010543b40102010453d4010102010843e40101000043fc01020102130502
120105420202010953200201020108435c02010108437402011101427f2f772f742e707911080111080111095a00000101ff
3c746f706c65766500036c3e11040111050700004002011e11052a510401010f4e6f6e65000111080111080111095a000001
01ff3c5f5f6d61696e5f00035f3e110401110507010140021104011104010000010111040111040100000103011011054a51
080101ff66756e6374696f6e0000020f68616c6611040151040303000101090000110982110c010000ff3c66756e6374696f
016e2068616c663e00010111080111080111092a000001010f68616c6601071105225104010107696e740001016e11040111
0401000001011104011105170102410402110401510403030101010300011108010001010211040111040100000102110401
51040303010101030001110801000101020108110532510401011f666c6f61740001500303c0f83f01010000110801000101
03110401110401000001040178110401510403030102c0f83f0101000011080100010103000011052a31050a030f312e350a
ff7b2273747265616d0b223a227374646f7574222c22746872656164223a225468726561644964283129222c22706174685f
6964223a302c226c696e65223a342c226672616d655f6964223a312c22666c616773223a5b226e65776c696e65225d7d0000
5003030000010b00001108010002500303000211080100010102
"""

# A program of one thread with a value of every kind.

GOOD = r"""
{"Path":"/w/t.py"}
{"Function":{"path_id":0,"line":1,"name":"<toplevel>"}}
{"Call":{"function_id":0,"args":[]}}
{"Type":{"kind":30,"lang_type":"None","specific_info":{"kind":"None"}}}
{"Function":{"path_id":0,"line":1,"name":"<__main__>"}}
{"Call":{"function_id":1,"args":[]}}
{"Step":{"path_id":0,"line":1}}
{"Type":{"kind":7,"lang_type":"int","specific_info":{"kind":"None"}}}
{"VariableName":"n"}
{"Value":{"variable_id":0,"value":{"kind":"Int","i":-3,"type_id":1}}}
{"VariableName":"big"}
{"Value":{"variable_id":1,"value":{"kind":"BigInt","b":"AQAAAAAAAAAA","negative":true,"type_id":1}}}
{"Type":{"kind":12,"lang_type":"bool","specific_info":{"kind":"None"}}}
{"VariableName":"flag"}
{"Value":{"variable_id":2,"value":{"kind":"Bool","b":true,"type_id":2}}}
{"Type":{"kind":8,"lang_type":"float","specific_info":{"kind":"None"}}}
{"VariableName":"ratio"}
{"Value":{"variable_id":3,"value":{"kind":"Raw","r":"1e+300","type_id":3}}}
{"Type":{"kind":9,"lang_type":"str","specific_info":{"kind":"None"}}}
{"VariableName":"name"}
{"Value":{"variable_id":4,"value":{"kind":"String","text":"é/\u0000\n\"","type_id":4}}}
{"Type":{"kind":9,"lang_type":"str[300]","specific_info":{"kind":"None"}}}
{"VariableName":"text"}
{"Value":{"variable_id":5,"value":{"kind":"String","text":"long…","type_id":5}}}
{"Type":{"kind":0,"lang_type":"list","specific_info":{"kind":"None"}}}
{"Type":{"kind":16,"lang_type":"Cut","specific_info":{"kind":"None"}}}
{"Type":{"kind":16,"lang_type":"list","specific_info":{"kind":"None"}}}
{"VariableName":"items"}
{"Value":{"variable_id":6,"value":{"kind":"Sequence","elements":[{"kind":"Raw","r":"<list, 1 item>","type_id":8},{"kind":"Raw","r":"<cycle>","type_id":7},{"kind":"Raw","r":"… +9 more","type_id":7}],"is_slice":false,"type_id":6}}}
{"Type":{"kind":0,"lang_type":"dict","specific_info":{"kind":"None"}}}
{"Type":{"kind":27,"lang_type":"tuple","specific_info":{"kind":"None"}}}
{"VariableName":"table"}
{"Value":{"variable_id":7,"value":{"kind":"Sequence","elements":[{"kind":"Tuple","elements":[{"kind":"String","text":"k","type_id":4},{"kind":"None","type_id":0}],"type_id":10},{"kind":"Raw","r":"… +2 more","type_id":7}],"is_slice":false,"type_id":9}}}
{"Type":{"kind":32,"lang_type":"object","specific_info":{"kind":"None"}}}
{"Type":{"kind":6,"lang_type":"m.P","specific_info":{"kind":"Struct","fields":[{"name":"x","type_id":11},{"name":"…","type_id":11}]}}}
{"VariableName":"point"}
{"Value":{"variable_id":8,"value":{"kind":"Struct","field_values":[{"kind":"Int","i":5,"type_id":1},{"kind":"Raw","r":"… +3 more","type_id":7}],"type_id":12}}}
{"Type":{"kind":16,"lang_type":"Redacted","specific_info":{"kind":"None"}}}
{"VariableName":"password"}
{"Value":{"variable_id":9,"value":{"kind":"Error","msg":"<redacted>","type_id":13}}}
{"VariableName":"…"}
{"Value":{"variable_id":10,"value":{"kind":"Raw","r":"… +1 more","type_id":7}}}
{"Function":{"path_id":0,"line":3,"name":"f"}}
{"Step":{"path_id":0,"line":3}}
{"Call":{"function_id":2,"args":[{"variable_id":0,"value":{"kind":"Int","i":7,"type_id":1}}]}}
{"Step":{"path_id":0,"line":4}}
{"Value":{"variable_id":0,"value":{"kind":"Int","i":8,"type_id":1}}}
{"Value":{"variable_id":8,"value":{"kind":"Struct","field_values":[{"kind":"Int","i":6,"type_id":1},{"kind":"Raw","r":"… +4 more","type_id":7}],"type_id":12}}}
{"Event":{"kind":2,"metadata":"{\"stream\":\"stderr\",\"thread\":\"ThreadId(1)\",\"path_id\":0,\"line\":4,\"frame_id\":2,\"flags\":[\"newline\"]}","content":"oh\n"}}
{"Event":{"kind":0,"metadata":"{\"stream\":\"stdout\",\"thread\":\"ThreadId(1)\",\"path_id\":null,\"line\":null,\"frame_id\":null,\"flags\":[\"mirror\"]}","content":"from C"}}
{"Event":{"kind":11,"metadata":"{\"type\":\"KeyError\",\"module\":\"builtins\",\"message\":\"'k'\",\"path\":\"/w/t.py\",\"line\":4,\"thread\":\"ThreadId(1)\"}","content":"KeyError: 'k'"}}
{"Return":{"return_value":{"kind":"Raw","r":"-0.0","type_id":3}}}
{"Path":"/w/u.py"}
{"Function":{"path_id":1,"line":2,"name":"g"}}
{"Step":{"path_id":1,"line":2}}
{"Call":{"function_id":3,"args":[]}}
{"Step":{"path_id":1,"line":3}}
{"Return":{"return_value":{"kind":"Int","i":1,"type_id":1}}}
{"VariableName":"exception"}
{"Type":{"kind":16,"lang_type":"ValueError","specific_info":{"kind":"None"}}}
{"Step":{"path_id":1,"line":3}}
{"Call":{"function_id":3,"args":[{"variable_id":11,"value":{"kind":"Raw","r":"ValueError()","type_id":14}}]}}
{"Return":{"return_value":{"kind":"Raw","r":"ValueError()","type_id":14}}}
{"Step":{"path_id":0,"line":5}}
{"Return":{"return_value":{"kind":"None","type_id":0}}}
{"Return":{"return_value":{"kind":"Int","i":0,"type_id":1}}}
"""

# Two threads, with the records that say so; without them it is a good trace as well.

THREADS = r"""
{"Path":"/w/t.py"}
{"Function":{"path_id":0,"line":1,"name":"<toplevel>"}}
{"Call":{"function_id":0,"args":[]}}
{"Type":{"kind":30,"lang_type":"None","specific_info":{"kind":"None"}}}
{"Function":{"path_id":0,"line":1,"name":"<__main__>"}}
{"Call":{"function_id":1,"args":[]}}
{"Step":{"path_id":0,"line":8}}
{"Type":{"kind":16,"lang_type":"Switched","specific_info":{"kind":"None"}}}
{"Return":{"return_value":{"kind":"Error","msg":"<switched>","type_id":1}}}
{"ThreadStart":2}
{"ThreadSwitch":2}
{"Function":{"path_id":0,"line":3,"name":"worker"}}
{"Step":{"path_id":0,"line":3}}
{"Call":{"function_id":2,"args":[]}}
{"Function":{"path_id":0,"line":5,"name":"inner"}}
{"Step":{"path_id":0,"line":5}}
{"Call":{"function_id":3,"args":[]}}
{"Step":{"path_id":0,"line":6}}
{"Event":{"kind":0,"metadata":"{\"stream\":\"stdout\",\"thread\":\"ThreadId(2)\",\"path_id\":0,\"line\":6,\"frame_id\":3,\"flags\":[]}","content":"."}}
{"Return":{"return_value":{"kind":"Error","msg":"<switched>","type_id":1}}}
{"Return":{"return_value":{"kind":"Error","msg":"<switched>","type_id":1}}}
{"ThreadSwitch":1}
{"Step":{"path_id":0,"line":8}}
{"Call":{"function_id":1,"args":[]}}
{"Step":{"path_id":0,"line":9}}
{"Return":{"return_value":{"kind":"Error","msg":"<switched>","type_id":1}}}
{"ThreadSwitch":2}
{"Step":{"path_id":0,"line":4}}
{"Call":{"function_id":2,"args":[]}}
{"Step":{"path_id":0,"line":6}}
{"Call":{"function_id":3,"args":[]}}
{"Return":{"return_value":{"kind":"None","type_id":0}}}
{"Return":{"return_value":{"kind":"None","type_id":0}}}
{"ThreadExit":2}
{"ThreadSwitch":1}
{"Step":{"path_id":0,"line":9}}
{"Call":{"function_id":1,"args":[]}}
{"Step":{"path_id":0,"line":10}}
{"Return":{"return_value":{"kind":"None","type_id":0}}}
{"Type":{"kind":7,"lang_type":"int","specific_info":{"kind":"None"}}}
{"Return":{"return_value":{"kind":"Int","i":0,"type_id":2}}}
"""


def json_file(lines: str) -> bytes:
    """`trace.json` of records given one a line, kept as they are."""
    text = "[\n" + lines.strip("\n").replace("\n", ",\n") + "\n]\n"
    return text.encode("utf-8", "surrogateescape")


def records(lines: str, *, floats: bool = False) -> list[Record]:
    """The same parsed; floats: with Float records, as for `trace.bin`."""
    parsed = [json.loads(line) for line in lines.strip("\n").split("\n")]
    return [_with_floats(record, parsed) for record in parsed] if floats else parsed


def _with_floats(node: Any, all_records: list[Record]) -> Any:
    """Each Raw of a type of kind 8 becomes the Float it stands for."""
    if isinstance(node, list):
        return [_with_floats(item, all_records) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("kind") == "Raw":
        types = [r["Type"] for r in all_records if "Type" in r]
        number = node["type_id"]
        if 0 <= number < len(types) and types[number]["kind"] == 8:
            return {"kind": "Float", "f": float(node["r"]), "type_id": number}
        return node
    return {key: _with_floats(item, all_records) for key, item in node.items()}


def metadata(lines: str, **changes: Any) -> dict[str, Any]:
    """Metadata that fits records given one a line.

    changes: new values by key; `counts__threads` is the key `threads` in `counts`.
    """

    def count(kind: str) -> int:
        return len(re.findall(rf'^{{"{kind}":', lines, re.MULTILINE))

    zeros = dict.fromkeys(("local", "global", "argument", "return", "attribute"), 0)
    builtin = {
        "path": "<inline:builtin-default>",
        "sha256": "0" * 64,
        "name": "builtin-default",
        "version": 1,
    }
    result: dict[str, Any] = {
        "workdir": "/w",
        "program": "/w/t.py",
        "args": [],
        "recording_id": "019a9c3e-5b7a-7c21-9d54-0f6b2a1e8c77",
        "recorder": {
            "name": "codetracer_python_recorder",
            "version": "0.4.0",
            "target_script": "/w/t.py",
            "python": "3.13.0",
            "platform": "linux-x86_64",
        },
        "trace_filter": {
            "filters": [builtin],
            "stats": {
                "scopes_skipped": 0,
                "value_redactions": {**zeros, "local": 1},
                "value_drops": zeros,
            },
        },
        "process_exit_status": {"code": 0, "label": None},
        "end": {"reason": "exit", "complete": True},
        "counts": {
            "steps": count("Step"),
            "calls": count("Call"),
            "values": count("Value"),
            "events": count("Event"),
            "threads": count("ThreadStart") + 1,
            "truncated_values": len(re.findall("more.*|long…", lines)),
        },
        "notes": [],
        "diff": None,
    }
    for key, value in changes.items():
        *outer, last = key.split("__")
        inner = result
        for name in outer:
            inner = inner[name]
        inner[last] = value
    return result


def write_trace(
    directory: Path,
    lines: str,
    *,
    events: str = "trace.json",
    data: bytes | None = None,
    **changes: Any,
) -> Path:
    """Write a whole folder and return it.

    lines: the records, one a line. events: the name of the events file. data: its
    bytes, if not those the records give. changes: to the metadata.
    """
    directory.mkdir(exist_ok=True)
    if data is None and events == "trace.json":
        data = json_file(lines)
    elif data is None:
        data = capnp_write.encode(records(lines, floats=True))
    (directory / events).write_bytes(data)
    document = compact(metadata(lines, **changes)) + "\n"
    (directory / "trace_metadata.json").write_text(document, encoding="utf-8")
    paths = [json.loads(text) for text in re.findall(r'^{"Path":(".*")}$', lines, re.M)]
    document = compact(paths) + "\n"
    data = document.encode("utf-8", "surrogateescape")
    (directory / "trace_paths.json").write_bytes(data)
    return directory
