"""The man page and the completions that are installed with the package."""

import importlib.metadata
import shutil
import subprocess
from pathlib import Path

import pytest

from codetracer_python_recorder import cli

COMMAND = "codetracer-python-recorder"


def installed(name: str) -> Path:
    """A file below the environment's `share`."""
    files = importlib.metadata.files(COMMAND) or []
    found = [file for file in files if str(file).endswith(f"share/{name}")]
    if not found:
        pytest.skip("not installed from a wheel")
    return Path(str(found[0].locate()))


def test_man_page() -> None:
    """It has each option and example, and groff has nothing to say about it."""
    path = installed(f"man/man1/{COMMAND}.1")
    source = path.read_text(encoding="utf-8")
    groff = shutil.which("groff")
    if groff is not None:
        command = [groff, "-man", "-ww", "-z", path]
        said = subprocess.run(command, capture_output=True, check=True)
        assert (said.stdout, said.stderr) == (b"", b"")
    text = source.replace("\\-", "-").replace("\\&", "")
    parser = cli._make_parser()
    for name in parser._option_string_actions:
        assert f"\\fB{name}\\fR" in text
    examples = cli.EPILOG.partition("\n\n")[0].splitlines()[1:]
    for example in examples:
        assert example % {"prog": COMMAND} in text


COMPLETE = """
source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
words=$(complete -p codetracer-python-recorder)
function=${words#* -F }
${function%% *} "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf "%s\\n" "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--max-d"], ["--max-depth"]),
        (["--globals", "u"], ["used"]),
        (["--format", ""], ["binary", "json"]),
        (["--trace-dir", ""], ["folder"]),
        (["--trace-filter", "scr"], ["script.py"]),
        (["scr"], ["script.py"]),
        (["--require-trace", "scr"], ["script.py"]),
    ],
)
def test_completion_in_bash(
    tmp_path: Path, words: list[str], expected: list[str]
) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    (tmp_path / "folder").mkdir()
    (tmp_path / "script.py").write_text("")
    completions = installed(f"bash-completion/completions/{COMMAND}")
    command = [bash, "-c", COMPLETE, "bash", completions, COMMAND, *words]
    shown = subprocess.run(
        command, capture_output=True, check=True, cwd=tmp_path, text=True
    )
    assert sorted(shown.stdout.split()) == expected


def test_completion_in_zsh_knows_the_options() -> None:
    text = installed(f"zsh/site-functions/_{COMMAND}").read_text(encoding="utf-8")
    assert text.startswith(f"#compdef {COMMAND}\n")
    for name in cli._make_parser()._option_string_actions:
        assert name in text
