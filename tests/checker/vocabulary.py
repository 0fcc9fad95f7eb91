"""The numbers and fixed texts of sections 2 and 4 that several modules need."""

from typing import Any

type Record = dict[str, Any]
"""A record as in `trace.json`: one key, the kind. The same for `trace.bin`, with event
kinds as JSON numbers and floats as {"kind": "Float", "f": float, "type_id": int}."""

type Value = dict[str, Any]

RECORD_TAGS = {
    "Step": 0,
    "Path": 1,
    "VariableName": 2,
    "Type": 4,
    "Value": 5,
    "Function": 6,
    "Call": 7,
    "Return": 8,
    "Event": 9,
    "ThreadStart": 21,
    "ThreadExit": 22,
    "ThreadSwitch": 23,
}
THREAD_RECORDS = frozenset({"ThreadStart", "ThreadExit", "ThreadSwitch"})

VALUE_TAGS = {
    "Int": 0,
    "Float": 1,
    "Bool": 2,
    "String": 3,
    "Sequence": 4,
    "Tuple": 5,
    "Struct": 6,
    "Raw": 9,
    "Error": 10,
    "None": 11,
    "BigInt": 13,
}
CHILDREN = {"Sequence": "elements", "Tuple": "elements", "Struct": "field_values"}
"""The key under which each container kind holds its values."""

BINARY_EVENT_KINDS = (0, 1, 11, 2, 3, 12, 4, 5, 6, 7, 8, 9, 10, 13)
"""The event kind in `trace.bin`, indexed by the one in `trace.json` (2.8)."""

EVENT_WRITE, EVENT_WRITE_OTHER, EVENT_READ, EVENT_ERROR = 0, 2, 3, 11

K_SEQ, K_SET, K_STRUCT, K_INT, K_FLOAT, K_STRING = 0, 1, 6, 7, 8, 9
K_BOOL, K_RAW, K_TUPLE, K_NONE, K_ANY = 12, 16, 27, 30, 32
LAST_TYPE_KIND = 33

INT_MIN, INT_MAX = -(2**63), 2**63 - 1

MAX_DEPTH = 28
"""Container records around the innermost record of a value (2.3)."""

READER_NESTING = 64
"""No reader follows more levels than this, so a checker need not either."""
