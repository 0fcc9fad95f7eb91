"""Patterns of trace filters against independent matchers.

Globs are checked against a matcher that tries every split of the name, written from
the language's description; regular expressions against Python's `re`.
"""

import re
from functools import cache
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from codetracer_python_recorder.codetracer_python_recorder import _filter_matches
from codetracer_python_recorder.filters.globs import compile_glob
from codetracer_python_recorder.filters.programs import PatternError
from codetracer_python_recorder.filters.regexes import compile_regex


def matches(compiled: tuple[int, bytes, bytes], name: str) -> bool:
    return _filter_matches(compiled, (name,))[0]


# ---- globs ---------------------------------------------------------------------------


def split_alternatives(text: str) -> list[str]:
    """The parts of what stands between braces, cut at its own commas."""
    parts, depth, start, index = [], 0, 0, 0
    while index < len(text):
        if text[index] == "\\":
            index += 1
        elif text[index] == "[":
            index = end_of_set(text, index) - 1
        elif text[index] == "{":
            depth += 1
        elif text[index] == "}":
            depth -= 1
        elif text[index] == "," and depth == 0:
            parts.append(text[start:index])
            start = index + 1
        index += 1
    return [*parts, text[start:]]


def end_of_set(text: str, start: int) -> int:
    """The index behind the `]` of a set that begins at `start`."""
    index = start + 1
    if text[index : index + 1] in ("!", "^"):
        index += 1
    first = index
    while text[index] != "]" or index == first:
        index += 2 if text[index] == "\\" else 1
    return index + 1


def expand(glob: str) -> list[str]:
    """The globs without braces that a glob stands for."""
    index = 0
    while index < len(glob):
        if glob[index] == "\\":
            index += 1
        elif glob[index] == "[":
            index = end_of_set(glob, index) - 1
        elif glob[index] == "{":
            depth, end = 1, index + 1
            while depth:
                if glob[end] == "\\":
                    end += 1
                elif glob[end] == "[":
                    end = end_of_set(glob, end) - 1
                elif glob[end] == "{":
                    depth += 1
                elif glob[end] == "}":
                    depth -= 1
                end += 1
            inside = split_alternatives(glob[index + 1 : end - 1])
            return [
                result
                for part in inside
                for result in expand(glob[:index] + part + glob[end:])
            ]
        index += 1
    return [glob]


def in_set(items: str, character: str) -> bool:
    """Whether a character is in what stands between brackets."""
    is_negated = items[:1] in ("!", "^")
    items = items[is_negated:]
    codes, index = [], 0
    while index < len(items):
        is_escaped = items[index] == "\\"
        codes.append((items[index + is_escaped], is_escaped))
        index += 1 + is_escaped
    found, index = False, 0
    while index < len(codes):
        low = high = codes[index][0]
        if index + 2 < len(codes) and codes[index + 1] == ("-", False):
            high = codes[index + 2][0]
            index += 2
        found |= low <= character <= high
        index += 1
    return character != "/" and found != is_negated


def glob_matches(glob: str, name: str) -> bool:
    """The oracle: every way to match is tried."""

    def match(glob: str, at: int) -> bool:
        @cache
        def from_here(index: int, at: int) -> bool:
            if index == len(glob):
                return at == len(name)
            character = glob[index]
            if character == "*":
                end = index
                while glob[end : end + 1] == "*":
                    end += 1
                is_component = (
                    end - index == 2
                    and (index == 0 or glob[index - 1] == "/")
                    and glob[end : end + 1] in ("", "/")
                )
                if is_component and end == len(glob):
                    return index == 0 or at < len(name)
                if is_component:  # no directory, or any number of them
                    return from_here(end + 1, at) or any(
                        name[stop] == "/" and from_here(end + 1, stop + 1)
                        for stop in range(at, len(name))
                    )
                stop = at
                while not from_here(end, stop):
                    if stop == len(name) or name[stop] == "/":
                        return False
                    stop += 1
                return True
            if at == len(name):
                return False
            if character == "?":
                return name[at] != "/" and from_here(index + 1, at + 1)
            if character == "[":
                end = end_of_set(glob, index)
                is_in = in_set(glob[index + 1 : end - 1], name[at])
                return is_in and from_here(end, at + 1)
            if character == "\\":
                index += 1
            return name[at] == glob[index] and from_here(index + 1, at + 1)

        return from_here(0, at)

    # An escaped slash is the slash that it would be anyway.
    glob = re.sub(r"\\(.)", lambda pair: "/" if pair[1] == "/" else pair[0], glob)
    return any(match(each, 0) for each in expand(glob))


