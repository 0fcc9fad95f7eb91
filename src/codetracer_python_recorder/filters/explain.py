"""What the command line says about filters without running anything."""

import os
import sys

from ..codetracer_python_recorder import _filter_decision
from .chain import Chain, load_chain
from .files import ACTIONS, FilterError, FilterFile, Rule, read_file
from .selectors import VALUE_KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import CodeType

_MAX_SELECTOR = 60
_MAX_TARGET = 4096
_MODULE = "<module>"


class Target:
    """Code that is asked about. module: its name. file: a path. qualname: inside."""

    def __init__(self, module: str, file: str, qualname: str) -> None:
        """All three as a recording would see them."""
        self.module = module
        self.file = file
        self.qualname = qualname


def check_files(paths: "Sequence[str]") -> "Iterator[tuple[bool, str]]":
    """For each filter file whether it is in order, and what to say about it."""
    for path in paths:
        try:
            file = read_file(os.path.realpath(os.path.expanduser(path)))
        except FilterError as error:
            yield False, str(error)
            continue
        for warning in file.warnings:
            yield True, f"warning: {warning}"
        yield True, "\n".join(_describe_file(file))


def _describe_file(file: FilterFile) -> "Iterator[str]":
    yield f"{file.path}: ok, filter '{file.name}' version {file.version}"
    if file.description:
        yield f"  {file.description}"
    yield f"  paths are relative to {file.root}"
    yield (
        f"  by default: code {file.default_exec}, values {file.default_value_action}"
    )
    for rule in file.rules:
        says = [f"code {rule.exec}"] if rule.exec != "inherit" else []
        if rule.value_default != "inherit":
            says.append(f"values {rule.value_default}")
        yield f"  {rule.place}: {_short(rule)}: {', '.join(says) or 'code as before'}"
        for pattern in rule.patterns:
            yield f"    {pattern.action} {_cut(pattern.selector.text)}"
    if file.io is not None:
        streams = ", ".join(file.io.streams) if file.io.capture else "none"
        yield f"  captured streams: {streams}"


def explain(text: str, paths: "Iterable[str]") -> "Iterator[str]":
    """Which rules decide about a target, and what happens to its values.

    text: a path, `path:line` or `module.qualname`. paths: the explicit filters. The
    project's own is that of the target's file. FilterError when a filter cannot be
    used or there is no such target.
    """
    target = find_target(text)
    chain = load_chain(os.path.dirname(target.file), paths)
    yield f"{target.module}.{target.qualname} in {target.file}"
    questions = tuple((kind, "") for kind in range(len(VALUE_KINDS)))
    answer = _filter_decision(
        chain.dump(), target.module, target.file, target.qualname, False, questions
    )
    if answer is None:
        yield "is not recorded, since its names cannot be determined."
        return
    execution, exec_rule, action, action_rule, decisions, matching = answer
    word = "not recorded (skip)" if execution else "recorded (trace)"
    yield f"Code: {word}, by {_rule_name(chain, exec_rule, 'default_exec')}."
    yield (
        f"Values: {ACTIONS[action]} unless a pattern says otherwise, by "
        f"{_rule_name(chain, action_rule, 'default_value_action')}."
    )
    for kind in VALUE_KINDS:
        yield from _explain_kind(chain, kind, matching)
    returned = decisions[VALUE_KINDS.index("ret")]
    yield f"What it returns: {ACTIONS[returned[0]]}."


def _explain_kind(chain: Chain, kind: str, matching: bytes) -> "Iterator[str]":
    """The patterns of a kind, the one that is tried first at the top."""
    rules = zip(_all_rules(chain), matching, strict=True)
    lines = [
        f"  {pattern.action} {_cut(pattern.selector.text)}"
        f"  ({file.name}, {pattern.place})"
        for file, rule in reversed([each for each, is_matching in rules if is_matching])
        for pattern in rule.patterns
        if pattern.selector.kind == kind
    ]
    yield f"{kind}: {'the first that matches' if lines else 'no pattern'}"
    yield from lines


def _all_rules(chain: Chain) -> "list[tuple[FilterFile, Rule]]":
    """In the order of their numbers in the compiled chain."""
    return [(file, rule) for file in chain.files for rule in file.rules]


def _rule_name(chain: Chain, number: int, default: str) -> str:
    if number < 0:
        says = [file for file in chain.files if getattr(file, default) != "inherit"]
        return f"scope.{default} of {says[-1].path}"
    file, rule = _all_rules(chain)[number]
    reason = f" ({rule.reason})" if rule.reason else ""
    return f"{rule.place} of {file.path}: {_short(rule)}{reason}"


def _short(rule: Rule) -> str:
    return _cut(rule.selector.text)


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_SELECTOR else text[:_MAX_SELECTOR] + "…"


# ---- finding the target --------------------------------------------------------------


def find_target(text: str) -> Target:
    """The code that a text names; FilterError when there is none."""
    if len(text) > _MAX_TARGET:
        raise FilterError(f"'{_cut(text)}' is longer than {_MAX_TARGET} characters")
    path, colon, line = text.rpartition(":")
    if colon and line.isascii() and line.isdigit() and os.path.isfile(path):
        return _target_at_line(_absolute(path), int(line))
    if os.path.isfile(text):
        return Target(module_name(_absolute(text)), _absolute(text), _MODULE)
    return _target_by_name(text)


def _absolute(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path))


def module_name(file: str) -> str:
    """The dotted name by which a file could be imported, from its packages."""
    directory, name = os.path.split(file)
    parts = [os.path.splitext(name)[0]]
    while os.path.isfile(os.path.join(directory, "__init__.py")):
        directory, package = os.path.split(directory)
        parts.insert(0, package)
    if len(parts) > 1 and parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


def _compile(file: str) -> "CodeType":
    try:
        with open(file, "rb") as source:
            return compile(source.read(), file, "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FilterError(f"'{file}' cannot be read: {error}") from None


def _nested(code: "CodeType") -> "Iterator[CodeType]":
    waiting = [code]
    while waiting:
        inner = [each for each in waiting.pop().co_consts if type(each) is type(code)]
        waiting += inner
        yield from inner


def _target_at_line(file: str, line: int) -> Target:
    """The innermost code that has instructions on a line."""
    module = _compile(file)
    found = module
    for code in _nested(module):
        lines = {number for _, _, number in code.co_lines() if number}
        if line in lines and code.co_firstlineno >= found.co_firstlineno:
            found = code
    return Target(module_name(file), file, found.co_qualname)


def _target_by_name(text: str) -> Target:
    """The module is looked for as an import would, but nothing is imported."""
    from ..launch import find_module

    parts = text.split(".")
    for count in range(len(parts), 0, -1):
        name = ".".join(parts[:count])
        try:
            spec = find_module(name) if name.isascii() and name else None
        except (ImportError, AttributeError, ValueError):
            spec = None
        if spec is None or not spec.has_location or spec.origin is None:
            continue
        qualname = ".".join(parts[count:])
        if not qualname:
            return Target(name, spec.origin, _MODULE)
        names = {code.co_qualname for code in _nested(_compile(spec.origin))}
        if qualname in names:
            return Target(name, spec.origin, qualname)
        raise FilterError(f"module '{name}' ({spec.origin}) has no code '{qualname}'")
    raise FilterError(
        f"'{text}' is no file, and no module of that name is found from "
        f"{os.getcwd()} and {len(sys.path)} directories of sys.path"
    )
