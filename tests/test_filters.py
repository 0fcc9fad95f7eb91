"""The chain of filters, and which code is recorded: sentences of the language."""

import hashlib
import json
import marshal
import os
import shutil
import sys
import sysconfig
import textwrap
import zipfile
from pathlib import Path

import pytest
from filter_programs import HEAD, rule, run_filtered, scope, write
from recording import Outcome, Recording, record, run
from trace_text import trace_lines

from codetracer_python_recorder import filters
from codetracer_python_recorder.filters.chain import Chain, builtin_file, builtin_text
from codetracer_python_recorder.filters.files import FilterFile
from codetracer_python_recorder.filters.places import split_specs

TWO = {
    "main.py": "import helper\nhelper.work(1)\ndef own():\n    return 2\nown()\n",
    "helper.py": "def work(n):\n    return inner(n)\ndef inner(n):\n    return n\n",
}


# ---- the chain -----------------------------------------------------------------------


def test_the_built_in_filter_is_compiled_at_build_time(tmp_path: Path) -> None:
    built = Path(filters.__file__).with_name("builtin_chain.bin").read_bytes()
    assert filters.compile_filters(str(tmp_path), [], print) == built
    assert marshal.loads(built) == marshal.loads(Chain([builtin_file()]).dump())


def test_metadata_lists_the_chain_in_order(tmp_path: Path) -> None:
    own = tmp_path / ".codetracer/trace-filter.toml"
    write(tmp_path, {".codetracer/trace-filter.toml": HEAD + scope()})
    for name in ("env", "one", "two"):
        (tmp_path / f"{name}.toml").write_text(HEAD.replace("test", name) + scope())
    run = run_filtered(
        tmp_path,
        {"sub/main.py": "x = 1\n"},
        command=("sub/main.py",),
        options=("--trace-filter", "one.toml::two.toml", "--trace-filter", "one.toml"),
        variables={"CODETRACER_TRACE_FILTER": str(tmp_path / "env.toml")},
    )
    listed = run.filters["filters"]
    assert [each["path"] for each in listed] == [
        "<inline:builtin-default>",
        str(own),
        *(str(tmp_path / f"{name}.toml") for name in ("env", "one", "two", "one")),
    ]
    assert [each["name"] for each in listed][2:] == ["env", "one", "two", "one"]
    assert listed[1]["version"] == 3
    assert listed[0]["sha256"] == hashlib.sha256(builtin_text()).hexdigest()
    assert listed[1]["sha256"] == hashlib.sha256(own.read_bytes()).hexdigest()


@pytest.mark.parametrize("command", [("-c", "x = 1"), ("-m", "deep.prog")])
def test_without_a_script_the_search_begins_in_the_current_directory(
    tmp_path: Path, command: tuple[str, str]
) -> None:
    write(
        tmp_path,
        {
            ".codetracer/trace-filter.toml": HEAD + scope(),
            "deep/prog.py": "x = 1\n",
            "deep/.codetracer/trace-filter.toml": "not even TOML",
        },
    )
    run = run_filtered(tmp_path, {}, command=command)
    assert [each["name"] for each in run.filters["filters"]][1:] == ["test"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("missing.toml", "missing.toml' does not exist"),
        (".", "' is not a file"),
        ("bad.toml", "scope.default_exec: 'trac' is not one of trace, skip, inherit"),
        ("bytes.toml", "line 1, column 1: byte 0xff is not UTF-8"),
    ],
)
def test_a_bad_filter_stops_the_start_and_leaves_nothing(
    tmp_path: Path, spec: str, message: str
) -> None:
    (tmp_path / "bad.toml").write_text(HEAD + scope("trac"))
    (tmp_path / "bytes.toml").write_bytes(b"\xff")
    (tmp_path / "main.py").write_text("open('ran', 'w')\n")
    done = record(
        "json",
        ["main.py"],
        tmp_path,
        tmp_path / "new/trace",
        ["--trace-filter", spec],
    ).outcome
    assert done.status == 1
    text = done.stderr.decode()
    assert text.startswith(
        "Failed to start Codetracer session: [ERR_INVALID_POLICY_VALUE] trace filter '"
    )
    assert message in text and text.count("\n") == 1
    assert not (tmp_path / "new").exists() and not (tmp_path / "ran").exists()


