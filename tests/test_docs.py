"""Every example of the documentation runs, and its pages hang together.

The files of trace-filters.md are run by test_filter_wishes.py, the line of the .pth
file by test_auto_start.py.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from recording import PACKAGE, TESTS, Outcome, Recording, run

from codetracer_python_recorder import cli

DOCS = TESTS.parent / "docs"
if not DOCS.is_dir():
    pytest.skip("the documentation is not here", allow_module_level=True)

PAGES = sorted(path.stem for path in DOCS.glob("*.md"))
BLOCK = re.compile(r"^```([\w{}-]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    """The blocks of a page in a language; `` for what is no example."""
    path = DOCS.parent / "README.md" if page == "README" else DOCS / f"{page}.md"
    found = BLOCK.findall(path.read_text(encoding="utf-8"))
    return [text for name, text in found if name == language]


def commands(page: str) -> list[str]:
    return [line for text in blocks(page, "sh") for line in text.splitlines()]


APP, *PROGRAMS = blocks("guide", "python")
PROGRAMS += blocks("README", "python")

# The languages that a page has examples in: all of them are run below.
EXAMPLES = {
    "README": {"sh", "python"},
    "guide": {"sh", "python"},
    "command-line": {"sh"},
    "environment": {"sh"},
    "trace-filters": {"toml"},
}
# How the blocks begin that are no examples of the recorder.
PLAIN = {
    "README": ["make demo", "pip install ."],
    "architecture": ["traced program"],
    "environment": ["import os; os.environ.get"],
}


def assert_recorded(directory: Path, outcome: Outcome) -> None:
    assert (outcome.status, outcome.stderr) == (0, b"")
    [metadata] = directory.glob("*/trace_metadata.json")
    recording = Recording(metadata.parent, outcome)
    recording.assert_clean()
    assert recording.metadata["counts"]["steps"] > 0


@pytest.mark.parametrize("page", ["README", *PAGES])
def test_every_block_is_an_example_that_is_run(page: str) -> None:
    languages = {name for name in ("sh", "python", "toml") if blocks(page, name)}
    assert languages == EXAMPLES.get(page, set())
    plain = blocks(page, "")
    assert len(plain) == len(PLAIN.get(page, []))
    for text, start in zip(plain, PLAIN.get(page, []), strict=True):
        assert text.startswith(start)


@pytest.mark.parametrize("line", commands("guide"))
def test_command_of_the_guide(tmp_path: Path, line: str) -> None:
    (tmp_path / "app.py").write_text(APP)
    command, *arguments = shlex.split(line)
    assert command == "codetracer-python-recorder"
    outcome = run(["-m", PACKAGE, *arguments], tmp_path)
    assert outcome.stdout.startswith(b"6 [")
    shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)
    assert_recorded(tmp_path, outcome)


@pytest.mark.parametrize("line", commands("README"))
def test_command_of_the_readme(tmp_path: Path, line: str) -> None:
    (tmp_path / "package").mkdir()
    for name in ("script.py", "package/__init__.py", "package/module.py"):
        (tmp_path / name).write_text("import sys\nx = sys.argv[1:]\n")
    command, *arguments = shlex.split(line)
    assert command == "codetracer-python-recorder"
    outcome = run(["-m", PACKAGE, *arguments], tmp_path)
    assert_recorded(tmp_path, outcome)


def test_command_of_the_environment(tmp_path: Path) -> None:
    [line] = commands("environment")
    command, *arguments = shlex.split(line, comments=True)
    assert command == "python"
    outcome = run(arguments, tmp_path)
    place = os.path.join(sysconfig.get_path("purelib"), "codetracer.pth")
    assert (outcome.status, outcome.stdout.decode()) == (0, f"{place}\n")


def test_command_of_the_command_line() -> None:
    [line] = commands("command-line")
    completions = Path(sys.prefix) / "share/bash-completion/completions"
    bash = shutil.which("bash")
    if bash is None or not (completions / "codetracer-python-recorder").exists():
        pytest.skip("needs bash, and the package installed from a wheel")
    script = f"set -eu\n{line}\ncomplete -p codetracer-python-recorder\n"
    environment = {**os.environ, "VIRTUAL_ENV": sys.prefix}
    shown = subprocess.run(
        [bash, "-c", script], capture_output=True, check=True, env=environment
    )
    assert b" -F " in shown.stdout


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_program(tmp_path: Path, number: int) -> None:
    (tmp_path / "main.py").write_text(PROGRAMS[number])
    assert_recorded(tmp_path, run(["main.py"], tmp_path))


def test_every_page_is_in_the_contents() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    contents = index.partition("```{toctree}")[2].splitlines()
    assert sorted(contents[3 : contents.index("```")]) == sorted(
        page for page in PAGES if page != "index"
    )


@pytest.mark.parametrize("page", PAGES)
def test_options_that_a_page_speaks_of_exist(page: str) -> None:
    """In code spans and blocks: an option of the recorder, or of the tool named."""
    known = set(cli._make_parser()._option_string_actions)
    others = {"--watch", "--verbose"}
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    spoken = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+[a-z]\b", text))
    assert spoken - known - others == set()
