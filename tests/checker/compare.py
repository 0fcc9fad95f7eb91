"""Rule 6: the same program gives the same list in both formats."""

from itertools import zip_longest
from typing import Any

from .problems import Report
from .vocabulary import THREAD_RECORDS, Record


def check_equal(
    json_records: list[Record], binary_records: list[Record], report: Report
) -> None:
    """Report rule 6 at the first record that differs.

    Thread records are left out on both sides, since `trace.json` has them only when
    asked (2.7). A Float becomes the Raw that `trace.json` has in its place (2.4).
    """
    expected = map(with_floats_as_text, _without_threads(binary_records))
    pairs = zip_longest(_without_threads(json_records), expected)
    for index, (found, wanted) in enumerate(pairs):
        if found != wanted:
            message = f"trace.json has {found}, trace.bin has {wanted}"
            report.add(6, f"without thread records: {message}", index)
            return


def _without_threads(records: list[Record]) -> list[Record]:
    return [record for record in records if not THREAD_RECORDS & record.keys()]


def with_floats_as_text(node: Any) -> Any:
    """A record, or anything inside one, with each Float as Raw."""
    if type(node) is list:
        return [with_floats_as_text(item) for item in node]
    if type(node) is not dict:
        return node
    if node.get("kind") == "Float" and type(node.get("f")) is float:
        return {"kind": "Raw", "r": repr(node["f"]), "type_id": node["type_id"]}
    return {key: with_floats_as_text(item) for key, item in node.items()}
