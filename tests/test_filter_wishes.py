"""The wishes of docs/trace-filters.md: each file does what its heading says.

What is expected is written as `trace module:qualname`, `skip …`, or as
`redact kind name @ module:qualname`.
"""

import re
from pathlib import Path

import pytest

from codetracer_python_recorder.codetracer_python_recorder import _filter_decision
from codetracer_python_recorder.filters.chain import Chain, builtin_file
from codetracer_python_recorder.filters.files import ACTIONS, FilterFile
from codetracer_python_recorder.filters.selectors import VALUE_KINDS

DOCUMENT = Path(__file__).resolve().parents[1] / "docs/trace-filters.md"
WISH = re.compile(
    r"^### \d+\. ([^\n]*)\n\n```toml\n(.*?)```$", re.MULTILINE | re.DOTALL
)
HEAD = '[meta]\nname = "mine"\nversion = 1\n'
PROJECT = "/home/me/project"
LIBRARY = "/home/me/venv/lib/python3.13/site-packages"
STDLIB = Path(re.__file__).parents[1]

EXPECTED = {
    "Record only my package": [
        "trace shop.cart:Cart.add",
        "trace shop:<module>",
        "skip requests.api:get",
        "skip shopping:main",
    ],
    "Record only my package and the main program": [
        "trace __main__:run",
        "trace shop.cart:Cart.add",
        "skip requests.api:get",
    ],
    "Record only what lies in src": [
        "trace shop.cart:Cart.add",
        "skip tests.test_cart:test_add",
        "skip __main__:run",
    ],
    "Do not record my tests": [
        "skip tests.test_cart:test_add",
        "trace shop.cart:Cart.add",
    ],
    "Do not record third-party code": [
        "skip requests.api:get",
        "skip sqlalchemy.orm.session:Session.commit",
        "trace shop.cart:Cart.add",
    ],
    "Skip the ORM but not my models": [
        "skip sqlalchemy.orm.session:Session.commit",
        "trace shop.models:User.save",
        "trace requests.api:get",
    ],
    "Of one library record just one module": [
        "trace requests.sessions:Session.send",
        "skip requests.api:get",
        "skip sqlalchemy.orm.session:Session.commit",
    ],
    "See what happens in a module of the standard library": [
        "trace json.decoder:JSONDecoder.decode",
        "skip json:dumps",
    ],
    "Record a single function": [
        "trace shop.cart:Cart.add",
        "skip shop.cart:Cart.total",
    ],
    "Record a class with what is nested in it": [
        "trace shop.cart:Cart.add",
        "trace shop.cart:Cart.add.<locals>.inner",
        "skip shop.models:User.save",
    ],
    "Skip a function that is called too often": [
        "skip shop.cart:Cart.total",
        "trace shop.cart:Cart.add",
    ],
    "Skip all properties and helpers that begin with an underscore": [
        "skip shop.models:User._key",
        "trace shop.models:User.__init__",
        "trace shop.cart:Cart.add",
    ],
    "Skip lambdas and comprehensions": [
        "skip shop.cart:<lambda>",
        "skip shop.cart:Cart.add.<locals>.<genexpr>",
        "trace shop.cart:Cart.add",
    ],
    "Skip dunder methods": [
        "skip shop.models:User.__init__",
        "trace shop.models:User.save",
    ],
    "Skip generated code": [
        "skip shop.wire_pb2:Message.parse",
        "trace shop.cart:Cart.add",
    ],
    "Skip database migrations, whatever the application": [
        "skip shop.migrations.m0001:upgrade",
        "trace shop.models:User.save",
    ],
    "Record module bodies only": [
        "trace shop.cart:<module>",
        "skip shop.cart:Cart.add",
    ],
    "Hide everything called token": [
        "redact local tokens @ shop.cart:Cart.add",
        "redact attr csrfToken @ shop.cart:Cart.add",
        "redact ret x @ shop.cart:refresh_tokens",
        "allow local total @ shop.cart:Cart.add",
    ],
    "Show my tokens, they are a parser's": [
        "allow local token @ shop.parser:parse",
        "redact local password @ shop.parser:parse",
        "redact local token @ shop.cart:Cart.add",
    ],
    "Hide all values of one package": [
        "redact local amount @ shop.billing:charge",
        "redact ret x @ shop.billing:charge",
        "allow local total @ shop.cart:Cart.add",
    ],
    "Of that package show only what is called public": [
        "allow local public_id @ shop.billing:charge",
        "redact local amount @ shop.billing:charge",
    ],
    "Leave values out altogether, record the flow alone": [
        "drop local total @ shop.cart:Cart.add",
        "drop ret x @ shop.cart:Cart.add",
        "trace shop.cart:Cart.add",
    ],
    "Record only arguments and results": [
        "allow arg item @ shop.cart:Cart.add",
        "allow ret x @ shop.cart:Cart.add",
        "drop local total @ shop.cart:Cart.add",
    ],
    "Do not write down a huge variable": [
        "drop local catalogue @ shop.cart:load",
        "allow local catalogue @ shop.cart:Cart.add",
    ],
    "Hide fields with personal data in every object and dict": [
        "redact attr Email @ shop.models:User.save",
        "redact attr birth_day @ shop.models:User.save",
        "allow attr name @ shop.models:User.save",
    ],
    "Hide what functions return that read secrets": [
        "redact ret x @ shop.vault:read_key",
        "allow ret x @ shop.vault:close",
    ],
    "Hide the result of one method": [
        "redact ret x @ shop.models:User.balance",
        "allow ret x @ shop.cart:Cart.total",
    ],
    "Hide module globals with settings": [
        "redact global DATABASE_URL @ shop.cart:Cart.add",
        "allow global DEBUG @ shop.cart:Cart.add",
    ],
    "Keep the messages of some exceptions out of the trace": [
        "redact local args @ shop.vault:VaultError",
        "allow local x @ shop.vault:close",
    ],
    "Turn the built-in hiding off for throw-away test data": [
        "allow local password @ tests.test_cart:test_add",
        "redact local password @ shop.cart:Cart.add",
    ],
}


