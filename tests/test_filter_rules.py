"""Sentences of the filter language that a decision or a small recording shows."""

import json
import os
import sys
import sysconfig
from pathlib import Path

import pytest
from filter_programs import HEAD, pattern, rule, run_filtered, scope, write
from recording import PACKAGE, run

from codetracer_python_recorder.codetracer_python_recorder import _filter_decision
from codetracer_python_recorder.filters.chain import Chain, builtin_file
from codetracer_python_recorder.filters.files import (
    ACTIONS,
    FilterError,
    FilterFile,
    read_file,
)
from codetracer_python_recorder.filters.selectors import VALUE_KINDS

STDLIB = Path(os.__file__).parent


def chain(*texts: str) -> bytes:
    files = [FilterFile("f.toml", (HEAD + text).encode(), "/p") for text in texts]
    return Chain([builtin_file(), *files]).dump()


def decide(
    compiled: bytes, kind: str = "local", name: str = "x", file: str = "/p/m.py"
) -> tuple[str, str]:
    question = ((VALUE_KINDS.index(kind), name),)
    answer = _filter_decision(compiled, "m", file, "f", False, question)
    assert answer is not None
    return ("skip" if answer[0] else "trace"), ACTIONS[answer[4][0][0]]


# ---- the chain -----------------------------------------------------------------------


def test_the_search_begins_at_the_program_not_where_it_is_started(
    tmp_path: Path,
) -> None:
    inside = HEAD.replace("test", "inside") + scope()
    outside = HEAD.replace("test", "outside") + scope()
    write(
        tmp_path,
        {
            "app/.codetracer/trace-filter.toml": inside,
            "app/deep/main.py": "x = 1\n",
            "cwd/.codetracer/trace-filter.toml": outside,
        },
    )
    (tmp_path / "cwd/link.py").symlink_to("../app/deep/main.py")
    for program in ("../app/deep/main.py", "link.py"):
        done = run(["-m", PACKAGE, "-o", "t", program], tmp_path / "cwd")
        assert done.status == 0, done.stderr
        metadata = json.loads((tmp_path / "cwd/t/trace_metadata.json").read_text())
        names = [each["name"] for each in metadata["trace_filter"]["filters"]]
        assert names == ["builtin-default", "inside"]


API = """
import json, os, sys
import codetracer_python_recorder as recorder
os.chdir("cwd")
with recorder.trace("t", format="json", **json.loads(sys.argv[1])):
    pass
"""


def api_chain(directory: Path, variable: str | None, **keywords: object) -> list[str]:
    """The names of the filters of a recording through the API."""
    write(directory, {"main.py": API})
    variables = {} if variable is None else {"CODETRACER_TRACE_FILTER": variable}
    done = run(["main.py", json.dumps(keywords)], directory, variables=variables)
    assert done.status == 0, done.stderr
    metadata = json.loads((directory / "cwd/t/trace_metadata.json").read_text())
    return [each["name"] for each in metadata["trace_filter"]["filters"]][1:]


def test_the_api_searches_the_current_directory_and_reads_the_environment(
    tmp_path: Path,
) -> None:
    files = {"cwd/.codetracer/trace-filter.toml": "cwd", "env.toml": "env"}
    files |= {".codetracer/trace-filter.toml": "program", "arg.toml": "arg"}
    named = {key: HEAD.replace("test", name) for key, name in files.items()}
    write(tmp_path, {key: head + scope() for key, head in named.items()})
    env, arg = str(tmp_path / "env.toml"), str(tmp_path / "arg.toml")
    assert api_chain(tmp_path, None, trace_filter=arg) == ["cwd", "arg"]
    assert api_chain(tmp_path, "", trace_filter=None) == ["cwd"]
    assert api_chain(tmp_path, env) == ["cwd", "env"]
    both = f"{env}::{env}"
    assert api_chain(tmp_path, both, trace_filter=[arg]) == ["cwd", *["env"] * 2, "arg"]
    assert api_chain(tmp_path, env, apply_env_policy=False) == ["cwd"]


def test_a_missing_file_of_the_environment_stops_the_api(tmp_path: Path) -> None:
    write(tmp_path, {"main.py": API, "cwd/x": ""})
    variables = {"CODETRACER_TRACE_FILTER": "/no/filter.toml"}
    done = run(["main.py", "{}"], tmp_path, variables=variables)
    assert done.status == 1 and not (tmp_path / "cwd/t").exists()
    assert b"trace filter '/no/filter.toml' does not exist" in done.stderr