API = """
import json, sys
import codetracer_python_recorder as recorder
kind = sys.argv[1]
filters = json.loads(sys.argv[2])
try:
    with recorder.trace("deep/trace", format="json", trace_filter=filters):
        def hidden(): return 1
        def shown(token): return 2
        hidden(); shown(3)
except Exception as error:
    print(type(error).__name__, error)
    print(getattr(error, "code", None))
"""


def api(directory: Path, filters: object) -> list[str]:
    (directory / "main.py").write_text(API)
    done = run(["main.py", "x", json.dumps(filters)], directory)
    assert done.status == 0, done.stderr
    return done.stdout.decode().splitlines()


def test_the_api_takes_filters(tmp_path: Path) -> None:
    skip = HEAD + scope() + rule("obj:*.hidden", exec="skip")
    write(tmp_path, {".codetracer/trace-filter.toml": HEAD + scope(), "f.toml": skip})
    assert api(tmp_path, ["f.toml"]) == []
    records = Recording(tmp_path / "deep/trace", Outcome(0, b"", b"")).records
    lines = trace_lines(records, tmp_path)
    assert "call shown(token=!<redacted>)" in lines
    assert not any(line.startswith("call hidden") for line in lines)
    metadata = json.loads((tmp_path / "deep/trace/trace_metadata.json").read_text())
    assert len(metadata["trace_filter"]["filters"]) == 3
    assert metadata["trace_filter"]["stats"]["scopes_skipped"] == 1


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ("none.toml", "FileNotFoundError trace filter '{}/none.toml' does not exist"),
        (".", "ValueError trace filter '{}' is not a file"),
        ([], "ValueError trace_filter must resolve to at least one path"),
        ([3], "TypeError trace_filter sequence entries must be str or os.PathLike"),
        (3, "TypeError trace_filter must be a path, iterable of paths, or None"),
    ],
)
def test_errors_of_the_api(tmp_path: Path, filters: object, message: str) -> None:
    assert api(tmp_path, filters)[0] == message.format(tmp_path)
    assert not (tmp_path / "deep").exists()


def test_a_bad_file_through_the_api_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "f.toml").write_text(HEAD)
    said = api(tmp_path, "f.toml")
    assert said[0].startswith("UsageError [ERR_INVALID_POLICY_VALUE] trace filter '")
    assert said[0].endswith("f.toml': scope: is missing")
    assert said[1] == "ERR_INVALID_POLICY_VALUE"
    assert not (tmp_path / "deep").exists()


def test_a_later_session_has_its_own_filters(tmp_path: Path) -> None:
    """Nothing is remembered of code that an earlier recording has skipped."""
    (tmp_path / "f.toml").write_text(HEAD + scope() + rule("obj:*.f", exec="skip"))
    write(
        tmp_path,
        {
            "main.py": """
            import codetracer_python_recorder as recorder
            def f(token): return token
            for number, filters in enumerate(["f.toml", None, "f.toml"]):
                with recorder.trace(f"t{number}", format="json", trace_filter=filters):
                    f(1)
                    f(1)
            """
        },
    )
    assert run(["main.py"], tmp_path).status == 0
    for number, expected in enumerate((0, 2, 0)):
        text = (tmp_path / f"t{number}/trace.json").read_text()
        assert text.count('"Call"') == 2 + expected  # the program and its module
        metadata = json.loads((tmp_path / f"t{number}/trace_metadata.json").read_text())
        skipped = metadata["trace_filter"]["stats"]["scopes_skipped"]
        assert skipped == (0 if expected else 1)


