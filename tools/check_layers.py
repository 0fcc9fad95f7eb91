"""Check the layers of ``csrc``: which file may include what.

``base`` ← ``tape`` ← ``trace`` ← ``py``: a layer includes itself and those before it.
``launch`` stands alone, on the C library. Only ``py`` knows Python, only its adapters
(``frame_*.c``, ``object_*.c``) know CPython's internals, and only they and
``py/compat.h`` test its version.
A ``.c`` includes its own header first.

Prints one line per offence and exits 1 if there is any.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

CSRC = Path(__file__).parents[1] / "csrc"

MAY_INCLUDE = {
    "base": ("base",),
    "tape": ("base", "tape"),
    "trace": ("base", "tape", "trace"),
    "py": ("base", "tape", "trace", "py"),
    "launch": (),
}
ADAPTER = re.compile(r"py/(frame|object)_\w+\.c")
PYTHON_HEADER = re.compile(
    r"(Python|structmember|frameobject|pyconfig|patchlevel)\.h|(internal|cpython)/.*"
)
INTERNAL = re.compile(r"internal/|pycore_")
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.M)
PYTHON_VERSION = re.compile(r"\bPY_(VERSION_HEX|(MAJOR|MINOR|MICRO)_VERSION)\b")
INTERNAL_SWITCH = re.compile(r"\bPy_BUILD_CORE(_MODULE)?\b")


def offences(csrc: Path, path: Path) -> Iterator[str]:
    """Yield what is wrong with one C file, as sentences that start with its name."""
    name = path.relative_to(csrc).as_posix()
    layer = name.partition("/")[0]
    if layer not in MAY_INCLUDE:
        yield f"{name} belongs to no layer"
        return
    text = path.read_text(encoding="utf-8")
    is_adapter = ADAPTER.fullmatch(name) is not None

    includes = INCLUDE.findall(text)
    for quote, header in includes:
        if INTERNAL.search(header):
            if not is_adapter:
                yield f"{name} includes CPython's internal {header}"
        elif PYTHON_HEADER.fullmatch(header):
            if layer != "py":
                yield f"{name} includes {header}: only py knows Python"
        elif quote == '"':
            if header.partition("/")[0] not in MAY_INCLUDE[layer]:
                yield f"{name} includes {header}: {layer} may not"
            elif not (csrc / header).is_file():
                yield f"{name} includes {header}, which does not exist"

    own_header = path.with_suffix(".h")
    if path.suffix == ".c" and own_header.exists():
        wanted = ('"', own_header.relative_to(csrc).as_posix())
        if includes[:1] != [wanted]:
            yield f"{name} does not include its own header first"
    if path.suffix == ".h" and "#pragma once" not in text:
        yield f"{name} lacks #pragma once"

    if not is_adapter:
        if INTERNAL_SWITCH.search(text):
            yield f"{name} mentions Py_BUILD_CORE"
        if name != "py/compat.h" and PYTHON_VERSION.search(text):
            yield f"{name} tests the Python version"


def main(csrc: Path = CSRC) -> int:
    """Print every offence; return the exit status."""
    files = sorted(path for path in csrc.rglob("*") if path.suffix in (".c", ".h"))
    found = [offence for path in files for offence in offences(csrc, path)]
    print(*found, sep="\n", end="\n" if found else "")
    print(f"layers: {len(files)} files, {len(found)} offences")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
