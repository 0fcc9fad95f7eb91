"""The filter file and its errors: each says the file, the place and the text."""

from pathlib import Path

import pytest
from recording import PACKAGE, run

from codetracer_python_recorder.filters.chain import Chain, builtin_file, load_chain
from codetracer_python_recorder.filters.files import (
    FilterError,
    FilterFile,
    project_root,
)
from codetracer_python_recorder.filters.selectors import (
    SCOPE_KINDS,
    VALUE_KINDS,
    Selector,
    SelectorError,
)

META = '[meta]\nname = "x"\nversion = 1\n'
SCOPE = '[scope]\ndefault_exec = "trace"\ndefault_value_action = "allow"\n'
RULE = '[[scope.rules]]\nselector = "pkg:a"\n'
PATTERN = '[[scope.rules.value_patterns]]\nselector = "local:a"\naction = "redact"\n'
ALL = META + SCOPE + RULE + PATTERN


def parse(text: str) -> FilterFile:
    return FilterFile("f.toml", text.encode())


def error(text: str) -> str:
    with pytest.raises(FilterError) as raised:
        parse(text)
    return str(raised.value).removeprefix("trace filter 'f.toml': ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "meta: is missing"),
        (META, "scope: is missing"),
        (META + "[scope]\ndefault_exec='skip'", "scope.default_value_action: is mis"),
        (META + "[scope]\ndefault_value_action='allow'", "scope.default_exec: is miss"),
        ("name = 1\n" + ALL, "name: unknown key; known here: meta, io, scope"),
        (ALL.replace("name =", "nam ="), "meta.nam: unknown key; did you mean 'name'?"),
        (ALL.replace('"x"', '"  "'), "meta.name: is blank"),
        (ALL.replace('"x"', "3"), "meta.name: must be a string, not 3"),
        (ALL.replace("version = 1", "version = 0"), "meta.version: must be an integer"),
        (ALL.replace("version = 1", "version = true"), "meta.version: must be an int"),
        (ALL.replace("version = 1", "version = 1.0"), "meta.version: must be an int"),
        (ALL.replace("version", "labels = [1]\nversion"), "meta.labels[0]: must be a"),
        (ALL.replace('"trace"', '"trac"'), "did you mean 'trace'?"),
        (ALL.replace('"allow"', '"hide"'), "scope.default_value_action: 'hide' is not"),
        (
            ALL + "action_ = 1\n",
            "scope.rules[0].value_patterns[0].action_: unknown key",
        ),
        (ALL + "[[scope.rule]]\n", "scope.rule: unknown key; did you mean 'rules'?"),
        (META + SCOPE + "[scope.rules]\n", "an array of tables ([[scope.rules]])"),
        (META + SCOPE + "[[scope.rules]]\n", "scope.rules[0].selector: is missing"),
        (
            ALL.replace("pkg:a", "pgk:a"),
            "unsupported selector kind 'pgk'; did you mean",
        ),
        (ALL.replace("pkg:a", "local:a"), "selector kind 'local' is not allowed in th"),
        (ALL.replace("local:a", "pkg:a"), "selector kind 'pkg' is not allowed in this"),
        (
            ALL.replace("pkg:a", "pkg:glb:a"),
            "unsupported selector match type 'glb'; did",
        ),
        (ALL.replace("pkg:a", "pkg:glob:["), "scope.rules[0].selector: invalid glob"),
        (
            ALL.replace("redact", "inherit"),
            "scope.rules[0].value_patterns[0].action: '",
        ),
        (ALL + "[io]\ncapture = true\n", "io.streams: must name at least one stream"),
        (ALL + "[io]\nstreams = ['stdot']\n", "io.streams[0]: 'stdot' is not one of"),
        (ALL + "[io]\nmodes = ['a']\n", "io.modes: must be empty"),
        (ALL + "[io]\ncapture = 1\n", "io.capture: must be true or false, not 1"),
        (ALL + "[io]\nfd = 1\n", "io.fd: unknown key"),
        ("[meta]\nname = \n", "line 2, column 8: Invalid value in 'name ='"),
        ("[meta\n", "line 1, column 6: "),
        ("a = '''x\ny", "line 2, column 2: "),
        ("\n\n[meta]\n[meta]\n", "line 4, column 6: Cannot declare"),
        ("[meta]\nname = '\ud800'\n", "line 2, column 9: byte 0xed is not UTF-8"),
    ],
)
def test_errors_name_place_and_text(text: str, message: str) -> None:
    with pytest.raises(FilterError) as raised:
        FilterFile("f.toml", text.encode("utf-8", "surrogatepass"))
    assert str(raised.value).startswith("trace filter 'f.toml': ")
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "selector string is empty"),
        ("  ", "selector string is empty"),
        ("pkg", "selector missing pattern"),
        ("foo:a", "unsupported selector kind 'foo'"),
        ("attr:a", "selector kind 'attr' is not allowed in this context"),
        ("pkg::a", "selector match type cannot be empty"),
        ("pkg:exact:a", "unsupported selector match type 'exact'"),
        ("pkg:", "selector pattern cannot be empty"),
        ("pkg:glob:", "selector pattern cannot be empty"),
        ("pkg:glob:a[", "invalid glob pattern 'a[': unbalanced '[' at character 2"),
        (
            "pkg:regex:(?=a)",
            "invalid regex pattern '(?=a)': look-around is not portable",
        ),
    ],
)
def test_selector_errors(text: str, message: str) -> None:
    with pytest.raises(SelectorError) as raised:
        Selector(text, SCOPE_KINDS)
    assert str(raised.value) == message