def test_warnings_are_notes(tmp_path: Path) -> None:
    run = run_filtered(tmp_path, "x = 1\n", scope(action="deny"))
    assert any("'deny' is deprecated; write 'redact'" in note for note in run.notes)


def test_paths_are_expanded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert split_specs(["~/a:: b ::", ""]) == [f"{tmp_path}/a", f"{tmp_path}/b"]


# ---- which code ----------------------------------------------------------------------


def test_skip_and_callees_judged_on_their_own(tmp_path: Path) -> None:
    run = run_filtered(
        tmp_path, TWO, scope() + rule("obj:helper.work", exec="skip", reason="r")
    )
    assert run.called == ["<__main__>", "<helper>", "inner", "own"]
    assert run.stats["scopes_skipped"] == 1


def test_later_entries_override_earlier_ones(tmp_path: Path) -> None:
    one = scope("skip") + rule("pkg:helper", exec="trace")
    run = run_filtered(tmp_path, TWO, one)
    assert run.called == ["<helper>", "work", "inner"]
    two = scope("inherit", "inherit") + rule("obj:*.work", exec="skip")
    assert run_filtered(tmp_path, TWO, one, two).called == ["<helper>", "inner"]
    three = scope("trace", "inherit") + rule("pkg:helper", exec="inherit")
    assert run_filtered(tmp_path, TWO, one, two, three).called == [
        *("<__main__>", "<helper>", "inner", "own")
    ]


@pytest.mark.parametrize(
    "selector",
    ["pkg:__main__", "pkg:main", "file:main.py", "obj:main.*", "obj:__main__.*"],
)
def test_the_main_program_goes_by_both_names(tmp_path: Path, selector: str) -> None:
    run = run_filtered(tmp_path, TWO, scope() + rule(selector, exec="skip"))
    assert run.called == ["<helper>", "work", "inner"]


def test_a_main_module_in_a_package_has_its_full_name(tmp_path: Path) -> None:
    files = {"app/__init__.py": "", "app/tool.py": "def f():\n    pass\nf()\n"}
    for command in (("-m", "app.tool"), ("app/tool.py",)):
        run = run_filtered(
            tmp_path,
            files,
            scope() + rule("obj:app.tool.f", exec="skip"),
            command=command,
        )
        assert "f" not in run.called and "<__main__>" in run.called


@pytest.mark.parametrize(
    "selector",
    [
        "file:lib/helper.py",
        "file:lib/*",
        "file:**/helper.py",
        "file:literal:lib/helper.py",
        "file:regex:^lib/",
        "file:literal:{root}/lib/helper.py",
        "file:{root}/**",
        "file:{link}/**",
    ],
)
def test_file_selectors_match_relative_and_absolute_paths(
    tmp_path: Path, selector: str
) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to("real")
    main = f"import sys\nsys.path.insert(0, '{tmp_path}/link/lib')\nimport helper\n"
    files = {"real/lib/helper.py": TWO["helper.py"], "main.py": main}
    write(tmp_path, {"real/.codetracer/x.toml": ""})
    chosen = selector.format(root=real, link=tmp_path / "link")
    (real / ".codetracer/x.toml").write_text(HEAD + scope() + rule(chosen, exec="skip"))
    run = run_filtered(
        tmp_path, files, options=("--trace-filter", f"{real}/.codetracer/x.toml")
    )
    assert run.called == ["<__main__>"]


def test_code_of_minus_c_is_filtered_too(tmp_path: Path) -> None:
    code = "class C:\n  def f(self): return 1\nC().f()\ndef g(): return 2\ng()"
    run = run_filtered(
        tmp_path,
        {},
        scope() + rule("obj:__main__.C.f", exec="skip"),
        command=("-c", code),
    )
    assert run.called == ["<__main__>", "C", "g"]


