"""filters_program.py DIR: the program that bench/filters.py counts.

Runs events under the built-in filter alone and under chains of many rules, and a module
of many functions of which most are skipped; prints as JSON what each part between two
marks is, in order: a name and its number of events.
"""

import json
import os
import sys
from pathlib import Path

from programs import events

from codetracer_python_recorder import start, stop

_HEAD = """[meta]
name = "many"
version = 1
[scope]
default_exec = "trace"
default_value_action = "allow"
"""
_SHORT, _LONG = 100, 600
_KINDS = (
    ("line, 7 locals, two changed", events.seven_locals, 15),
    ("call, line and return with one argument", events.calls, 32),
)
RULES = (10, 100, 1000)
PATTERNS = {
    "glob": "glob:no_such_{0}.*",
    "regex": "regex:^no_such_{0}[.]",
    "literal": "literal:no_such_{0}",
}
FUNCTIONS = 5000
_ADAPTED = 10  # runs after which the interpreter has specialised its instructions


def _chain(directory: Path, name: str, pattern: str, count: int) -> Path:
    """A filter file: rules for code, each with a pattern for values."""
    rules = (
        f"[[scope.rules]]\nselector = 'pkg:{pattern.format(i)}'\nexec = 'skip'\n"
        f"[[scope.rules.value_patterns]]\nselector = 'local:{pattern.format(i)}'\n"
        "action = 'redact'\n"
        for i in range(count)
    )
    path = directory / f"{name}.toml"
    path.write_text(_HEAD + "".join(rules))
    return path


def _many_functions(directory: Path) -> str:
    """The path of a module: `run()` calls its functions, `run_skipped()` 90 %."""
    lines = [f"def f{i}():\n    return {i}\n" for i in range(FUNCTIONS)]
    lines += ["def run():\n", *(f"    f{i}()\n" for i in range(FUNCTIONS))]
    lines += ["def run_skipped():\n"]
    lines += [f"    f{i}()\n" for i in range(FUNCTIONS) if i % 10]
    path = directory / "many.py"
    path.write_text("".join(lines))
    return str(path)


class _Parts:
    def __init__(self) -> None:
        self.names: list[tuple[str, int]] = []

    def mark(self, name: str, count: int = 0) -> None:
        """What has run since the last mark is this."""
        self.names.append((name, count))
        os.getppid()

    def measure(self, name: str) -> None:
        """Each kind of event, a short and a long run each."""
        for kind, run, each in _KINDS:
            run(_SHORT)
            self.mark("")
            run(_SHORT)
            self.mark(f"{name}|{kind}|short")
            run(_LONG)
            self.mark(f"{name}|{kind}|long", (_LONG - _SHORT) * each)


def _main(directory: Path) -> None:
    parts = _Parts()
    parts.measure("plain")
    chains: list[tuple[str, int, Path | None]] = [("built-in", 0, None)]
    for name, pattern in PATTERNS.items():
        for count in RULES:
            label = f"{count} {name} rules"
            chains.append((label, count, _chain(directory, label, pattern, count)))
    start(directory / "trace", format="binary")  # imports what a start needs
    stop()
    for label, count, path in chains:
        parts.mark("")
        start(directory / "trace", format="binary", trace_filter=path)
        parts.mark(f"start|{label}", count)
        parts.measure(label)
        stop()
    namespace: dict[str, object] = {"__name__": "many"}
    path = _many_functions(directory)
    exec(compile(Path(path).read_text(), path, "exec"), namespace)
    run, run_skipped = namespace["run"], namespace["run_skipped"]
    assert callable(run) and callable(run_skipped)
    for _ in range(_ADAPTED):
        run()
        run_skipped()
    parts.mark("")
    run()
    parts.mark("many|plain", FUNCTIONS)
    run_skipped()
    parts.mark("skipped|plain", FUNCTIONS)
    skip = directory / "skip.toml"
    skip.write_text(
        _HEAD + "[[scope.rules]]\nselector = 'obj:regex:[.](?:f[0-9]*[1-9]|run.*)$'\n"
        "exec = 'skip'\n"
        "[[scope.rules]]\nselector = 'pkg:__main__'\nexec = 'skip'\n"
    )
    start(directory / "trace", format="binary", trace_filter=skip)
    parts.mark("")
    run()
    parts.mark("many|first", FUNCTIONS)
    run()
    parts.mark("many|later", FUNCTIONS)
    for _ in range(_ADAPTED):
        run_skipped()
    parts.mark("")
    run_skipped()
    parts.mark("skipped|later", FUNCTIONS)
    stop()
    print(json.dumps(parts.names))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
