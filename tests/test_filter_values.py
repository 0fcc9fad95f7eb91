"""Values under filters: every place where one can appear, and what decides there."""

import signal
from pathlib import Path
from textwrap import dedent

import pytest
from checker.vocabulary import EVENT_WRITE_OTHER
from filter_programs import Run, pattern, rule, run_filtered, scope
from isolated.unfinished import wait_until_left_alone
from recording import FORMATS, record

SECRET = "c0ffee5ecret"

LEAKS = f'''
import asyncio, collections, contextlib, dataclasses, os, sys, threading, types

password = bytes.fromhex("{SECRET.encode().hex()}").decode()
os.environ["MY_API_TOKEN"] = password


def arguments(token, *secrets, pin=None, **options):
    auth = token
    return len(auth)

def defaults(cookie=password):
    return len(cookie)

def closure():
    passphrase = password
    def inner():
        return len(passphrase)
    return inner()

def get_token():
    return password

def yield_secrets():
    yield password
    yield [password]

async def fetch_secret():
    await asyncio.sleep(0)
    return password

async def session_ids():
    yield password

class Account:
    jwt = password
    __slots__ = ("name", "apiKey", "__dict__")

    def __init__(self, name, secret):
        self.name = name
        self.apiKey = secret
        self.PIN = secret
        self.nested = {{"deep": [{{"access_key": secret}}]}}

    @property
    def bearer(self):
        return self.apiKey

@dataclasses.dataclass
class Login:
    user: str
    passwd: str

Card = collections.namedtuple("Card", "owner card_number cvv")

class SecretError(Exception):
    pass

def check_password(secret):
    raise ValueError("wrong: " + secret)

def swallow(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__

def thrown_secret():
    try:
        yield
    except RuntimeError:
        pass

def everything():
    arguments(password, password, password, pin=password, api_key=password, b=1)
    defaults()
    closure()
    get_token()
    for secret in yield_secrets():
        pass
    asyncio.run(fetch_secret())
    async def drain():
        async for ssn in session_ids():
            pass
    asyncio.run(drain())
    account = Account("n", password)
    account.bearer
    login = Login("u", password)
    card = Card("o", password, password)
    mapping = {{"private-key": password, "X-Auth-Token": password, "ok": 1}}
    raw = {{b"cookie": password.encode()}}
    frozen = types.MappingProxyType({{"otp": password}})
    counted = collections.OrderedDict(pwd=password)
    views = mapping.items(), mapping.values()
    space = types.SimpleNamespace(iban=password)
    environment = os.environ
    swallow(lambda: check_password(password))
    text = None
    try:
        raise KeyError({{"creds": password}})
    except KeyError as error:
        text = "seen"
    try:
        raise ValueError(1, {{"credit_card": password}}, [{{"ssh_key": password}}])
    except ValueError as error:
        text = "seen"
    numbers = [login, card, account]
    deep = {{"a": [{{"b": Login("u", password)}}, (Card("o", password, 1), counted)]}}
    generator = thrown_secret()
    next(generator)
    try:
        generator.throw(RuntimeError({{"ssn": password}}))
    except StopIteration:
        pass
    passing = lambda **options: len(options)
    passing(private_key=password, session_id=password)
    spread = lambda first, *tokens, authorization=password, **creds: len(tokens)
    spread(1, **{{"bearer": password}})
    for auth, passwords in [(password, [password])]:
        pass
    with contextlib.suppress(KeyError):
        raise KeyError({{"pin": [password]}})
    walk = lambda secret_key: len(secret_key)
    walk(password)
    sizes = [len(token) for token in [password]]
    thread = threading.Thread(target=lambda: arguments(password))
    thread.start()
    thread.join()
    del thread
    return sizes

everything()
if len(sys.argv) > 1:
    check_password(password)
'''

KILLED = """
import shutil, signal
shutil.copytree("trace", "copy")
os.kill(os.getpid(), signal.SIGKILL)
"""


def assert_nothing_leaked(directory: Path) -> None:
    """No byte of the secret in the trace, in a copy of the tape, or in the log."""
    files = [path for path in directory.rglob("*") if path.is_file()]
    assert any("trace.tape" in str(path) for path in files)
    for path in files:
        content = path.read_bytes()
        at = content.find(SECRET.encode())
        assert at < 0, (path, content[max(0, at - 60) : at + 40])


