"""What must hold of any filter file, compiled chain, pattern or target.

Used by the property tests and by the coverage-guided target `fuzz/fuzz_filters.py`.
"""

import marshal
import re
from typing import Any

from codetracer_python_recorder.codetracer_python_recorder import (
    _filter_decision,
    _filter_matches,
)
from codetracer_python_recorder.filters.chain import Chain, builtin_file
from codetracer_python_recorder.filters.explain import explain
from codetracer_python_recorder.filters.files import FilterError, FilterFile
from codetracer_python_recorder.filters.selectors import (
    SCOPE_KINDS,
    VALUE_KINDS,
    Selector,
    SelectorError,
)

PLACE = re.compile(
    r"^trace filter 'f\.toml': (line \d+, column \d+|the file|"
    r"([\w.\[\] -]|'([^'\\]|\\.)*['…]|\"([^\"\\]|\\.)*[\"…])+?…?): .+",
    re.DOTALL,
)
MAX_MESSAGE = 20_000
QUESTIONS = tuple((kind, "password") for kind in range(len(VALUE_KINDS)))


def check_file(data: bytes) -> None:
    """Nothing but a filter that can be asked, or an error that says where it is."""
    try:
        file = FilterFile("f.toml", data)
        chain = Chain([builtin_file(), file])
    except FilterError as error:
        assert len(str(error)) < MAX_MESSAGE
        assert PLACE.match(str(error)), str(error)
    else:
        answer = _filter_decision(
            chain.dump(), "a.b", "/x/a/b.py", "f", False, QUESTIONS
        )
        assert answer is not None and len(answer[4]) == len(QUESTIONS)


def check_chain(chain: Any) -> None:
    """What is no chain is refused by the native side, whatever it holds."""
    try:
        answer = _filter_decision(
            marshal.dumps(chain), "a.b", "/x/a/b.py", "f", False, QUESTIONS
        )
    except ValueError as error:
        assert str(error) == "bad filter chain"
    else:
        assert answer is not None and answer[0] in (0, 1)


def check_selector(text: str, name: str) -> None:
    """A pattern can be matched with any name, or its error says which text it is."""
    for kinds in (SCOPE_KINDS, VALUE_KINDS):
        try:
            selector = Selector(text, kinds)
        except SelectorError as error:
            assert str(error)
        else:
            assert _filter_matches(selector.compiled, (name,)) in ([True], [False])


def check_target(text: str) -> None:
    """A target is explained or is none."""
    try:
        lines = list(explain(text, ()))
    except FilterError as error:
        assert 0 < len(str(error)) < MAX_MESSAGE
    else:
        assert lines
