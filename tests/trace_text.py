"""A trace as text: one line for a record, without ids, for people to read.

    call <__main__>()
    step t.py:1
    step t.py:3  half=<function half>:function  n=3
    step t.py:1
    call half(n=3)
    return 1.5

Definitions are not lines of their own; they show where they are used: a call names the
place of its function where that is not the step before it. Values look like Python's
own, followed by `:type` where the type is not the one that the look says. What no
Python value looks like is in angle brackets, and `!` stands before an Error value.
"""

import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any]
Value = dict[str, Any]

_EVENTS = {0: "stdout", 2: "stderr", 3: "stdin", 11: "raised"}
_QUIET_TYPES = {
    "None": [(30, "None")],
    "Bool": [(12, "bool")],
    "Int": [(7, "int")],
    "BigInt": [(7, "int")],
    "String": [(9, "str")],
    "Tuple": [(27, "tuple")],
    "Sequence": [(0, "list"), (0, "dict"), (1, "set")],
    "Raw": [(8, "float"), (16, "Cut")],
}
"""Kinds and names of types that go without saying."""
_DICTS = {
    "dict",
    *(f"collections.{n}" for n in ("OrderedDict", "defaultdict", "Counter")),
}
_MARKS = {"<redacted>", "<dropped>", "<unfinished>", "<switched>"}


def trace_lines(records: list[Record], directory: Path) -> list[str]:
    """The lines of records like those of `trace.json`; paths are below `directory`."""
    return list(_Text(records, directory).lines())


class _Text:
    """The tables of a trace, and its records as text."""

    def __init__(self, records: list[Record], directory: Path) -> None:
        self.items = [item for record in records for item in record.items()]
        self.prefix = f"{directory}/"
        self.paths = [path.removeprefix(self.prefix) for path in self._bodies("Path")]
        self.functions = self._bodies("Function")
        self.names = self._bodies("VariableName")
        self.types = self._bodies("Type")

    def _bodies(self, wanted: str) -> list[Any]:
        return [body for kind, body in self.items if kind == wanted]

    def lines(self) -> Iterator[str]:
        """One line for each record but definitions; values stand with their step."""
        step = ""
        place = None
        for kind, body in self.items:
            if kind == "Value":
                step += f"  {self.variable(body)}"
                continue
            if step and kind not in ("Type", "VariableName"):
                yield step
                step = ""
            if kind == "Step":
                place = self.place(body)
                step = f"step {place}"
            elif kind == "Call":
                yield self.call(body, place)
            elif kind == "Return":
                yield f"return {self.value(body['return_value'])}"
            elif kind == "Event":
                yield self.event(body)
            elif kind.startswith("Thread"):
                yield f"{kind} {body}"
        if step:
            yield step

    def place(self, body: dict[str, int]) -> str:
        return f"{self.paths[body['path_id']]}:{body['line']}"

    def call(self, body: dict[str, Any], step: str | None) -> str:
        function = self.functions[body["function_id"]]
        arguments = ", ".join(map(self.variable, body["args"]))
        place = self.place(function)
        suffix = "" if place == step else f"  of {place}"
        return f"call {function['name']}({arguments}){suffix}"

    def event(self, body: dict[str, Any]) -> str:
        metadata = json.loads(body["metadata"])
        metadata.pop("path_id", None)
        if "path" in metadata:
            metadata["path"] = metadata["path"].removeprefix(self.prefix)
        metadata.pop("message", None)
        said = " ".join(f"{key}={value}" for key, value in metadata.items())
        return f"{_EVENTS[body['kind']]} {body['content']!r}  {said}"

    def variable(self, body: dict[str, Any]) -> str:
        return f"{self.names[body['variable_id']]}={self.value(body['value'])}"

    def value(self, value: Value) -> str:
        type_ = self.types[value["type_id"]]
        key = type_["kind"], type_["lang_type"]
        text = self.text(value, key[1])
        kind = value["kind"]
        if key in _QUIET_TYPES.get(kind, ()) or kind in ("Error", "Struct"):
            return text
        usual = {quiet for quiet, _ in _QUIET_TYPES.get(kind, ())} or {16}
        number = "" if key[0] in usual | {16} else f"/{key[0]}"
        return f"{text}:{key[1]}{number}"

    def text(self, value: Value, name: str) -> str:
        match value:
            case {"kind": "None"}:
                return "None"
            case {"kind": "Bool", "b": truth}:
                return str(truth)
            case {"kind": "Int", "i": number}:
                return str(number)
            case {"kind": "BigInt", "b": magnitude, "negative": is_negative}:
                number = int.from_bytes(b64decode(magnitude))
                return f"{'-' * is_negative}{number:#x}"
            case {"kind": "String", "text": text}:
                return ascii(text) if not text.isprintable() else repr(text)
            case {"kind": "Raw", "r": text}:
                return text if text.isprintable() else ascii(text)
            case {"kind": "Error", "msg": text}:
                return f"!{text}" if text in _MARKS else f"!{text}:{name}"
            case {"kind": "Tuple", "elements": elements}:
                inside = ", ".join(map(self.value, elements))
                return f"({inside},)" if len(elements) == 1 else f"({inside})"
            case {"kind": "Sequence", "elements": elements, "type_id": type_id}:
                return self.sequence(elements, self.types[type_id])
            case {"kind": "Struct", "field_values": values, "type_id": type_id}:
                return self.struct(values, self.types[type_id])
        raise AssertionError(f"no text for {value}")

    def sequence(self, elements: list[Value], type_: dict[str, Any]) -> str:
        if type_["kind"] == 1:
            if not elements:
                return "set()"
            return f"{{{', '.join(map(self.value, elements))}}}"
        if type_["lang_type"] in _DICTS:
            return f"{{{', '.join(map(self.pair, elements))}}}"
        return f"[{', '.join(map(self.value, elements))}]"

    def pair(self, value: Value) -> str:
        if value["kind"] != "Tuple":
            return self.value(value)
        return ": ".join(map(self.value, value["elements"]))

    def struct(self, values: list[Value], type_: dict[str, Any]) -> str:
        fields = [each["name"] for each in type_["specific_info"]["fields"]]
        pairs = zip(fields, values, strict=True)
        inside = ", ".join(f"{name}={self.value(value)}" for name, value in pairs)
        return f"{type_['lang_type']}({inside})"