@pytest.mark.parametrize("trace_format", FORMATS)
@pytest.mark.parametrize("ending", ["normal", "uncaught"])
def test_no_secret_reaches_the_disk(
    tmp_path: Path, trace_format: str, ending: str
) -> None:
    """Through every place under the built-in filter; not in the tape either."""
    keep = "import os, shutil, atexit\n"
    keep += "atexit.register(lambda: shutil.copytree('trace', 'copy'))\n"
    arguments = ["main.py"] + ["x"] * (ending == "uncaught")
    run = run_filtered(
        tmp_path,
        keep + LEAKS,
        command=arguments,
        trace_format=trace_format,
        options=("--log-level", "debug", "--log-file", "log.txt"),
        status=int(ending == "uncaught"),
    )
    assert (tmp_path / "log.txt").stat().st_size > 0
    assert_nothing_leaked(tmp_path)
    assert SECRET not in run.text
    assert run.text.count("!<redacted>") > 60
    for kind in ("local", "global", "argument", "return", "attribute"):
        assert run.stats["value_redactions"][kind] > 0, kind
        assert run.stats["value_drops"][kind] == 0


@pytest.mark.parametrize("trace_format", FORMATS)
def test_no_secret_is_left_by_a_program_that_is_killed(
    tmp_path: Path, trace_format: str
) -> None:
    """Neither in the tape as it was when it died, nor in what was made of it."""
    (tmp_path / "main.py").write_text(LEAKS + KILLED)
    trace = tmp_path / "trace"
    outcome = record(trace_format, ["main.py"], tmp_path, trace).outcome
    assert outcome.status == -signal.SIGKILL, outcome.stderr
    wait_until_left_alone(trace)
    assert (trace / "trace_metadata.json").exists()
    assert_nothing_leaked(tmp_path)


def test_redacted_and_dropped(tmp_path: Path) -> None:
    run = run_filtered(
        tmp_path,
        """
        g_red, g_drop, g_ok = 1, 2, 3
        class Thing:
            def __init__(self):
                self.a_red, self.a_drop, self.a_ok = 1, 2, 3
        def f(p_red, p_drop, p_ok):
            l_red, l_drop, l_ok = 4, 5, 6
            thing = Thing()
            table = {"a_red": 1, "a_drop": 2, "a_ok": 3}
            return g_red + g_drop + g_ok
        def r_red(): return 7
        def r_drop(): return 8
        f(1, 2, 3); r_red(); r_drop()
        """,
        scope()
        + rule("pkg:**")
        + "".join(
            pattern(f"{kind}:*_{word}", action)
            for kind in ("local", "global", "arg", "ret", "attr")
            for word, action in (("red", "redact"), ("drop", "drop"))
        ),
    )
    assert "call f(p_red=!<redacted>, p_ok=3)" in run.lines
    steps = [line for line in run.lines if line.startswith("step main.py:10 ")]
    [last] = steps
    assert "p_red=!<redacted>  p_ok=3  l_red=!<redacted>  l_ok=6" in last
    assert "thing=__main__.Thing(a_red=!<redacted>, a_ok=3)" in last
    assert "table={'a_red': !<redacted>, 'a_ok': 3}" in last
    assert "g_red=!<redacted>  g_ok=3" in last
    assert "_drop" not in last
    assert "return !<redacted>" in run.lines
    assert "return !<dropped>" in run.lines
    # Once for each variable of an activation, argument, return, field.
    stats = run.stats
    assert stats["value_redactions"]["argument"] == 1
    assert stats["value_drops"]["argument"] == 1
    assert stats["value_redactions"]["return"] == stats["value_drops"]["return"] == 1
    assert stats["value_redactions"]["local"] >= 2
    assert stats["value_drops"]["local"] >= 2
    assert stats["value_redactions"]["attribute"] >= 2
    assert stats["value_drops"]["attribute"] >= 2


def test_the_stricter_of_argument_and_local_holds_at_both(tmp_path: Path) -> None:
    run = run_filtered(
        tmp_path,
        """
        def f(a, b, c):
            return 1
        f(1, 2, 3)
        """,
        scope()
        + rule("pkg:**")
        + pattern("arg:a", "redact")
        + pattern("local:b", "redact")
        + pattern("arg:c", "redact")
        + pattern("local:c", "drop"),
    )
    assert "call f(a=!<redacted>, b=!<redacted>)" in run.lines
    assert "step main.py:3  a=!<redacted>  b=!<redacted>" in run.lines


