"""Print a recorded trace (format json) the way a person reads a program.

    python tools/show_trace.py TRACE_DIR

Every line that ran, indented by depth of call, with its source text and the variables
it changed; every call with its arguments, every return with its value, and what the
program wrote.

A Step of the trace says that a line is about to run and with what values, so what a
line did stands in the next Step of its call. A line is held back for it as long as
nothing else is to be printed.
"""

import argparse
import json
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

TEXT_WIDTH = 46
VALUE_WIDTH = 60
EVENT_NAMES = {0: "stdout", 2: "stderr", 3: "stdin", 11: "raised"}


@dataclass
class Frame:
    """An open call: its function, its variables as last seen, the line held back."""

    name: str
    seen: dict[str, str] = field(default_factory=dict)
    held_line: tuple[int, str] | None = None


@cache
def source_lines(path: str) -> list[str]:
    """Return the lines of a source file; none if it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []


class Printer:
    """Follows the records of a trace and prints what they mean."""

    def __init__(self) -> None:
        """Start with nothing defined."""
        self.paths: list[str] = []
        self.names: list[str] = []
        self.types: list[dict[str, Any]] = []
        self.functions: list[dict[str, Any]] = []
        self.frames: list[Frame] = []
        self.step: dict[str, int] | None = None  # its values are still coming
        self.values: dict[str, str] = {}

    def value(self, value: dict[str, Any]) -> str:
        """Return a value as Python would write it, cut to a readable width."""
        text = self.whole_value(value)
        return text if len(text) <= VALUE_WIDTH else text[: VALUE_WIDTH - 1] + "…"

    def whole_value(self, value: dict[str, Any]) -> str:
        """Return a value as Python would write it, whatever its length."""
        match value:
            case {"kind": "Int", "i": number}:
                return str(number)
            case {"kind": "Bool", "b": truth}:
                return str(truth)
            case {"kind": "String", "text": text}:
                return repr(text)
            case {"kind": "None"}:
                return "None"
            case {"kind": "Raw", "r": text} | {"kind": "Error", "msg": text}:
                return str(text)
            case {"kind": "Tuple", "elements": elements}:
                inside = ", ".join(map(self.whole_value, elements))
                return f"({inside},)" if len(elements) == 1 else f"({inside})"
            case {"kind": "Sequence", "elements": elements, "type_id": type_id}:
                return self.sequence(self.types[type_id], elements)
            case {"kind": "Struct", "field_values": values, "type_id": type_id}:
                return self.struct(self.types[type_id], values)
        return f"<{value['kind']}>"

    def sequence(self, type_: dict[str, Any], elements: list[dict[str, Any]]) -> str:
        """Return a list, set or dict."""
        name = type_["lang_type"]
        if name == "dict" or name.endswith("Dict"):
            pairs = (e["elements"] if e["kind"] == "Tuple" else [e] for e in elements)
            inside = ", ".join(": ".join(map(self.whole_value, pair)) for pair in pairs)
            return f"{{{inside}}}"
        inside = ", ".join(map(self.whole_value, elements))
        return f"{{{inside}}}" if type_["kind"] == 1 else f"[{inside}]"

    def struct(self, type_: dict[str, Any], values: list[dict[str, Any]]) -> str:
        """Return an object with its attributes."""
        fields = (each["name"] for each in type_["specific_info"]["fields"])
        inside = ", ".join(
            f"{name}={self.whole_value(value)}"
            for name, value in zip(fields, values, strict=True)
        )
        return f"{type_['lang_type'].rpartition('.')[2]}({inside})"

    def print(self, text: str, mark: str = "") -> None:
        """Print a line at the depth of the innermost call."""
        print(f"{mark:>5} {'│ ' * max(len(self.frames) - 1, 0)}{text}")

    def print_held_line(self, changes: str = "") -> None:
        """Print the line that the innermost call holds back, with what it changed."""
        held = self.frames[-1].held_line if self.frames else None
        if held is None:
            if changes:
                self.print(f"{'':{TEXT_WIDTH}}  # {changes}")
            return
        number, text = held
        comment = f"  # {changes}" if changes else ""
        self.print(f"{text:{TEXT_WIDTH if changes else 0}}{comment}", str(number))
        self.frames[-1].held_line = None

    def end_step(self) -> None:
        """Print what the line before did, now that all values are known."""
        if self.step is None or not self.frames:
            return
        frame, number = self.frames[-1], self.step["line"]
        changes = ", ".join(
            f"{name} = {value}"
            for name, value in self.values.items()
            if frame.seen.get(name) != value
        )
        self.print_held_line(changes)
        lines = source_lines(self.paths[self.step["path_id"]])
        text = lines[number - 1].strip() if number <= len(lines) else ""
        if len(text) > TEXT_WIDTH:
            text = text[: TEXT_WIDTH - 1] + "…"
        frame.seen, frame.held_line = self.values, (number, text)
        self.step, self.values = None, {}

    def call(self, call: dict[str, Any]) -> None:
        """Enter a call; the Step before it says only where, so it is left out."""
        self.step, self.values = None, {}
        self.print_held_line()
        name = self.functions[call["function_id"]]["name"]
        args = {
            self.names[arg["variable_id"]]: self.value(arg["value"])
            for arg in call["args"]
        }
        inside = ", ".join(f"{arg}={value}" for arg, value in args.items())
        if self.frames:
            self.print(f"→ {name}({inside})")
        self.frames.append(Frame(name, args))

    def return_(self, value: dict[str, Any]) -> None:
        """Leave the innermost call."""
        self.end_step()
        self.print_held_line()
        frame = self.frames.pop()
        if self.frames:
            text = self.value(value)
            self.print(f"← {frame.name}" + ("" if text == "None" else f" = {text}"))
        else:
            print(f"      exit status {self.value(value)}")

    def event(self, event: dict[str, Any]) -> None:
        """Print what the program wrote, read or raised."""
        self.end_step()
        self.print_held_line()
        name = EVENT_NAMES.get(event["kind"], "event")
        self.print(f"  {name}: {event['content'].rstrip()}")

    def record(self, kind: str, content: Any) -> None:
        """Take in one record of the trace."""
        match kind:
            case "Path":
                self.paths.append(content)
            case "VariableName":
                self.names.append(content)
            case "Type":
                self.types.append(content)
            case "Function":
                self.functions.append(content)
            case "Step":
                self.end_step()
                self.step = content
            case "Value":
                name = self.names[content["variable_id"]]
                self.values[name] = self.value(content["value"])
            case "Call":
                self.call(content)
            case "Return":
                self.return_(content["return_value"])
            case "Event":
                self.event(content)


def main() -> int:
    """Print the trace named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("trace_dir", type=Path)
    trace_dir = parser.parse_args().trace_dir
    try:
        records = json.loads((trace_dir / "trace.json").read_text(encoding="utf-8"))
        metadata = json.loads((trace_dir / "trace_metadata.json").read_text("utf-8"))
    except FileNotFoundError as error:
        print(f"{error.filename} is missing: no complete trace of format json there")
        return 1
    arguments = " ".join(map(str, [metadata["program"], *metadata["args"]]))
    print(f"What was recorded of: {arguments}")
    print("line number, text of the line, variables it changed; → call, ← return\n")
    printer = Printer()
    for record in records:
        ((kind, content),) = record.items()
        printer.record(kind, content)
    counts = metadata["counts"]
    summary = ", ".join(f"{counts[key]} {key}" for key in ("steps", "calls", "values"))
    print(f"\n{summary}; files in {trace_dir}:")
    for path in sorted(path for path in trace_dir.iterdir() if path.is_file()):
        print(f"{path.stat().st_size:10,} bytes  {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