def test_generated_methods_go_with_their_class(tmp_path: Path) -> None:
    program = """
    from dataclasses import dataclass
    @dataclass
    class Login:
        user: str
        password: str
    Login("u", "p4ssw")
    """
    shown = run_filtered(tmp_path, program)
    assert "Login.__init__" in shown.called and "p4ssw" not in shown.text
    skipped = run_filtered(
        tmp_path, program, scope() + rule("obj:main.Login.__init__", exec="skip")
    )
    assert "Login.__init__" not in skipped.called


def test_code_without_a_name_is_not_recorded(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/code.txt").write_text("def f():\n    return 1\nf()\n")
    run = run_filtered(
        tmp_path,
        """
        path = "elsewhere/code.txt"
        for name in (5, "named"):
            exec(compile(open(path).read(), path, "exec"), {"__name__": name})
        """,
    )
    assert run.called == ["<__main__>", "<named>", "f"]
    [note] = [note for note in run.notes if "is not recorded" in note]
    assert "elsewhere/code.txt" in note and "name of its module" in note


def test_a_finalizer_that_runs_late(tmp_path: Path) -> None:
    """By then modules have lost their names: a note is due where that decides."""
    program = """
    import logging, sys
    class Late:
        def __del__(self):
            logging.getLogger("late").debug("text")
    sys.late = Late()
    """
    assert run_filtered(tmp_path, program).notes == []
    rules = scope() + rule("pkg:logging", exec="trace")
    [note] = run_filtered(tmp_path, program, rules).notes
    assert "logging/__init__.py is not recorded" in note


def test_code_of_a_module_without_a_name(tmp_path: Path) -> None:
    """Such as a template's: `pkg:**` and rules for its file and functions hold."""
    text = "def f():\n    token = 'h1dden'\n    return 1\ndef g(): return 2\nf(), g()\n"
    (tmp_path / "hello.txt").write_text(text)
    program = """
    path = "hello.txt"
    exec(compile(open(path).read(), path, "exec"), {})
    """
    run = run_filtered(tmp_path, program)
    assert run.called == ["<__main__>", "<hello.txt>", "f", "g"]
    assert "h1dden" not in run.text and run.notes == []
    run = run_filtered(tmp_path, program, scope() + rule("obj:f", exec="skip"))
    assert run.called == ["<__main__>", "<hello.txt>", "g"]
    run = run_filtered(tmp_path, program, scope() + rule("file:*.txt", exec="skip"))
    assert run.called == ["<__main__>"]


def test_a_skipped_generator_and_exceptions_through_skipped_frames(
    tmp_path: Path,
) -> None:
    run = run_filtered(
        tmp_path,
        """
        def gen():
            yield 1
            yield 2
        def through(call):
            return call()
        def fail():
            raise ValueError("x")
        sum(gen())
        for _ in range(3):
            try:
                through(fail)
            except ValueError:
                pass
        """,
        scope() + rule("obj:*.{gen,through}", exec="skip"),
    )
    assert run.called == ["<__main__>", "fail", "fail", "fail"]
    assert run.stats["scopes_skipped"] == 2


def test_a_skipped_activation_file_opens_and_closes_the_window(tmp_path: Path) -> None:
    files = {
        "main.py": "import helper, window\nhelper.before()\nwindow.run()\n"
        "window.run()\nhelper.after()\n",
        "window.py": "import helper\ndef run():\n    helper.inside()\n",
        "helper.py": "def before(): pass\ndef inside(): pass\ndef after(): pass\n",
    }
    run = run_filtered(
        tmp_path,
        files,
        scope() + rule("pkg:window", exec="skip"),
        options=("--activation-path", "window.py"),
    )
    assert "before" not in run.called and "after" not in run.called


# ---- the built-in filter -------------------------------------------------------------


def test_the_standard_library_is_skipped(tmp_path: Path) -> None:
    run = run_filtered(tmp_path, "import json\njson.loads('[1]')\n")
    assert run.called == ["<__main__>"]
    assert run.stats["scopes_skipped"] > 0
    wanted = run_filtered(
        tmp_path,
        "import json\njson.loads('[1]')\n",
        scope() + rule("pkg:json.decoder", exec="trace"),
    )
    assert "JSONDecoder.decode" in wanted.called and "loads" not in wanted.called


def test_the_main_file_is_recorded_wherever_it_lies(tmp_path: Path) -> None:
    run = run_filtered(tmp_path, {}, command=("-m", "json.tool", "--help"))
    assert "main" in run.called
    skipped = run_filtered(
        tmp_path,
        {},
        scope() + rule("pkg:json.tool", exec="skip"),
        command=("-m", "json.tool", "--help"),
    )
    assert skipped.called == []


def test_a_project_below_a_folder_named_like_the_library(tmp_path: Path) -> None:
    version = sysconfig.get_python_version()
    below = f"lib/python{version}"
    files = {f"{below}/main.py": TWO["main.py"], f"{below}/helper.py": TWO["helper.py"]}
    run = run_filtered(tmp_path, files, command=(f"{below}/main.py",))
    assert run.called == ["<__main__>", "<helper>", "work", "inner", "own"]


def test_third_party_code_is_recorded_but_not_what_installers_put_there(
    tmp_path: Path,
) -> None:
    body = "def work():\n    return 1\nwork()\n"
    files = {
        "main.py": "import sys, site\nsys.path += ['venv/lib/site-packages',"
        " 'deb/dist-packages']\nimport third, debian, _virtualenv, _distutils_hack\n"
        "import space.part\n",
        "venv/lib/site-packages/third.py": body,
        "venv/lib/site-packages/_virtualenv.py": body,
        "venv/lib/site-packages/_distutils_hack/__init__.py": body,
        "venv/lib/site-packages/space/part.py": body,
        "deb/dist-packages/debian.py": body,
    }
    run = run_filtered(tmp_path, files)
    assert run.called == [
        *("<__main__>", "<third>", "work", "<debian>", "work"),
        *("<space.part>", "work"),
    ]


STDLIB = Path(os.__file__).parent


def test_site_packages_in_the_library_are_not_the_library(tmp_path: Path) -> None:
    files = Path(sysconfig.get_path("purelib"))
    if not files.is_relative_to(Path(sys.base_prefix)):
        files = STDLIB / "site-packages"
    chain = Chain([builtin_file()]).dump()
    from codetracer_python_recorder.codetracer_python_recorder import _filter_decision

    def is_skipped(path: Path, module: str = "m") -> bool:
        answer = _filter_decision(chain, module, str(path), "f", False, ())
        assert answer is not None
        return answer[0] == 1

    assert is_skipped(STDLIB / "json/decoder.py")
    assert is_skipped(STDLIB / "site.py")
    assert not is_skipped(STDLIB / "site-packages/attr/_make.py")
    assert not is_skipped(STDLIB / "dist-packages/apt/cache.py")
    assert is_skipped(STDLIB / "test/site-packages/x.py")
    assert not is_skipped(tmp_path / "json/decoder.py")
    archive = Path(sys.base_prefix, "lib", f"python{sys.version_info[0]}")
    archive = archive.with_name(f"{archive.name}{sys.version_info[1]}.zip")
    assert is_skipped(archive / "json/decoder.py")


def test_an_editable_install_is_a_project(tmp_path: Path) -> None:
    files = {
        "src/edited/__init__.py": TWO["helper.py"],
        "site/__editable__.pth": "",
        "main.py": "import sys\nsys.path.append('src')\n"
        "import edited\nedited.work(1)\n",
    }
    run = run_filtered(tmp_path, files)
    assert run.called == ["<__main__>", "<edited>", "work", "inner"]


def test_code_in_an_archive_has_a_path_below_the_root(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "lib.zip", "w") as archive:
        archive.writestr("helper.py", TWO["helper.py"])
    main = "import sys\nsys.path.insert(0, 'lib.zip')\nimport helper\nhelper.work(1)\n"
    run = run_filtered(tmp_path, main)
    assert "work" in run.called
    run = run_filtered(tmp_path, main, scope() + rule("file:lib.zip/*", exec="skip"))
    assert run.called == ["<__main__>"]


def test_a_frozen_application_keeps_its_own_modules(tmp_path: Path) -> None:
    """All modules in one place, as PyInstaller puts them: the library goes by name."""
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    shutil.copy(STDLIB / "colorsys.py", bundle)
    write(bundle, {"helper.py": TWO["helper.py"]})
    (tmp_path / "main.py").write_text(
        textwrap.dedent(
            f"""
            import os, sys
            sys.frozen = True
            sys._MEIPASS = {str(bundle)!r}
            sys._stdlib_dir = {str(bundle)!r}
            sys.path.insert(0, {str(bundle)!r})
            import codetracer_python_recorder as recorder
            with recorder.trace("trace", format="json"):
                import colorsys, helper
                colorsys.rgb_to_hsv(1, 1, 1)
                helper.work(1)
            """
        )
    )
    assert run(["main.py"], tmp_path).status == 0
    text = (tmp_path / "trace/trace.json").read_text()
    assert '"work"' in text and "rgb_to_hsv" not in text.replace("main.py", "")


SECRETS = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "apiKey",
    "APIKEY",
    "user_password2",
    "private_key",
    "privateKey",
    "secretKey",
    "access-key",
    "sshKey",
    "SSH_KEY",
    "auth",
    "authorization",
    "credential",
    "credentials",
    "creds",
    "bearer",
    "cookie",
    "sessionId",
    "session_id",
    "jwt",
    "ssn",
    "creditCard",
    "card_number",
    "iban",
    "cvv",
    "cvc",
    "pin",
    "otp",
    "passwords",
    "PINs",
    "Cookies",
    "api_keys",
    "HTTPToken",
    "JWTPayload",
    "X-Auth-Token",
    "OAuth",
    "passWord",
    "userPIN2",
]
PLAIN = [
    "span",
    "company",
    "tokenizer",
    "passed",
    "author",
    "keyboard",
    "tokens",
    "Tokens",
    "spinner",
    "opinion",
    "authority",
    "pinned",
    "cookiejar",
    "monkey",
    "key",
    "private",
    "session",
    "id",
    "card",
    "number",
    "PINGTime",
]