def test_the_stricter_of_local_and_global_holds_for_a_module(tmp_path: Path) -> None:
    run = run_filtered(
        tmp_path,
        """
        a, b = 1, 2
        def f():
            return a + b
        f()
        """,
        scope()
        + rule("obj:*.<module>")
        + pattern("local:a", "redact")
        + rule("pkg:**")
        + pattern("global:b", "redact"),
    )
    assert "step main.py:4  a=!<redacted>  b=!<redacted>" in run.lines
    assert any(
        line.startswith("step main.py:5  a=!<redacted>  b=!") for line in run.lines
    )


def test_patterns_are_tried_from_the_last_rule_to_the_first(tmp_path: Path) -> None:
    program = """
    def f(x1, x2, token, other_token):
        return 1
    f(1, 2, 3, 4)
    """
    run = run_filtered(
        tmp_path,
        program,
        scope()
        + rule("pkg:**")
        + pattern("arg:x*", "redact")
        + pattern("local:x*", "redact")
        + rule("pkg:**")
        + "".join(
            pattern(f"{kind}:{name}", "allow")
            for kind in ("arg", "local")
            for name in ("x1", "x1", "token")
        ),
    )
    # x1 and token: allowed by name; the built-in patterns hold for what is not.
    assert "call f(x1=1, x2=!<redacted>, token=3, other_token=!<redacted>)" in run.lines


def test_a_value_default_cuts_off_earlier_files_only_to_tighten(tmp_path: Path) -> None:
    allow_all = scope() + rule("pkg:**") + pattern("local:*", "allow")
    program = """
    def f():
        x, password = 1, 2
        return 3
    f()
    """
    shown = run_filtered(
        tmp_path, program, scope() + rule("pkg:**", value_default="allow")
    )
    assert "step main.py:4  x=1  password=!<redacted>" in shown.lines
    allowed = run_filtered(tmp_path, program, allow_all)
    assert "step main.py:4  x=1  password=2" in allowed.lines
    cut = run_filtered(
        tmp_path, program, allow_all, scope() + rule("pkg:**", value_default="redact")
    )
    assert "step main.py:4  x=!<redacted>  password=!<redacted>" in cut.lines
    dropped = run_filtered(
        tmp_path,
        program,
        scope() + rule("pkg:**") + pattern("local:x", "drop"),
        scope() + rule("pkg:**", value_default="redact"),
    )
    assert "step main.py:4  password=!<redacted>" in dropped.lines
    same_file = run_filtered(
        tmp_path,
        program,
        scope()
        + rule("pkg:**")
        + pattern("local:x", "allow")
        + rule("pkg:**", value_default="redact"),
    )
    assert "step main.py:4  x=1  password=!<redacted>" in same_file.lines
    loosened = run_filtered(
        tmp_path,
        program,
        scope() + rule("pkg:**", value_default="drop"),
        scope() + rule("pkg:**", value_default="allow"),
    )
    assert "step main.py:4  x=1  password=!<redacted>" in loosened.lines


def test_returns_match_by_both_names_and_yields_count(tmp_path: Path) -> None:
    run = run_filtered(
        tmp_path,
        """
        class C:
            def one(self): return 11
            def two(self): return 12
        def gen():
            yield 13
        C().one(); C().two(); list(gen())
        """,
        scope()
        + rule("pkg:**")
        + pattern("ret:main.C.one", "redact")
        + pattern("ret:two", "redact")
        + pattern("ret:literal:__main__.gen", "drop"),
    )
    returned = [line for line in run.lines if line.startswith("return ")]
    assert returned[:-2] == [
        *["return !<redacted>"] * 2,
        *["return !<dropped>"] * 2,
    ] or returned[1:5] == [*["return !<redacted>"] * 2, *["return !<dropped>"] * 2]
    assert run.stats["value_redactions"]["return"] == 2
    assert run.stats["value_drops"]["return"] == 2


