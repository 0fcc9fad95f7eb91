"""The launched program is the plain program: what it sees, prints and ends with.

Each case runs the same program twice in a process of its own, as `python …` and as
`python -m codetracer_python_recorder …`, and compares what a user would notice.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import codetracer_python_recorder

PACKAGE = "codetracer_python_recorder"
CONSOLE_SCRIPT = "codetracer-python-recorder"

# Prints what a program can see of the way it was started.
PROBE = """
import json, os, signal, sys

def depth(count=0):
    try:
        return depth(count + 1)
    except RecursionError:
        return count

def stack():
    frame, names = sys._getframe(), []
    while frame is not None:
        names.append([frame.f_code.co_filename, frame.f_code.co_name])
        frame = frame.f_back
    return names

own = "codetracer_python_recorder"
modules = [name for name in sys.modules if name.partition(".")[0] != own]
main = sys.modules["__main__"]
descriptors = [fd for fd in range(64) if os.path.exists(f"/proc/self/fd/{fd}")]
print(ascii({
    "argv": sys.argv, "orig_argv": sys.orig_argv, "flags": str(sys.flags),
    "xoptions": sys._xoptions, "warnoptions": sys.warnoptions,
    "executable": [sys.executable, sys.prefix], "path": sys.path,
    "modules": modules, "environ": list(os.environb.items()),
    "stack": stack(), "depth": depth(),
    "main": [main is sys.modules[__name__], type(__builtins__).__name__,
             getattr(__spec__, "name", None), getattr(__spec__, "origin", None),
             {k: v for k, v in vars(main).items()
              if k in ("__file__", "__cached__", "__package__")}],
    "cached paths": sorted(sys.path_importer_cache), "hooks": len(sys.path_hooks),
    "signals": [str(signal.getsignal(n)) for n in range(1, 32)],
    "descriptors": descriptors, "cwd": os.getcwd(),
    "encodings": [getattr(f, "encoding", None) for f in (sys.stdin, sys.stdout)],
}))
"""


@pytest.fixture(autouse=True)
def in_own_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CODETRACER_")]:
        monkeypatch.delenv(name)


def run(command, **keywords):
    keywords.setdefault("stdin", subprocess.DEVNULL)
    if "input" in keywords:
        del keywords["stdin"]
    return subprocess.run(command, capture_output=True, check=False, **keywords)


def outcome(result):
    return result.returncode, result.stdout, result.stderr


def assert_like_plain(program, flags=(), *, is_recorded=True, **keywords):
    """Run `program` plain and launched; result: the outcome of both."""
    python = [sys.executable, *flags]
    plain = run([*python, *program], **keywords)
    launcher = [*python, "-m", PACKAGE, "--trace-dir", "trace", "--format", "json"]
    launched = run([*launcher, *program], **keywords)
    assert outcome(launched) == outcome(plain)
    assert Path("trace/trace.json").exists() == is_recorded
    return launched


@pytest.mark.parametrize(
    "flags",
    [
        (),
        ("-X", "dev"),
        ("-Xdev", "-W", "error"),
        ("-I",),
        ("-S",),
        ("-E", "-s"),
        ("-P",),
        ("-OO", "-u", "-b"),
        ("-bX", "utf8=0", "--check-hash-based-pycs", "always"),
    ],
    ids=" ".join,
)
def test_program_sees_a_plain_start(flags):
    Path("probe.py").write_text(PROBE)
    # Without the site module (-S) only PYTHONPATH leads to an installed package.
    packages = os.path.dirname(os.path.dirname(codetracer_python_recorder.__file__))
    environment = {**os.environ, "PYTHONPATH": packages}
    program = ["probe.py", "--format", "-x", "a b", ""]
    result = assert_like_plain(program, flags, env=environment)
    assert result.returncode == 0
    assert b"--format" in result.stdout


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONMALLOC": "debug"},
        {"PYTHONMALLOC": "malloc_debug"},
        {"PYTHONSAFEPATH": "1"},
        {"PYTHONPATH": "lib:other"},
        {"LC_ALL": "C"},
        {"LANG": "C", "LC_ALL": "", "LC_CTYPE": ""},
        {"LD_PRELOAD": ""},
        {"LD_PRELOAD": "libm.so.6"},
        {"LD_PRELOAD": "libm.so.6:libdl.so.2 "},
    ],
    ids=str,
)
def test_environment_is_the_plain_one(variables):
    Path("probe.py").write_text(PROBE)
    for environment in ({**os.environ, **variables}, {**variables, "PATH": "/bin"}):
        result = assert_like_plain(["probe.py"], env=environment)
        assert b"RECORDER_LAUNCH" not in result.stdout


def test_start_up_files_run_once(tmp_path):
    (tmp_path / "start").mkdir()
    (tmp_path / "start/sitecustomize.py").write_text(
        "import os\nos.environ['SEEN'] = os.environ.get('SEEN', '') + 'x'\n"
    )
    Path("probe.py").write_text(PROBE)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "start")}
    result = assert_like_plain(["probe.py"], env=environment)
    assert b"(b'SEEN', b'x')" in result.stdout


def test_children_of_the_program_are_not_recorded():
    Path("probe.py").write_text(PROBE)
    Path("parent.py").write_text(
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, 'probe.py'], check=True)\n"
    )
    assert_like_plain(["parent.py"])


def make_package(path):
    (path / "sub").mkdir(parents=True)
    (path / "__init__.py").write_text("print('package', __name__)\n")
    (path / "__main__.py").write_text(PROBE)
    (path / "sub/__init__.py").write_text("print('package', __name__)\n")
    (path / "sub/mod.py").write_text(PROBE)


@pytest.mark.parametrize(
    "program",
    [
        ["-m", "pkg", "-m", "x"],
        ["-mpkg.sub.mod", "--", "x"],
        ["-m", "space.part.mod"],
        ["-c", PROBE, "--", "-c"],
        ["-c" + PROBE],
        ["pkg", "x"],
        ["./pkg/"],
        ["app.pyz", "x"],
        ["./sub/../probe.py"],
        ["link.py"],
    ],
    ids=lambda program: " ".join(program)[:20].strip(),
)
def test_every_kind_of_program(tmp_path, program):
    make_package(tmp_path / "pkg")
    (tmp_path / "sub").mkdir()
    (tmp_path / "space/part").mkdir(parents=True)
    Path("space/part/mod.py").write_text(PROBE)
    Path("probe.py").write_text(PROBE)
    Path("link.py").symlink_to("sub/../probe.py")
    with zipfile.ZipFile("app.pyz", "w") as archive:
        archive.writestr("__main__.py", PROBE)
    assert assert_like_plain(program).returncode == 0


def test_script_on_standard_input():
    assert_like_plain(["-", "a"], input=PROBE.encode())


def test_module_that_cannot_be_found():
    result = run([sys.executable, "-m", PACKAGE, "-m", "nosuch.module"])
    plain = run([sys.executable, "-m", "nosuch.module"])
    assert outcome(result) == outcome(plain)
    assert result.returncode == 1


@pytest.mark.parametrize(
    "name",
    [b"a b.py", b"a\nb.py", b"caf\xc3\xa9.py", b"latin\xe9.py", b"12:x=y,.py"],
    ids=ascii,
)
@pytest.mark.parametrize("flags", [(), ("-X", "utf8=0")], ids=["", "utf8=0"])
def test_script_names(name, flags):
    Path(os.fsdecode(name)).write_text(PROBE)
    assert_like_plain([name], flags, env={**os.environ, "LC_ALL": "C"})


def test_script_name_that_looks_like_an_option():
    Path("-x.py").write_text(PROBE)
    plain = run([sys.executable, "--", "-x.py", "--", "y"])
    launched = run([sys.executable, "-m", PACKAGE, "--", "-x.py", "--", "y"])
    assert outcome(launched) == outcome(plain)


@pytest.mark.parametrize(
    "code",
    [
        "import sys; sys.exit()",
        "import sys; sys.exit(None)",
        "import sys; sys.exit('text \\udcff')",
        "import sys; sys.exit(3)",
        "import sys; sys.exit(-1)",
        "import sys; sys.exit(2**40 + 7)",
        "raise KeyboardInterrupt",
        "raise ValueError('bad')",
        "def f(): g()\ndef g(): 1/0\nf()",
        "def f(): f()\nf()",
        "x = = 1",
        "import atexit, threading, time\natexit.register(print, 'bye')\n"
        "threading.Thread(target=lambda: (time.sleep(.05), print('late'))).start()",
        "import sys; sys.stdout.write('x' * 100_000); sys.stdout.close()",
        "assert False",
    ],
)
def test_end_of_the_program(code):
    Path("end.py").write_text(code)
    assert_like_plain(["end.py"])
    assert_like_plain(["-c", code])


def test_interrupt_ends_by_the_signal():
    Path("end.py").write_text("raise KeyboardInterrupt\n")
    launched = run([sys.executable, "-m", PACKAGE, "end.py"])
    assert launched.returncode == -signal.SIGINT


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams(closed):
    Path("probe.py").write_text(
        "import os\nfds = [n for n in range(9) if os.path.exists(f'/proc/self/fd/{n}')]"
        "\nopen('out', 'a').write(f'{fds}\\n')\n"
    )
    command = f'"$0" "$@" {closed}'
    for launcher in ([], ["-m", PACKAGE]):
        shell = ["sh", "-c", command, sys.executable, *launcher, "probe.py"]
        assert run(shell).returncode == 0
    plain, launched = Path("out").read_text().splitlines()
    assert plain == launched


def test_standard_library_is_not_taken_from_the_current_directory():
    for name in ("argparse", "signal", "pathlib", "re", "gettext", "locale", "enum"):
        Path(f"{name}.py").write_text("raise SystemExit('hijacked')\n")
    Path("app").mkdir()
    Path("app/main.py").write_text("print('fine')\n")
    result = run([sys.executable, "-m", PACKAGE, "app/main.py"])
    assert outcome(result) == (0, b"fine\n", b"")


def test_console_script():
    script = shutil.which(CONSOLE_SCRIPT, path=os.path.dirname(sys.executable))
    if script is None:
        pytest.skip("the console script is not installed")
    Path("probe.py").write_text(PROBE)
    shebang = Path(script).read_bytes().splitlines()[0]
    interpreter = os.fsdecode(shebang.removeprefix(b"#!").strip())
    if not os.path.isfile(interpreter):
        pytest.skip("the console script starts through a shell")
    plain = run([interpreter, "probe.py", "-h"])
    assert outcome(run([script, "probe.py", "-h"])) == outcome(plain)
    dev = run([interpreter, "-X", "dev", script, "probe.py", "-h"])
    assert outcome(dev) == outcome(run([interpreter, "-X", "dev", "probe.py", "-h"]))


def test_disabled_runs_without_recording():
    Path("probe.py").write_text(PROBE)
    for word in ("1", "TRUE", " yes "):
        environment = {**os.environ, "CODETRACER_PYTHON_RECORDER_DISABLED": word}
        assert_like_plain(["probe.py"], env=environment, is_recorded=False)


def copy_package(destination):
    """A copy of the installed package, for a directory with another name."""
    package = codetracer_python_recorder
    native = sys.modules[f"{PACKAGE}.{PACKAGE}"]

    target = destination / PACKAGE
    shutil.copytree(os.path.dirname(package.__file__), target)
    native_directory = Path(native.__file__).parent
    for library in native_directory.glob("*.so"):
        shutil.copy(library, target / library.name)
    return target


@pytest.mark.parametrize("name", ["a b", "a:b", "a$b", "caf\u00e9"], ids=ascii)
def test_installed_in_a_directory_the_loader_cannot_name(tmp_path, name):
    copy_package(tmp_path / name)
    Path("probe.py").write_text(PROBE)
    start = f"import sys; sys.path.insert(0, {str(tmp_path / name)!a})\n"
    start += f"from {PACKAGE}.cli import main; main()"
    plain = run([sys.executable, "probe.py"])
    launched = run([sys.executable, "-c", start, "-o", "trace", "probe.py"])
    assert outcome(launched) == outcome(plain)
    assert Path("trace").is_dir()


def test_missing_library_is_an_error(tmp_path):
    package = copy_package(tmp_path / "copy")
    (package / "ct_preload.so").unlink()
    Path("t.py").write_text("print('ran')\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "copy")}
    result = run([sys.executable, "-m", PACKAGE, "t.py"], env=environment)
    assert (result.returncode, result.stdout) == (1, b"")
    assert result.stderr.startswith(b"Failed to start Codetracer session: ")
    assert b"ct_preload.so is missing" in result.stderr


def test_recorder_that_cannot_start_ends_with_1():
    Path("file").write_text("")
    Path("t.py").write_text("print('ran')\n")
    command = [sys.executable, "-m", PACKAGE, "-o", "file", "t.py"]
    expected = (
        b"Failed to start Codetracer session: "
        b"trace path exists and is not a directory\n"
    )
    assert outcome(run(command)) == (1, b"", expected)

    # This one only shows in the program's process.
    command[4] = "file/below"
    result = run(command)
    assert (result.returncode, result.stdout) == (1, b"")
    assert result.stderr.startswith(b"Failed to start Codetracer session: ")
    assert b"ERR_TRACE_DIR_CREATE_FAILED" in result.stderr
    assert result.stderr.count(b"\n") == 1


def test_main_with_arguments_runs_a_child():
    Path("t.py").write_text(
        "import json, sys\njson.dump(sys.argv, open('seen', 'w'))\nsys.exit(7)\n"
    )
    from codetracer_python_recorder.cli import main

    assert main(["-o", "trace", "t.py", "a", "--", "b"]) == 7
    assert json.loads(Path("seen").read_text()) == ["t.py", "a", "--", "b"]
    Path("t.py").write_text("import os; os.kill(os.getpid(), 15)\n")
    assert main(["-o", "trace", "t.py"]) == 128 + 15