def test_selectors_are_cut_at_the_first_two_colons() -> None:
    selector = Selector("file:literal:a:b", SCOPE_KINDS)
    assert (selector.match_type, selector.pattern) == ("literal", "a:b")
    assert Selector("local:x*", VALUE_KINDS).match_type == "glob"


def test_a_complete_file() -> None:
    file = parse(
        META + 'description = "d"\nlabels = ["a", "b", "a"]\n'
        '[io]\ncapture = true\nstreams = ["stdout", "files"]\nmodes = []\n'
        + SCOPE.replace("allow", "deny")
        + RULE
        + 'reason = "r"\n'
        + PATTERN
    )
    assert (file.name, file.version, file.labels) == ("x", 1, ["a", "b"])
    assert file.io is not None and file.io.streams == ("stdout",)
    assert file.default_value_action == "redact"
    assert file.warnings == [
        "f.toml: io.streams[1]: 'files' is ignored",
        "f.toml: scope.default_value_action: 'deny' is deprecated; write 'redact'",
    ]
    assert file.rules[0].reason == "r"


def test_a_later_io_table_replaces_an_earlier_one() -> None:
    first = parse(ALL + '[io]\ncapture = true\nstreams = ["stdin"]\n')
    second = parse(ALL + "[io]\ncapture = false\n")
    assert Chain([builtin_file(), first, parse(ALL)]).io is first.io
    assert Chain([builtin_file(), first, second]).io is second.io


def test_inherit_keeps_what_the_chain_decided() -> None:
    inherit = parse(
        ALL.replace('exec = "trace"', 'exec = "inherit"').replace("allow", "inherit")
    )
    skip = parse(ALL.replace('"trace"', '"skip"').replace("allow", "drop"))
    chain = Chain([builtin_file(), skip, inherit])
    assert (chain.default_exec, chain.default_value_action) == ("skip", "drop")
    with pytest.raises(
        FilterError, match=r"scope\.default_exec: 'inherit' has nothing"
    ):
        Chain([inherit])


def test_project_root(tmp_path: Path) -> None:
    assert project_root("/a/.codetracer/sub/f.toml") == "/a"
    assert project_root("/a/b/f.toml") == "/a/b"


def test_the_project_filter_is_the_nearest(tmp_path: Path) -> None:
    for directory in (tmp_path, tmp_path / "a/b"):
        (directory / ".codetracer").mkdir(parents=True)
        (directory / ".codetracer/trace-filter.toml").write_text(ALL)
    explicit = tmp_path / "f.toml"
    explicit.write_text(ALL)
    chain = load_chain(str(tmp_path / "a/b"), [str(explicit)])
    assert [file.path for file in chain.files] == [
        "<inline:builtin-default>",
        str(tmp_path / "a/b/.codetracer/trace-filter.toml"),
        str(explicit),
    ]
    assert load_chain(str(tmp_path / "a"), []).files[1].root == str(tmp_path)


def test_check_filter(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(ALL)
    (tmp_path / "bad.toml").write_text(ALL.replace("pkg:a", "pkg:glob:["))
    good = run(["-m", PACKAGE, "--check-filter", "good.toml"], tmp_path)
    assert good.status == 0
    assert b"good.toml: ok, filter 'x' version 1" in good.stdout
    assert b"scope.rules[0]: pkg:a" in good.stdout and good.stderr == b""
    both = run(["-m", PACKAGE, "--check-filter", "bad.toml", "good.toml"], tmp_path)
    assert both.status == 1
    assert b"scope.rules[0].selector: invalid glob pattern '['" in both.stderr
    assert b"good.toml: ok" in both.stdout
    missing = run(["-m", PACKAGE, "--check-filter", "none.toml"], tmp_path)
    assert missing.status == 1 and b"none.toml' does not exist" in missing.stderr


def test_print_default_filter(tmp_path: Path) -> None:
    printed = run(["-m", PACKAGE, "--print-default-filter"], tmp_path)
    assert (printed.status, printed.stderr) == (0, b"")
    file = FilterFile("printed", printed.stdout)
    assert (file.name, file.sha256) == ("builtin-default", builtin_file().sha256)


def test_explain_filter(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/__init__.py").write_text("")
    (tmp_path / "app/core.py").write_text(
        "class A:\n    def get(self, key):\n        return key\n\nx = 1\n"
    )
    (tmp_path / "f.toml").write_text(
        META + SCOPE + '[[scope.rules]]\nselector = "obj:app.core.A.*"\nexec = "skip"\n'
        'value_default = "drop"\nreason = "because"\n'
    )

    def explain(target: str) -> str:
        command = [
            "-m",
            PACKAGE,
            "--trace-filter",
            "f.toml",
            "--explain-filter",
            target,
        ]
        outcome = run(command, tmp_path)
        assert outcome.status == 0, outcome.stderr
        return outcome.stdout.decode()

    by_line = explain("app/core.py:3")
    assert by_line.startswith(f"app.core.A.get in {tmp_path}/app/core.py\n")
    assert "Code: not recorded (skip), by scope.rules[0] of " in by_line
    assert "obj:app.core.A.* (because)" in by_line
    assert "Values: drop unless" in by_line and "What it returns: drop." in by_line
    assert explain("app.core.A.get") == by_line
    module = explain("app/core.py")
    assert module.startswith("app.core.<module>")
    assert "Code: recorded (trace), by scope.default_exec of " in module
    assert "the standard library" in explain("json.loads")
    unknown = run(["-m", PACKAGE, "--explain-filter", "no.such.thing"], tmp_path)
    assert unknown.status == 1 and b"'no.such.thing' is no file" in unknown.stderr
