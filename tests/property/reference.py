"""What a trace must say of a value: the rules in Python, apart from the recorder.

`expected` gives nested tuples `(record, K, type name, content)`: the kinds of records
and of types, and names, are those of the page on the trace formats; content is what the
record holds, for containers a list of such tuples (for a dict's pair, one of `Tuple`).
`shown` brings a record of a trace, from either format, into the same form.
"""

from base64 import b64decode
from dataclasses import dataclass
from typing import Any

Node = tuple[str, int, str, Any]

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
RECORDS_MAX = 28
"""Most container records around any record, whatever the bounds are."""

_BASES = (bool, int, float, str, bytes, list, tuple, set, frozenset, dict)
_SEQUENCES = {list: ("Sequence", 0), tuple: ("Tuple", 27)}
_SETS = {set: ("Sequence", 1), frozenset: ("Sequence", 1)}
_CONTAINERS = _SEQUENCES | _SETS | {dict: ("Sequence", 0)}


@dataclass(frozen=True)
class Bounds:
    """The four settings that bound a value, by default as the recorder's."""

    max_depth: int = 3
    max_items: int = 32
    max_string: int = 256
    max_nodes: int = 128


def expected(value: object, bounds: Bounds) -> Node:
    """The value at the greatest depth that fits into the bound of nodes."""
    for depth in range(bounds.max_depth, 0, -1):
        node = _Builder(bounds, depth).node(value)
        if count_nodes(node) <= bounds.max_nodes:
            return node
    depth = min(bounds.max_depth, 1)
    for items in range(bounds.max_items, -1, -1):
        node = _Builder(bounds, depth, items).node(value)
        if count_nodes(node) <= bounds.max_nodes:
            return node
    raise AssertionError("nothing fits")


def count_nodes(node: Node) -> int:
    """All value records but the pairs of dicts."""
    record, _, name, content = node
    inside = sum(map(count_nodes, content)) if record in ("Sequence", "Tuple") else 0
    return inside + (name != "pair")


def shown(value: dict[str, Any], types: list[dict[str, Any]]) -> Node:
    """A value of a trace; pairs cannot be told from tuples, see `without_pairs`."""
    type_ = types[value["type_id"]]
    record = value["kind"]
    content: Any
    if record == "BigInt":
        magnitude = int.from_bytes(b64decode(value["b"], validate=True))
        content = -magnitude if value["negative"] else magnitude
    elif record in ("Sequence", "Tuple"):
        content = [shown(element, types) for element in value["elements"]]
    elif record == "Float":
        record, content = "Raw", repr(value["f"])
    else:
        key = {"Int": "i", "Bool": "b", "String": "text", "Raw": "r", "None": "type_id"}
        content = value[key[record]]
    return record, type_["kind"], type_["lang_type"], content


def without_pairs(node: Node) -> Node:
    """The node with each pair as the tuple that a trace has in its place."""
    record, kind, name, content = node
    if record in ("Sequence", "Tuple"):
        content = [without_pairs(inner) for inner in content]
    return record, kind, "tuple" if name == "pair" else name, content


class _Builder:
    """Shows a value at one depth. items: how many items the outermost may show."""

    def __init__(self, bounds: Bounds, depth: int, items: int | None = None) -> None:
        self.bounds = bounds
        self.depth = depth
        self.outermost_items = bounds.max_items if items is None else items
        self.open: list[object] = []
        self.records = 0

    def node(self, value: object) -> Node:
        if value is None:
            return "None", 30, "None", 0
        base = next(base for base in _BASES if isinstance(value, base))
        name = type_name(type(value))
        if base in _CONTAINERS:
            return self.container(value, base, name)
        if base is bool:
            return "Bool", 12, name, value
        if base is int:
            return self.integer(int.__add__(value, 0), name)
        if base is float:
            return "Raw", 8, name, float.__repr__(value)
        if base is str:
            return self.text(str.__str__(value), name)
        return self.data(bytes.__add__(value, b""), name)

    def integer(self, number: int, name: str) -> Node:
        if INT_MIN <= number <= INT_MAX:
            return "Int", 7, name, number
        if number.bit_length() // 8 + 1 > self.bounds.max_string + 9:
            return "Raw", 16, name, f"<int, {number.bit_length()} bits>"
        return "BigInt", 7, name, number

    def text(self, text: str, name: str) -> Node:
        limit = self.bounds.max_string
        shown = "".join(
            "\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text[:limit]
        )
        if len(text) > limit:
            return "String", 9, f"{name}[{len(text)}]", shown + "…"
        return "String", 9, name, shown

    def data(self, data: bytes, name: str) -> Node:
        limit = self.bounds.max_string
        preview = repr(data[:limit])
        if len(data) > limit:
            preview = f"{preview[:-1]}…{preview[-1]}"
        return "Raw", 16, f"{name}[{len(data)}]", preview

    def container(self, value: Any, base: type, name: str) -> Node:
        if any(value is outer for outer in self.open):
            return "Raw", 16, "Cut", "<cycle>"
        length = base.__len__(value)
        records = 2 if base is dict else 1
        is_too_deep = len(self.open) >= self.depth
        if is_too_deep or self.records + records > RECORDS_MAX:
            items = "1 item" if length == 1 else f"{length} items"
            return "Raw", 16, name, f"<{name}, {items}>"
        shown = min(
            length, self.bounds.max_items if self.open else self.outermost_items
        )
        self.open.append(value)
        self.records += records
        content = self.items(value, base, shown)
        self.records -= records
        self.open.pop()
        if shown < length:
            content.append(("Raw", 16, "Cut", f"… +{length - shown} more"))
        record, kind = _CONTAINERS[base]
        return record, kind, name, content

    def items(self, value: Any, base: type, shown: int) -> list[Node]:
        if base is dict:
            pairs = list(dict.items(value))[:shown]
            return [
                ("Tuple", 27, "pair", [self.node(key), self.node(item)])
                for key, item in pairs
            ]
        return [self.node(item) for item in list(base.__iter__(value))[:shown]]


def type_name(type_: type) -> str:
    """`module.Class`, without the module of builtins."""
    if type_.__module__ == "builtins":
        return type_.__qualname__
    return f"{type_.__module__}.{type_.__qualname__}"