plain = st.sampled_from(["a", "b", "/", ".", "-", "é", "**", "*", "?", "/**/", "**/"])
sets = st.sampled_from(["[ab]", "[!a]", "[^b/]", "[a-c]", "[]a]", "[a-]", "[!-.]"])
escapes = st.sampled_from(["\\*", "\\a", "\\\\", "\\{", "\\/"])
atoms = plain | sets | escapes
globs = st.recursive(
    st.lists(atoms, max_size=5).map("".join),
    lambda inner: st.tuples(
        st.lists(atoms, max_size=2).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(
            lambda each: f"{{{','.join(each)}}}"
        ),
        st.lists(atoms, max_size=2).map("".join),
    ).map("".join),
    max_leaves=4,
)
names = st.text("ab/.-*c{\\é", max_size=9)


@given(globs, names)
@settings(max_examples=1500, deadline=None)
@example("a/**/b", "a/b")
@example("a/**", "a/")
@example("**", "")
@example("pkg.*", "pkg")
@example("**\\/", "")
def test_globs_match_like_the_oracle(glob: str, name: str) -> None:
    assert matches(compile_glob(glob), name) == glob_matches(glob, name)


@pytest.mark.parametrize(
    ("glob", "name", "expected"),
    [
        ("a.*", "a.b.c", True),
        ("a.*", "a", False),
        ("A", "a", False),
        ("**/x", "x", True),
        ("**/x", "a/b/x", True),
        ("x/**", "x/a/b", True),
        ("x/**", "x", False),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a**b", "axxb", True),
        ("a**b", "a/b", False),
        ("a?c", "a/c", False),
        ("{a,{b,c}d}", "cd", True),
        ("[!x]", "x", False),
        ("\\*", "*", True),
    ],
)
def test_globs_of_the_language(glob: str, name: str, expected: bool) -> None:
    assert matches(compile_glob(glob), name) is expected
    assert glob_matches(glob, name) is expected


@pytest.mark.parametrize(
    ("glob", "reason"),
    [
        ("[a", "unbalanced '[' at character 1"),
        ("[]", "unbalanced '['"),
        ("a]", "unbalanced ']' at character 2"),
        ("{a", "unbalanced '{' at character 1"),
        ("a}", "unbalanced '}' at character 2"),
        ("a\\", "nothing behind the last '\\'"),
        ("[z-a]", "bad range 'z-a'"),
        ("{a,b}" * 12, "more than 512 globs"),
        ("{" * 200 + "}" * 200, "nested too deeply"),
    ],
)
def test_bad_globs(glob: str, reason: str) -> None:
    with pytest.raises(PatternError, match=re.escape(reason)):
        compile_glob(glob)


@given(st.text("ab[]{}!^*?\\-,/", max_size=14))
@settings(max_examples=1500, deadline=None)
def test_any_text_is_a_glob_or_a_pattern_error(text: str) -> None:
    try:
        compiled = compile_glob(text)
    except PatternError:
        return
    assert matches(compiled, "ab") in (True, False)


# ---- regular expressions -------------------------------------------------------------

regex_atoms = st.sampled_from(
    ["a", "b", "_", "é", "ß", "K", ".", "\\w", "\\d", "\\s", "\\W", "\\.", "\\x61"]
    + ["[ab]", "[^a]", "[a-c_]", "[\\w-]", "[^\\d]", "[]a]", "^", "$", "\\b", "\\B"]
    + ["\\A", "(?:ab)", "(a|b)", "(?i:a)", "(?P<n>a)", "(?s:.)", "(?m:^)", "()"]
)
repeats = st.sampled_from(
    ["", "", "", "*", "+", "?", "{2}", "{1,}", "{0,2}", "*?", "??"]
)
flags = st.sampled_from(["", "", "(?i)", "(?m)", "(?s)", "(?is)"])
pieces = st.lists(st.tuples(regex_atoms, repeats).map("".join), max_size=5)
regexes = st.builds(
    lambda flag, branches: flag + "|".join("".join(branch) for branch in branches),
    flags,
    st.lists(pieces, min_size=1, max_size=3),
)
texts = st.text("abAB_.é ß\u017fKk1\n-c", max_size=8)


@given(regexes, texts)
@settings(max_examples=2500, deadline=None)
@example("(?i)k", "K")
@example("(?i)\u017f", "S")
@example("a$", "a\n")
def test_regexes_search_like_re(regex: str, text: str) -> None:
    try:
        compiled = compile_regex(regex)
    except PatternError:
        return
    if "\\B" in regex and not text:
        return  # `re` has changed its mind about that in 3.14
    assert matches(compiled, text) == (re.search(regex, text) is not None)