def test_an_automatic_start_takes_the_environment_once(tmp_path: Path) -> None:
    write(tmp_path, {"main.py": f"import {PACKAGE}\n", "f.toml": HEAD + scope()})
    variables = {"CODETRACER_TRACE_FILTER": "f.toml", "CODETRACER_TRACE": "t"}
    assert run(["main.py"], tmp_path, variables=variables).status == 0
    metadata = json.loads((tmp_path / "t/trace_metadata.json").read_text())
    names = [each["name"] for each in metadata["trace_filter"]["filters"]]
    assert names == ["builtin-default", "test"]


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(FilterError, match=f"trace filter '{path}' is not a file"):
            read_file(str(path))


# ---- the file ------------------------------------------------------------------------


def test_deny_is_redact_everywhere_and_files_is_said_once() -> None:
    file = FilterFile(
        "f.toml",
        (
            HEAD
            + '[io]\ncapture = true\nstreams = ["files", "stdin", "files"]\n'
            + scope(action="deny")
            + rule("pkg:m", value_default="deny")
            + pattern("local:x", "deny")
        ).encode(),
    )
    assert file.default_value_action == "redact"
    assert file.rules[0].value_default == "redact"
    assert file.rules[0].patterns[0].action == "redact"
    assert [text.partition(": ")[2][:30] for text in file.warnings] == [
        "io.streams[0]: 'files' is igno",
        "scope.default_value_action: 'd",
        "scope.rules[0].value_default: ",
        "scope.rules[0].value_patterns[",
    ]
    assert file.io is not None and file.io.streams == ("stdin",)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[meta]\nowner = 1", "meta.owner: unknown key"),
        ("[scope]\ndefault = 1", "scope.default: unknown key"),
        ("[[scope.rules]]\nkind = 1", "scope.rules[0].kind: unknown key"),
        ("[[scope.rules]]\nreason = 1", "scope.rules[0].reason: must be a string"),
        ("[[scope.rules]]\nexec = 'no'", "scope.rules[0].exec: 'no' is not one of"),
        (
            "[[scope.rules]]\nvalue_default = 'no'",
            "scope.rules[0].value_default: 'no' is not one of allow, redact, drop",
        ),
        (
            "[[scope.rules.value_patterns]]\nreason = 1",
            "scope.rules[0].value_patterns[0].reason: must be a string",
        ),
        ("[meta]\ndescription = 1", "meta.description: must be a string"),
    ],
)
def test_each_level_of_the_file_is_checked(line: str, message: str) -> None:
    text = HEAD + scope() + rule("pkg:m") + pattern("local:x", "allow")
    table, _, key = line.partition("\n")
    with pytest.raises(FilterError) as raised:
        FilterFile("f.toml", text.replace(table, f"{table}\n{key}", 1).encode())
    assert f"trace filter 'f.toml': {message}" in str(raised.value)


# ---- decisions -----------------------------------------------------------------------


def test_exec_and_value_default_are_decided_independently() -> None:
    first = scope() + rule("pkg:m", exec="skip", value_default="drop")
    assert decide(chain(first + rule("pkg:m", exec="trace"))) == ("trace", "drop")
    again = first + rule("pkg:m", value_default="redact")
    assert decide(chain(again)) == ("skip", "redact")
    nothing = first + rule("pkg:m", exec="inherit", value_default="inherit")
    assert decide(chain(nothing)) == ("skip", "drop")


def test_in_a_rule_the_first_pattern_decides() -> None:
    redact, allow = pattern("local:x*", "redact"), pattern("local:x1", "allow")
    assert decide(chain(scope() + rule("pkg:m") + redact + allow), name="x1")[1] == (
        "redact"
    )
    assert decide(chain(scope() + rule("pkg:m") + allow + redact), name="x1")[1] == (
        "allow"
    )


def test_a_glob_and_a_regex_of_one_program_are_told_apart() -> None:
    """The first must match the whole name, the second a part of it."""
    text = scope() + rule("pkg:m") + pattern("local:glob:[ab]c", "drop")
    text += pattern("local:regex:[ab]c", "redact")
    names = ("xac", "ac", "bcx", "ac", "xac", "c", "bc")
    questions = tuple((VALUE_KINDS.index("local"), name) for name in names)
    answer = _filter_decision(chain(text), "m", "/p/m.py", "f", False, questions)
    assert answer is not None
    expected = ["redact", "drop", "redact", "drop", "redact", "allow", "drop"]
    assert [ACTIONS[action] for action, _, _ in answer[4]] == expected


def test_a_pattern_decides_about_its_own_kind_only() -> None:
    for kind in VALUE_KINDS:
        name = "f" if kind == "ret" else "x"
        compiled = chain(scope() + rule("pkg:m") + pattern(f"{kind}:{name}", "drop"))
        hidden = [each for each in VALUE_KINDS if decide(compiled, each)[1] == "drop"]
        assert hidden == [kind]