def test_keywords_are_arguments_by_name(tmp_path: Path) -> None:
    run = run_filtered(
        tmp_path,
        """
        def f(*args, **kwargs):
            other = {"x": 1}
            return kwargs
        f(1, x=2, y=3)
        """,
        scope() + rule("pkg:**") + pattern("arg:x", "redact"),
    )
    assert "call f(args=(1,), kwargs={'x': !<redacted>, 'y': 3})" in run.lines
    [step] = [line for line in run.lines if line.startswith("step main.py:4 ")]
    assert "kwargs={'x': !<redacted>, 'y': 3}" in step and "other={'x': 1}" in step


def test_messages_of_exceptions_do_not_leak(tmp_path: Path) -> None:
    run = run_filtered(
        tmp_path,
        {
            "main.py": """
            import vault, tools
            def attempt(call):
                try:
                    call()
                except Exception as error:
                    kept = [error]
                    return kept
            attempt(vault.open)
            attempt(tools.fail)
            attempt(tools.plain)
            attempt(tools.group)
            """,
            "vault.py": """
            class LockedError(Exception): pass
            class StillLocked(LockedError): pass
            def open():
                raise ValueError("s3cr3t")
            """,
            "tools.py": """
            import vault
            def fail():
                raise vault.StillLocked("s3cr3t")
            def plain():
                raise ValueError("in the open")
            def group():
                try:
                    vault.open()
                except ValueError as error:
                    raise ExceptionGroup("many", [error, KeyError("s3cr3t2"[6:])])
            """,
        },
        scope() + rule("pkg:vault", value_default="redact"),
    )
    assert "s3cr3t" not in run.text
    raised = [line.split("  ")[0] for line in run.lines if line.startswith("raised")]
    assert raised[:3] == [
        "raised 'ValueError: <redacted>'",
        "raised 'StillLocked: <redacted>'",
        "raised 'ValueError: in the open'",
    ]
    assert "error=!<redacted>" in run.text
    assert "error=ValueError('in the open'):ValueError" in run.text
    assert b"s3cr3t" not in (run.recording.events_file).read_bytes()


VAULT = """
    class Locked(Exception): pass
    def enter(text="s3cr3t"):
        raise ValueError(text)
    def quit():
        raise SystemExit("s3cr3t")
    class Door:
        def __del__(self):
            enter()
    """
REPORTED = {
    "uncaught": "vault.enter()",
    "class": "raise vault.Locked('s3cr' + '3t')",
    "exit": "vault.quit()",
    "context": "try: vault.enter()\nfinally: {}['open']",
    "cause": """
        try:
            vault.enter()
        except ValueError as error:
            raise KeyError("open") from error
        """,
    "group": """
        try:
            vault.enter()
        except ValueError as error:
            raise ExceptionGroup("many", [KeyError("open"), error])
        """,
    "through C": "list(map(vault.enter, ['s3cr3t']))",
    "thread": """
        import threading
        thread = threading.Thread(target=vault.enter)
        thread.start()
        thread.join()
        """,
    "deletion": "vault.Door()\nend = 1",
    "caught by unrecorded code": """
        import codeop, code
        code.InteractiveInterpreter({"vault": vault}).runsource("vault.enter()")
        """,
}


def stderr_of(run: Run) -> list[str]:
    """What the trace says was written to standard error, piece by piece."""
    events = run.recording.bodies("Event")
    return [event["content"] for event in events if event["kind"] == EVENT_WRITE_OTHER]


@pytest.mark.parametrize("how", REPORTED)
def test_reports_of_exceptions_do_not_leak(tmp_path: Path, how: str) -> None:
    """What the interpreter prints of an exception that hides its message."""
    main = "import sys, vault\nprint('before', file=sys.stderr)\n"
    run = run_filtered(
        tmp_path,
        {"main.py": main + dedent(REPORTED[how]), "vault.py": VAULT},
        scope() + rule("pkg:vault", value_default="redact"),
        status=int(
            how
            in ("uncaught", "class", "exit", "context", "cause", "group", "through C")
        ),
    )
    assert b"s3cr3t" in run.recording.outcome.stderr
    for path in run.recording.directory.rglob("*"):
        assert path.is_dir() or b"s3cr3t" not in path.read_bytes(), path
    assert stderr_of(run) == ["before\n", "<redacted>\n"]


