"""A trace as the rules see it: its records, the tables they define, its metadata."""

from collections.abc import Iterator
from typing import Any

from .vocabulary import THREAD_RECORDS, Record, Value


class Trace:
    """Records of correct shape, from either format.

    records: as read. items: the same as (kind, body). paths, functions, variables,
    types: all definitions of the file, the n-th being id n. metadata: the content of
    `trace_metadata.json`, or None if it is not as section 5 says.
    """

    def __init__(
        self,
        records: list[Record],
        *,
        is_json: bool,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self.records = records
        self.is_json = is_json
        self.metadata = metadata
        self.items = [item for record in records for item in record.items()]
        self.paths = self._bodies("Path")
        self.functions = self._bodies("Function")
        self.variables = self._bodies("VariableName")
        self.types = self._bodies("Type")
        self.has_thread_records = any(kind in THREAD_RECORDS for kind, _ in self.items)

    def _bodies(self, wanted: str) -> list[Any]:
        return [body for kind, body in self.items if kind == wanted]

    def kind_at(self, index: int) -> str | None:
        """The kind of the record at an index from 0; None outside the list."""
        return self.items[index][0] if 0 <= index < len(self.items) else None

    def type_of(self, value: Value) -> dict[str, Any] | None:
        """The type of a value; None if its id is never defined (rule 9)."""
        body: dict[str, Any] | None = at(self.types, value["type_id"])
        return body

    def values(self) -> Iterator[tuple[int, str, int | None, Value]]:
        """(record index, record kind, variable id, value) of every whole value."""
        for index, (kind, body) in enumerate(self.items):
            if kind == "Value":
                yield index, kind, body["variable_id"], body["value"]
            elif kind == "Return":
                yield index, kind, None, body["return_value"]
            elif kind == "Call":
                for argument in body["args"]:
                    yield index, kind, argument["variable_id"], argument["value"]


def at(table: list[Any], number: int) -> Any:
    """The entry of an id, or None if it is not defined."""
    return table[number] if 0 <= number < len(table) else None
