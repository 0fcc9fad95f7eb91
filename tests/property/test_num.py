"""The text of a double is the one Python's repr gives, for any bit pattern."""

import os
import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COUNT = 100_000


@pytest.fixture(scope="module")
def num_text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the program that prints doubles."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        pytest.skip("no C compiler")
    program = tmp_path_factory.mktemp("num") / "num_text"
    sources = [ROOT / "tests/c/num_text.c", ROOT / "csrc/base/num.c"]
    subprocess.run(
        [compiler, "-std=gnu11", "-O2", "-I", ROOT / "csrc", *sources, "-o", program],
        check=True,
    )
    return program


def texts_of(program: Path, values: list[float]) -> list[str]:
    """Return what the program prints for the values."""
    data = struct.pack(f"<{len(values)}d", *values)
    out = subprocess.run([program], input=data, stdout=subprocess.PIPE, check=True)
    return out.stdout.decode("ascii").splitlines()


def check(program: Path, values: list[float]) -> None:
    """Compare the program's texts with repr, naming the first few differences."""
    texts = texts_of(program, values)
    assert len(texts) == len(values)
    pairs = zip(values, texts, strict=True)
    assert [(v.hex(), text) for v, text in pairs if repr(v) != text][:5] == []


def test_any_bits(num_text: Path) -> None:
    """Random bit patterns: all exponents, subnormals, NaNs."""
    data = random.Random(7).randbytes(8 * COUNT)
    check(num_text, list(struct.unpack(f"<{COUNT}d", data)))


def test_short_decimals(num_text: Path) -> None:
    """Decimals with few digits, as programs have them, and sums that miss them."""
    rng = random.Random(11)
    values = []
    for _ in range(COUNT // 2):
        value = float(
            f"{rng.randrange(10 ** rng.randrange(1, 18))}e{rng.randint(-25, 25)}"
        )
        values += [value, value + rng.choice((0.1, -0.3, 1e-9))]
    check(num_text, values)


def test_powers(num_text: Path) -> None:
    """Powers of two and ten, where rounding intervals are uneven."""
    values = [2.0**e for e in range(-1074, 1024)]
    values += [float(f"{d}e{e}") for e in range(-324, 309) for d in (1, 2, 5, 9)]
    check(num_text, values + [-v for v in values])
