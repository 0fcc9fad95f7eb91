"""plot.py RESULTS DIR: the plots of a run, as SVG.

performance.svg: whole processes under each recorder, in times of the plain run.
growth.svg: time, memory and size a line by the length of the run. Only those that the
results have figures for. Run by the python of an environment with matplotlib.
"""

import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import pyplot

_STYLE = {
    "svg.fonttype": "none",  # text stays text, which is small
    "svg.hashsalt": "codetracer-python-recorder",  # the same names in each file
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
}
# Marker and colour of each recorder (Okabe and Ito's colours, told apart by everyone).
_LOOKS = {
    "ours binary": ("o", "#0072b2"),
    "ours json": ("s", "#56b4e9"),
    "0.3.0 binary": ("o", "#d55e00"),
    "0.3.0 json": ("s", "#e69f00"),
    "viztracer": ("^", "#009e73"),
    "viztracer, arguments": ("v", "#009e73"),
    "coverage": ("x", "#666666"),
    "hunter": ("D", "#cc79a7"),
    "py-tt-debug": ("P", "#000000"),
}
_GROWTH = re.compile(r"growth, (\w+): (\d+) lines")
_FORMAT_LOOKS = {"json": ("s", "#56b4e9"), "binary": ("o", "#0072b2")}


def _plot_runs(runs: list[dict[str, Any]], path: Path) -> None:
    """A line for each program, a mark on it for each recorder."""
    programs = list(dict.fromkeys(run["group"] for run in runs))
    places = {name: -number for number, name in enumerate(programs)}
    figure, axes = pyplot.subplots(figsize=(7.5, 1.2 + 0.27 * len(programs)))
    for recorder, (marker, colour) in _LOOKS.items():
        own = [run for run in runs if run["subject"] == recorder and run["ratio"]]
        axes.scatter(
            [run["ratio"]["median"] for run in own],
            [places[run["group"]] for run in own],
            marker=marker,
            color=colour,
            s=28,
            label=recorder,
            zorder=3,
        )
    axes.axvline(1, color="#999999", linewidth=1)
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.xaxis.set_major_formatter("{x:g}x")
    axes.set_xlabel("whole process, trace written, in times of the plain run")
    axes.set_yticks(list(places.values()), list(places))
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.45, -0.09), ncols=3, frameon=False
    )
    _save(figure, path)


def _plot_growth(rows: list[dict[str, Any]], path: Path) -> None:
    """A panel for each quantity, a curve in it for each format."""
    curves: dict[tuple[str, str], dict[str, list[tuple[int, float]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for row in rows:
        match = _GROWTH.fullmatch(row["group"])
        if match and row["figure"]:
            point = int(match[2]), row["figure"]["median"]
            curves[row["subject"], row["unit"]][match[1]].append(point)
    figure, panels = pyplot.subplots(1, len(curves), figsize=(8.5, 2.6))
    for axes, ((subject, unit), by_format) in zip(panels, curves.items(), strict=True):
        for trace_format, points in by_format.items():
            marker, colour = _FORMAT_LOOKS[trace_format]
            axes.plot(*zip(*points, strict=True), marker=marker, color=colour)
        axes.set_xscale("log")
        axes.minorticks_off()
        axes.set_ylim(bottom=0)
        axes.set_xlabel("lines")
        axes.set_title(f"{subject} ({unit})", fontsize=9)
    panels[0].legend(list(by_format), frameon=False)
    figure.tight_layout()
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    # The hair-lines of white that it leaves at the ends of lines are no good in a diff.
    text = re.sub(r"[ \t]+$", "", path.read_text(), flags=re.MULTILINE)
    path.write_text(text)
    print(path)


def main() -> None:
    """Make the plots that there are figures for."""
    results = json.loads(Path(sys.argv[1]).read_text())
    directory = Path(sys.argv[2])
    matplotlib.use("svg")
    matplotlib.rcParams.update(_STYLE)
    if results["runs"]:
        _plot_runs(results["runs"], directory / "performance.svg")
    if any(_GROWTH.fullmatch(row["group"]) for row in results["rows"]):
        _plot_growth(results["rows"], directory / "growth.svg")


if __name__ == "__main__":
    main()
