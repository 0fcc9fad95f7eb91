"""A trace of format `json` as events of the oracle."""

from base64 import b64decode
from typing import Any

Event = list[Any]


def events_of(records: list[dict[str, Any]]) -> list[Event]:
    """The events of the program's frames, in the order of the file."""
    return _Reader(records).read()


class _Reader:
    """The tables of a trace, and its events."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self.items = [item for record in records for item in record.items()]
        self.types = [body for kind, body in self.items if kind == "Type"]
        self.names = [body for kind, body in self.items if kind == "VariableName"]
        self.functions = [body for kind, body in self.items if kind == "Function"]
        self.events: list[Event] = []
        self.depth = 0

    def read(self) -> list[Event]:
        for kind, body in self.items:
            if kind == "Step":
                self.events.append(["line", body["line"], []])
            elif kind == "Value":
                self.events[-1][2].append(self.variable(body))
            elif kind == "Call":
                self.call(body)
            elif kind == "Return":
                self.depth -= 1
                self.events.append(["return", self.value(body["return_value"])])
            elif kind == "Event" and body["kind"] == 11:
                self.events.append(["error", body["content"]])
        [*events, _] = self.events[1:]  # <toplevel>
        while events and events[-1][0] != "return":  # after the program's frame
            events.pop()
        return events

    def call(self, body: dict[str, Any]) -> None:
        """The Step just before a Call is the call's, but for the first in the file."""
        function = self.functions[body["function_id"]]
        line = function["line"]
        if self.depth > 1:
            [_, line, variables] = self.events.pop()
            assert variables == []
        self.depth += 1
        arguments = [self.variable(argument) for argument in body["args"]]
        self.events.append(["call", function["name"], line, arguments])

    def variable(self, body: dict[str, Any]) -> list[Any]:
        return [self.names[body["variable_id"]], self.value(body["value"])]

    def value(self, value: dict[str, Any]) -> list[Any]:
        type_ = self.types[value["type_id"]]
        record = value["kind"]
        content: Any
        if record == "BigInt":
            content = int.from_bytes(b64decode(value["b"], validate=True))
            content = -content if value["negative"] else content
        elif record in ("Sequence", "Tuple"):
            content = [self.value(element) for element in value["elements"]]
        elif record == "Struct":
            names = [each["name"] for each in type_["specific_info"]["fields"]]
            values = map(self.value, value["field_values"])
            content = [list(pair) for pair in zip(names, values, strict=True)]
        elif record == "None":
            content = None
        else:
            keys = {"Int": "i", "Bool": "b", "String": "text", "Raw": "r"}
            content = value[keys.get(record, "msg")]
        return [record, type_["lang_type"], content]