def test_words_of_a_secret(tmp_path: Path) -> None:
    from codetracer_python_recorder.codetracer_python_recorder import _filter_decision

    chain = Chain([builtin_file()]).dump()
    for kind in (0, 1, 2, 4):
        names = tuple((kind, name) for name in SECRETS + PLAIN)
        answer = _filter_decision(chain, "m", "/x/m.py", "f", False, names)
        assert answer is not None
        actions = [action for action, _, _ in answer[4]]
        assert actions == [1] * len(SECRETS) + [0] * len(PLAIN)
    for name in SECRETS + PLAIN:
        for qualname in (name, f"Auth.{name}", f"f.<locals>.{name}"):
            answer = _filter_decision(
                chain, "auth.tokens", "/x/m.py", qualname, False, ((3, ""),)
            )
            assert answer is not None
            assert answer[4][0][0] == int(name in SECRETS), qualname


def test_the_built_in_file_says_what_it_is() -> None:
    file = builtin_file()
    assert (file.name, file.default_exec) == ("builtin-default", "trace")
    assert file.default_value_action == "allow"
    again = FilterFile("copy", builtin_text())
    assert [rule.selector.text for rule in again.rules] == [
        "file:literal:<standard library>",
        "file:glob:<frozen *>",
        "file:glob:**/{_virtualenv.py,_distutils_hack/**}",
        "pkg:**",
    ]
