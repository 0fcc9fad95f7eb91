"""publish.py [RESULTS...]: puts the figures of a run into README.md and docs/.

Between two marks, `<!-- bench: NAME -->` and `<!-- bench: end -->`, stands what this
program writes: a table of a few programs in README.md, tables of all in
docs/performance.md. The plots beside the first results go to docs/. RESULTS is
results.json of bench/run.py (default: build/bench/results.json), which has to have the
parts `while` and `whole`, with the peers. Of several, for programs measured apart, the
first tells the machine; what is in two of them is that of the later one.
"""

import json
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_CHECKOUT = Path(__file__).resolve().parents[1]
_DOCS = _CHECKOUT / "docs"
_README_PROGRAMS = ("mixed", "Pygments", "mistune, sqlparse", "deltablue")
_SIZES_OF = "mixed"
_WHILE = "while recording, over the plain run"

_Run = dict[str, Any]


class _Results:
    """The figures of one run of the bench or more, by program and recorder."""

    def __init__(self, paths: list[Path]) -> None:
        results = [json.loads(path.read_text()) for path in paths]
        self.machine: dict[str, str] = results[0]["machine"]
        dates = sorted({one["machine"]["date"] for one in results})
        self.dates = " to ".join(dict.fromkeys((dates[0], dates[-1])))
        self.rows: list[dict[str, Any]] = [
            row for one in results for row in one["rows"]
        ]
        runs: list[_Run] = [run for one in results for run in one["runs"]]
        self.runs = {(run["group"], run["subject"]): run for run in runs}
        self.programs = list(dict.fromkeys(run["group"] for run in runs))
        self.recorders = {
            run["subject"]: run["captures"] for run in runs if run["captures"]
        }

    def ratio(self, program: str, recorder: str) -> str:
        """The cell of a run: in times of the plain one, or why there is none."""
        run = self.runs.get((program, recorder))
        if run is None:
            return ""
        if run["ratio"] is None:
            failure: str = run["failure"]
            return failure if failure.startswith("over ") else "failed"
        return _times(run["ratio"]["median"])

    def machine_text(self) -> str:
        """Where and when."""
        machine = self.machine
        return (
            f"{self.dates}, {machine['python']}, {machine['processor']}, "
            f"{machine['cpus']} CPUs, load {machine['load']}, "
            f"this recorder {machine['recorder']}"
        )

    def while_recording(self) -> Iterator[tuple[str, str, str, str]]:
        """Pieces of work, their ratios of processor time, what is aimed at, and the
        ratio of the first run.
        """
        rows = {row["subject"]: row for row in self.rows if row["group"] == _WHILE}
        for subject, row in rows.items():
            first = rows.get(f"{subject}, first run")
            if row["target"] and row["figure"]:
                yield (
                    subject,
                    _times(row["figure"]["median"]),
                    f"≤ {_times(row['target']['value'])}",
                    _times(first["figure"]["median"]) if first else "",
                )


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 9.95 else f"{value:.2g}"


def _times(value: float) -> str:
    return f"{_number(value)}x"


def _table(head: Iterable[str], body: Iterable[Iterable[str]]) -> str:
    lines = [list(head)]
    lines += [["---"] * len(lines[0])]
    lines += [list(cells) for cells in body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _readme(results: _Results) -> str:
    head = ["whole process, trace written", "keeps", *_README_PROGRAMS]
    head += ["memory", "trace"]
    body = []
    for recorder, captures in results.recorders.items():
        cells = [recorder, captures]
        cells += [results.ratio(program, recorder) for program in _README_PROGRAMS]
        run = results.runs[_SIZES_OF, recorder]
        has_figures = run["ratio"] is not None
        cells += [_number(run["peak_mb"]["median"]) if has_figures else ""]
        cells += [_number(run["size"] * 1e-6) if has_figures else ""]
        body.append(cells)
    work = ", ".join(f"{name} {ratio}" for name, ratio, *_ in results.while_recording())
    return (
        f"{_table(head, body)}\n\n"
        f"In times of the plain run; memory and trace in MB, of the program "
        f"`{_SIZES_OF}`. While recording, in processor time: {work}.\n"
        f"Measured by `make bench`: {results.machine_text()}. "
        "More in [Performance](docs/performance.md)."
    )


def _documentation(results: _Results) -> str:
    machine = f"Measured by `make bench`: {results.machine_text()}."
    work = _table(
        ("while recording", "processor time", "aim", "its first run"),
        results.while_recording(),
    )
    head = ["whole process", *results.recorders]
    body = [
        [program, *(results.ratio(program, name) for name in results.recorders)]
        for program in results.programs
    ]
    failures = sorted(
        {
            f"- {run['subject']}: {run['failure']}"
            for run in results.runs.values()
            if run["failure"] and not run["failure"].startswith("over ")
        }
    )
    why = "\n\nWhy a recorder failed:\n\n" + "\n".join(failures) if failures else ""
    return f"{machine}\n\n{work}\n\n{_table(head, body)}{why}"


def _put(path: Path, name: str, text: str) -> None:
    """Write `text` between the marks; SystemExit when they are not there."""
    pattern = re.compile(
        rf"(<!-- bench: {name} -->\n).*?(<!-- bench: end -->)", re.DOTALL
    )
    whole = path.read_text(encoding="utf-8")
    if len(pattern.findall(whole)) != 1:
        raise SystemExit(f"{path}: no text between the marks of 'bench: {name}'")
    new = pattern.sub(lambda found: f"{found[1]}{text}\n{found[2]}", whole)
    path.write_text(new, encoding="utf-8")
    print(path)


def main() -> None:
    """Write the tables and copy the plots."""
    default = _CHECKOUT / "build" / "bench" / "results.json"
    paths = [Path(argument) for argument in sys.argv[1:]] or [default]
    results = _Results(paths)
    if not results.runs or not any(results.while_recording()):
        names = ", ".join(map(str, paths))
        raise SystemExit(f"{names} lacks figures: run the parts `while` and `whole`.")
    _put(_CHECKOUT / "README.md", "table", _readme(results))
    _put(_DOCS / "performance.md", "tables", _documentation(results))
    for name in ("performance.svg", "growth.svg"):
        plot = paths[0].with_name(name)
        if plot.exists():
            print(shutil.copy(plot, _DOCS / name))


if __name__ == "__main__":
    main()
