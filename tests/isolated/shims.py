"""Libraries to preload, and programs that are long enough for a tape to grow."""

import shutil
import subprocess
from pathlib import Path

import pytest

LONG = """
def f(n):
    found = []
    for i in range(n):
        found = [i, str(i) * 20]
    return found
f(ROUNDS)
print("done")
"""


def long_program(directory: Path, before: str = "", rounds: int = 20000) -> Path:
    """A program that prints `done`, behind lines of the caller's.

    A thousand rounds fill the first segment of its tape.
    """
    path = directory / "long.py"
    path.write_text(before + LONG.replace("ROUNDS", str(rounds)))
    return path


def build_shim(name: str, directory: Path) -> Path:
    """Compile tests/isolated/NAME.c to a library."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    library = directory / f"{name}.so"
    source = Path(__file__).with_name(f"{name}.c")
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True
    )
    return library
