"""Every example of the documentation's guide runs, and its pages hang together."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from recording import PACKAGE, TESTS, Outcome, Recording, run

from codetracer_python_recorder import cli

DOCS = TESTS.parent / "docs"
if not DOCS.is_dir():
    pytest.skip("the documentation is not here", allow_module_level=True)

PAGES = sorted(path.stem for path in DOCS.glob("*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall((DOCS / "guide.md").read_text(encoding="utf-8"))
APP, *PROGRAMS = [text for language, text in BLOCKS if language == "python"]
COMMANDS = [
    line for language, text in BLOCKS if language == "sh" for line in text.splitlines()
]


def assert_recorded(directory: Path, outcome: Outcome) -> None:
    assert (outcome.status, outcome.stderr) == (0, b"")
    [metadata] = directory.glob("*/trace_metadata.json")
    recording = Recording(metadata.parent, outcome)
    recording.assert_clean()
    assert recording.metadata["counts"]["steps"] > 0


@pytest.mark.parametrize("line", COMMANDS)
def test_command_of_the_guide(tmp_path: Path, line: str) -> None:
    (tmp_path / "app.py").write_text(APP)
    command, *arguments = shlex.split(line)
    assert command == "codetracer-python-recorder"
    outcome = run(["-m", PACKAGE, *arguments], tmp_path)
    assert outcome.stdout.startswith(b"6 [")
    shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)
    assert_recorded(tmp_path, outcome)


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_program_of_the_guide(tmp_path: Path, number: int) -> None:
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