@given(regexes, st.lists(texts, max_size=6).map(tuple))
@settings(max_examples=1000, deadline=None)
@example("\\bb", ("ab", "b", "a.b"))
@example("(?m)^b", ("ab", "b", "a\nb", "\nb"))
@example("a$", ("a\n", "a\nb"))
@example("a$", ("a", "a\x80"))
@example("(?:^|[^a])b", ("bb", "ab", "b", "aab", "cb"))
def test_what_one_name_has_shown_holds_for_the_next(
    regex: str, names: tuple[str, ...]
) -> None:
    try:
        compiled = compile_regex(regex)
    except PatternError:
        return
    names = tuple(name for name in names if name or "\\B" not in regex)
    assert _filter_matches(compiled, names) == [
        re.search(regex, name) is not None for name in names
    ]


def test_what_is_known_of_a_pattern_is_bounded() -> None:
    """It has thousands of fronts, one for each way that the last twelve letters go."""
    regex = "a[ab]{11}c"
    letters = Random(1)
    names = tuple(
        "".join(letters.choices("ab", k=40)) + letters.choice("bc") for _ in range(800)
    )
    found = [re.search(regex, name) is not None for name in names]
    assert _filter_matches(compile_regex(regex), names + names) == found + found
    assert True in found
    assert False in found


def test_case_is_ignored_as_in_re() -> None:
    characters = [c for c in map(chr, range(0x2C00)) if c.swapcase() != c]
    differing = [
        (pattern, text)
        for pattern in characters
        for text in {pattern.upper(), pattern.lower(), pattern.swapcase(), "i", "k"}
        if len(text) == 1
        and matches(compile_regex(f"(?i){pattern}"), text)
        != bool(re.search(f"(?i){pattern}", text))
    ]
    assert differing == []


@pytest.mark.filterwarnings("ignore:Possible nested set")
@given(st.text("ab()[]{}|*+?.^$\\dwzP<>=!:i-1,", max_size=16))
@settings(max_examples=2500, deadline=None)
def test_what_is_accepted_is_a_regex_for_re(text: str) -> None:
    try:
        compiled = compile_regex(text)
    except PatternError:
        return
    for name in ("", "ab", "a-1b", "b\n"):
        assert matches(compiled, name) == bool(re.search(text, name))


@pytest.mark.parametrize(
    ("regex", "reason"),
    [
        ("(?=a)", "look-around"),
        ("(?<!a)b", "look-around"),
        (r"(a)\1", "back-reference"),
        ("(?P<n>a)(?P=n)", "back-reference"),
        ("(?>a)", "atomic"),
        ("a++", "possessive"),
        ("(a+)+", "another unbounded repeat or an alternation"),
        ("(?:a|b)*", "another unbounded repeat or an alternation"),
        ("(a*b){2,}", "another unbounded repeat or an alternation"),
        ("a{1001}", "more than 1000 times"),
        ("(?:(?:a{100}){100}){100}", "too large"),
        ("a{,3}", "not portable"),
        ("(?x)a", "not portable"),
        ("[[:alpha:]]", "not portable"),
        (r"\Z", "write '$'"),
        (r"\pL", "not portable"),
        (r"\u0041", "not portable"),
        ("(a", "missing ')'"),
        ("a)", "unbalanced parenthesis"),
        ("[a", "a set is not finished"),
        ("*a", "nothing to repeat"),
        ("a**", "multiple repeat"),
        ("[z-a]", "bad range"),
        ("\\", "an escape is not finished"),
        ("(" * 100, "nested too deeply"),
        ("(?P<n>a)(?P<n>b)", "defined twice"),
    ],
)
def test_refused_regexes(regex: str, reason: str) -> None:
    with pytest.raises(PatternError, match=re.escape(reason)):
        compile_regex(regex)


def test_a_match_takes_steps_in_proportion_to_the_name() -> None:
    """What takes a backtracking matcher for ever takes this one no time to speak of."""
    compiled = compile_regex("a?" * 60 + "a" * 60 + "b?" * 30 + "c$")
    assert not matches(compiled, "a" * 1024)
    assert matches(compiled, "a" * 100 + "c")


def test_names_are_matched_up_to_1024_characters() -> None:
    assert matches(compile_regex("z"), "a" * 1023 + "z")
    assert not matches(compile_regex("[z]"), "a" * 1024 + "z")