def wishes() -> dict[str, str]:
    return dict(WISH.findall(DOCUMENT.read_text()))


def split(target: str) -> tuple[str, str, str]:
    """Module, file and qualified name."""
    module, _, qualname = target.partition(":")
    path = "main.py" if module == "__main__" else module.replace(".", "/") + ".py"
    top = module.partition(".")[0]
    source = f"{PROJECT}/src" if top.startswith("shop") else PROJECT
    root = {"json": str(STDLIB), "requests": LIBRARY, "sqlalchemy": LIBRARY}
    return module, f"{root.get(top, source)}/{path}", qualname


def decide(chain: bytes, target: str, kind: int, name: str) -> tuple[str, str]:
    """What happens to the code, and to a value there."""
    module, file, qualname = split(target)
    answer = _filter_decision(chain, module, file, qualname, False, ((kind, name),))
    assert answer is not None
    return ("skip" if answer[0] else "trace"), ACTIONS[answer[4][0][0]]


def test_there_are_thirty() -> None:
    assert list(wishes()) == list(EXPECTED)
    assert len(EXPECTED) == 30


@pytest.mark.parametrize("wish", EXPECTED)
def test_wish(wish: str) -> None:
    text = HEAD + wishes()[wish]
    file = FilterFile("mine.toml", text.encode(), PROJECT)
    chain = Chain([builtin_file(), file]).dump()
    for expectation in EXPECTED[wish]:
        what, _, target = expectation.rpartition(" ")
        word, *value = what.split()
        if not value:
            assert decide(chain, target, 0, "x")[0] == word, expectation
        else:
            kind, name, _ = value
            answer = decide(chain, target, VALUE_KINDS.index(kind), name)
            assert answer[1] == word, expectation