def test_a_default_that_skips_skips_third_party_code() -> None:
    """The built-in filter leaves it alone: a file that records only what it names
    need not name the libraries too."""
    library = str(STDLIB / "site-packages/attr/_make.py")
    own = scope("skip") + rule("pkg:app", exec="trace")
    assert decide(chain(own), file=library)[0] == "skip"
    assert decide(chain(), file=library)[0] == "trace"
    assert decide(chain(own), file=str(STDLIB / "json/decoder.py"))[0] == "skip"
    wanted = own + rule("file:**/site-packages/**", exec="trace")
    assert decide(chain(wanted), file=library)[0] == "trace"


def test_a_default_that_traces_does_not_bring_the_library_back() -> None:
    assert decide(chain(scope("trace")), file=str(STDLIB / "os.py"))[0] == "skip"


# ---- recordings ----------------------------------------------------------------------


def test_skipped_code_has_no_events_left_after_its_first_run(tmp_path: Path) -> None:
    """CPython takes its marks out of the bytecode where nobody listens any more."""
    (tmp_path / "f.toml").write_text(
        HEAD + scope() + rule("obj:*.{hidden,gen}", exec="skip")
    )
    write(
        tmp_path,
        {
            "main.py": """
            import dis
            import codetracer_python_recorder as recorder

            def hidden(n):
                if n:
                    n -= 1
                return n

            def gen():
                yield 1

            def shown(n):
                return n

            def marks(function):
                code = function.__code__._co_code_adaptive
                names = [dis.opname[op] for op in code[::2]]
                return sum(name.startswith("INSTRUMENTED") for name in names)

            with recorder.trace("t", trace_filter="f.toml"):
                for _ in range(3):
                    hidden(1), list(gen()), shown(1)
                print(marks(hidden), marks(gen), marks(shown) > 0)
            """
        },
    )
    done = run(["main.py"], tmp_path)
    assert done.stdout == b"0 0 True\n", done


def test_verdicts_are_right_when_code_objects_are_made_and_freed(
    tmp_path: Path,
) -> None:
    """Each in the memory of one that the opposite was decided about."""
    (tmp_path / "made.txt").write_text("x = 1\ny = 2\n")
    run = run_filtered(
        tmp_path,
        """
        import gc
        text = open("made.txt").read()
        places = set()
        for number in range(60):
            name = ("hidden" if number % 2 else "shown") + str(number)
            code = compile(text, "made.txt", "exec")
            places.add(id(code))
            exec(code, {"__name__": name})
            del code
            gc.collect()
        assert len(places) < 60
        """,
        scope() + rule("pkg:hidden*", exec="skip"),
    )
    assert run.called == [
        "<__main__>",
        *(f"<shown{number}>" for number in range(0, 60, 2)),
    ]


def test_frozen_modules_and_the_recorder_are_never_recorded(tmp_path: Path) -> None:
    run = run_filtered(
        tmp_path,
        """
        import zipimport, importlib, os
        importlib.reload(os)
        import codetracer_python_recorder as recorder
        recorder.is_tracing()
        try:
            recorder.start("other")
        except RuntimeError:
            pass
        """,
        scope() + rule("pkg:**", exec="trace") + rule("file:**", exec="trace"),
    )
    assert "start" not in run.called and "is_tracing" not in run.called
    files = {line.split(":")[0] for line in run.lines if line.startswith("step ")}
    assert not any("<frozen" in file or PACKAGE in file for file in files)


def test_debian_keeps_third_party_code_in_dist_packages() -> None:
    """Below the library, beside it, and for the user."""
    version = sysconfig.get_python_version()
    for path in (
        STDLIB / "dist-packages/apt/cache.py",
        Path("/usr/lib/python3/dist-packages/apt/cache.py"),
        Path(f"/usr/local/lib/python{version}/dist-packages/apt/cache.py"),
        Path(f"/home/u/.local/lib/python{version}/site-packages/apt/cache.py"),
        Path(f"/home/u/lib/python{version}/app.py"),
    ):
        assert decide(chain(), file=str(path))[0] == "trace", path


def test_a_virtual_environment_has_the_library_of_its_interpreter() -> None:
    """What lies in the environment is third-party code; these tests run in one."""
    assert sys.prefix != sys.base_prefix
    own = Path(sysconfig.get_path("purelib"))
    assert decide(chain(), file=str(own / "pytest/__init__.py"))[0] == "trace"
    assert decide(chain(), file=str(STDLIB / "argparse.py"))[0] == "skip"