def test_reports_of_other_exceptions_are_shown(tmp_path: Path) -> None:
    """Also what is written after the program has gone on, and what nothing hides."""
    run = run_filtered(
        tmp_path,
        {
            "main.py": """
            import sys, vault
            vault.Door()
            print("later", file=sys.stderr)
            try:
                vault.enter()
            except ValueError:
                pass
            try:
                vault.enter()
            except ValueError:
                raise KeyError("in the open") from None
            """,
            "vault.py": VAULT,
        },
        scope() + rule("pkg:vault", value_default="redact"),
        status=1,
    )
    assert "s3cr3t" not in run.text
    written = stderr_of(run)
    assert written[:2] == ["<redacted>\n", "later\n"]
    assert written[-1] == "KeyError: 'in the open'\n"


def test_an_exception_thrown_in_is_an_argument(tmp_path: Path) -> None:
    run = run_filtered(
        tmp_path,
        """
        def gen():
            try:
                yield
            except ValueError:
                yield
        g = gen(); next(g); g.throw(ValueError("s3cr3t"))
        """,
        scope() + rule("pkg:**") + pattern("arg:exception", "redact"),
    )
    assert "call gen(exception=!<redacted>)" in " ".join(run.lines)


def test_output_text_is_not_redacted_and_other_variables_are_not_tracked(
    tmp_path: Path,
) -> None:
    """What the documentation says a filter does not do."""
    run = run_filtered(
        tmp_path,
        """
        password = "abc"
        copy = password
        pairs = [("password", copy)]
        """,
    )
    assert "copy='abc'" in run.text and "('password', 'abc')" in run.text


def test_hidden_values_change_unseen_and_the_rest_goes_on(tmp_path: Path) -> None:
    """An object with a hidden field is still seen to change, and only then."""
    run = run_filtered(
        tmp_path,
        """
        class C: pass
        def f():
            c = C()
            c.token = "a" * 50
            c.n = 1
            for token in ["x" * 30, "y" * 30]:
                c.token = token
                c.n += 1
            return c.n
        f()
        """,
    )
    assert "c=__main__.C(token=!<redacted>, n=3)" in run.text
    assert "xxx" not in run.text and "aaa" not in run.text
    assert "return 3" in run.lines


def test_fields_of_allowed_values_in_a_hiding_scope(tmp_path: Path) -> None:
    """The value default decides about each name, of fields too."""
    run = run_filtered(
        tmp_path,
        """
        def f():
            public_d = {"name": 1, "ok": 2}
            private = 3
            public_l = [4]
            return 5
        f()
        """,
        scope()
        + rule("obj:*.f", value_default="redact")
        + pattern("local:public_*", "allow")
        + pattern("attr:ok", "allow"),
    )
    [step] = [line for line in run.lines if line.startswith("step main.py:6 ")]
    assert "public_d={'name': !<redacted>, 'ok': 2}" in step
    assert "private=!<redacted>" in step and "public_l=[4]" in step


def test_long_keys_are_hidden_in_doubt(tmp_path: Path) -> None:
    run = run_filtered(
        tmp_path,
        """
        def f():
            d = {"k" * 1024: 1, "k" * 1025: 2}
            return 3
        f()
        """,
        options=("--max-string", "2000"),
    )
    assert f"'{'k' * 1024}': 1" in run.text
    assert f"'{'k' * 1025}': !<redacted>" in run.text


def test_the_death_of_a_hidden_object_is_not_overlooked(tmp_path: Path) -> None:
    """A loop over a list changes nothing but its variable, unless what was there dies
    of it, which the recorder cannot tell of a hidden one."""
    run = run_filtered(
        tmp_path,
        """
        class Noted:
            def __init__(self, box): self.box = box
            def __del__(self): self.box.append(1)
        def f():
            box = []
            items = [Noted(box), Noted(box), Noted(box)]
            for token in items:
                items[len(box)] = None
            return box
        f()
        """,
        scope() + rule("obj:*.Noted.*", exec="skip"),
    )
    steps = [line for line in run.lines if line.startswith("step main.py:9 ")]
    shown = [step.partition("box=")[2].partition("]")[0] for step in steps]
    assert shown == ["[", "[1", "[1, 1"], steps


def test_a_rule_about_one_function_hides_a_global_there_alone(tmp_path: Path) -> None:
    run = run_filtered(
        tmp_path,
        """
        x = 1
        def f():
            return x
        def g():
            return x
        f(), g()
        """,
        scope() + rule("obj:*.f") + pattern("global:x", "redact"),
    )
    assert "step main.py:4  x=!<redacted>" in run.lines
    assert "step main.py:6  x=1" in run.lines
