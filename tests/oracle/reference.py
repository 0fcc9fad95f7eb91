"""The reference recorder: `sys.settrace` and `f_locals`, slow and obvious.

It records the frames of one file in the thread that starts it, as the contract says in
its sections 7 and 9. Of the program's objects it keeps nothing but what it has rendered
and addresses, so that they live as long as they would.
"""

import ast
import dis
import gc
import inspect
import sys
import types
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from .render import Value, class_dict, mro, part, render, type_name

Event = list[Any]
Variables = list[list[Any]]

MAX_VARIABLES = 64
SUSPENDABLE = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
CONTROL_FLOW = (StopIteration, StopAsyncIteration, GeneratorExit)
DEFINITIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.ModuleType,
    type,
)
GLOBAL_INSTRUCTIONS = {
    "LOAD_GLOBAL",
    "STORE_GLOBAL",
    "DELETE_GLOBAL",
    "LOAD_FROM_DICT_OR_GLOBALS",
}
LOCAL_INSTRUCTIONS = {
    *(f"{verb}_NAME" for verb in ("LOAD", "STORE", "DELETE")),
    *(f"{verb}_FAST" for verb in ("LOAD", "STORE", "DELETE")),
    *(f"{verb}_DEREF" for verb in ("LOAD", "STORE", "DELETE")),
    *("LOAD_FAST_CHECK", "LOAD_FAST_AND_CLEAR", "LOAD_FAST_LOAD_FAST"),
    *("STORE_FAST_LOAD_FAST", "STORE_FAST_STORE_FAST", "LOAD_FROM_DICT_OR_DEREF"),
}


@dataclass
class Activation:
    """What the reference knows of a frame that has begun and not ended."""

    line: int
    shown: Variables | None = None
    """The variables at the last step; None since the frame was entered or resumed."""
    entered_at: int | None = None
    """The instruction where the frame was resumed, until its next event."""
    raised_at: int | None = None
    """The instruction where an exception was raised since the last line."""
    exception: tuple[int, Value] | None = None
    """Address and value of what was raised last, or is handled on the present line."""
    namespace: dict[str, Any] = field(default_factory=dict)
    """Of a module or class body: while a comprehension runs, `f_locals` hides it."""
    addresses: dict[str, int] = field(default_factory=dict)
    """Of what the names of a namespace were bound to at the last step."""
    order: list[str] = field(default_factory=list)
    """The names of a namespace in the order in which they were first seen."""
    recency: list[str] = field(default_factory=list)
    """Names, the most recently changed one last; of frames with many variables."""
    bound: dict[str, int] = field(default_factory=dict)


class Reference:
    """Records the frames of a file. events: what has happened so far."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.events: list[Event] = []
        self.lines = definition_lines(path.read_text(encoding="utf-8"))
        self.frames: dict[int, Activation] = {}
        self.unwound: Activation | None = None
        """The activation whose end by an exception was the last event."""
        self.last_exit = 0
        """Where in the events the last frame began to end."""
        self.failure: BaseException | None = None
        self.has_ended = False

    def start(self) -> None:
        sys.settrace(self.on_call)

    def stop(self) -> None:
        sys.settrace(None)
        if self.failure is not None:
            raise self.failure

    def on_call(self, frame: types.FrameType, _: str, argument: Any) -> Any:
        try:
            return self.enter(frame)
        except BaseException as error:
            self.failure = error
            raise

    def on_event(self, frame: types.FrameType, event: str, argument: Any) -> Any:
        try:
            getattr(self, f"on_{event}")(frame, argument)
            if id(frame) in self.frames:
                self.frames[id(frame)].entered_at = None
        except BaseException as error:
            self.failure = error
            raise
        return self.on_event

    def enter(self, frame: types.FrameType) -> Any:
        code = frame.f_code
        if self.has_ended:
            return None
        if code.co_filename != self.path:
            return self.enter_generated(frame)
        self.unwound = None
        name = code.co_qualname
        if name == "<module>":
            name = f"<{frame.f_globals['__name__']}>"
        known = self.frames.get(id(frame))
        if known is not None and is_at_yield(frame):
            known.shown = None
            known.raised_at = None
            known.entered_at = frame.f_lasti
            known.line = frame.f_lineno
            self.events.append(["call", name, frame.f_lineno, []])
            return self.on_event
        line = self.lines.get((code.co_name, code.co_firstlineno), code.co_firstlineno)
        self.frames[id(frame)] = Activation(line)
        if code.co_flags & SUSPENDABLE:  # something may be thrown into it at its start
            self.frames[id(frame)].entered_at = frame.f_lasti
        self.events.append(["call", name, line, arguments(frame)])
        return self.on_event

    def enter_generated(self, frame: types.FrameType) -> Any:
        """Methods that `dataclass` and the like made for a class of the program."""
        found = generated_owner(frame)
        if found is None or (found[0], 0) not in self.lines:
            return None
        self.unwound = None
        name, line = found[1], self.lines[found[0], 0]
        self.frames[id(frame)] = Activation(line)
        self.events.append(["call", name, line, arguments(frame)])
        frame.f_trace_lines = False
        known = self.frames[id(frame)]
        known.shown = self.variables(frame, known)
        self.events.append(["line", line, known.shown])
        return self.on_event

    def on_line(self, frame: types.FrameType, _: object) -> None:
        self.unwound = None
        known = self.frames[id(frame)]
        known.raised_at = None
        handled = sys.exception()
        if handled is not None and opcode_at(frame) != "PUSH_EXC_INFO":
            known.exception = id(handled), render(handled)
        known.line = frame.f_lineno
        known.shown = self.variables(frame, known)
        self.events.append(["line", known.line, known.shown])

    def on_exception(self, frame: types.FrameType, argument: Any) -> None:
        kind, exception, _ = argument
        known = self.frames[id(frame)]
        if not isinstance(exception, BaseException):
            exception = kind()
        known.raised_at = frame.f_lasti
        known.exception = id(exception), render(exception)
        if known.entered_at == frame.f_lasti:  # thrown in: no instruction has run
            self.events[-1][3] = [["exception", render(exception)]]
        is_new = not self.comes_from_callee(exception)
        if is_new and not issubclass(kind, CONTROL_FLOW):
            self.events.append(error_event(exception))
        self.unwound = None

    def comes_from_callee(self, exception: BaseException) -> bool:
        """Whether it is the one that has just ended a recorded frame.

        Of a frame that ends by raising once more what it had caught, `settrace` does
        not say what that was; its caller shows it now. Of what an exception group keeps
        after `except*` that is a new object, but it was not raised anew. The error that
        stands for a StopIteration in a generator was.
        """
        callee = self.unwound
        if callee is None or callee.exception is None:
            return False
        if callee.exception[0] == id(exception):
            return True
        if isinstance(exception.__cause__, CONTROL_FLOW):
            self.events.insert(self.last_exit, error_event(exception))
        elif callee.raised_at is not None:
            return False
        self.events[-1] = ["return", render(exception)]
        return True

    def on_return(self, frame: types.FrameType, value: object) -> None:
        known = self.frames[id(frame)]
        way = way_out(frame, value, known)
        before = known.shown
        now = self.variables(frame, known)
        self.last_exit = len(self.events)
        if has_changed(before, now, frame):
            self.events.append(["line", known.line, now])
        self.unwound = None
        if way == "unwind":
            assert known.exception is not None
            if known.raised_at != frame.f_lasti:
                known.raised_at = None
            self.unwound = known
            self.events.append(["return", known.exception[1]])
        else:
            self.events.append(["return", render(unwrapped(value))])
        if way != "yield":
            del self.frames[id(frame)]
            self.has_ended = frame.f_code.co_name == "<module>"

    def variables(self, frame: types.FrameType, known: Activation) -> Variables:
        is_function = frame.f_code.co_flags & inspect.CO_OPTIMIZED
        bound = function_names(frame) if is_function else namespace(frame, known)
        if len(bound) <= MAX_VARIABLES and not known.recency:
            return [[name, render(bound[name])] for name in bound]
        chosen = choose(bound, frame, known)
        shown = [[name, render(bound[name])] for name in bound if name in chosen]
        before = dict(known.shown or [])
        for name, value in shown:
            if before.get(name) not in (None, value):
                known.recency.remove(name)
                known.recency.append(name)
        if len(shown) < len(bound):
            shown.append(["…", ["Raw", "Cut", f"… +{len(bound) - len(shown)} more"]])
        return shown


def definition_lines(source: str) -> dict[tuple[str, int], int]:
    """The line of `def` by name and first line; that of `class` by name and 0."""
    lines = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            lines[node.name, first] = node.lineno
            if isinstance(node, ast.ClassDef):
                lines[node.name, 0] = node.lineno
    return lines


def arguments(frame: types.FrameType) -> Variables:
    """All arguments in signature order."""
    code = frame.f_code
    keyword_end = code.co_argcount + code.co_kwonlyargcount
    names = list(code.co_varnames[: code.co_argcount])
    rest = list(code.co_varnames[keyword_end:])
    if code.co_flags & inspect.CO_VARARGS:
        names.append(rest.pop(0))
    names += code.co_varnames[code.co_argcount : keyword_end]
    if code.co_flags & inspect.CO_VARKEYWORDS:
        names.append(rest.pop(0))
    found = frame.f_locals
    return [
        [name, render(found[name])]
        for name in names
        if not name.startswith(".") and name in found
    ]


def generated_owner(frame: types.FrameType) -> tuple[str, str] | None:
    """Name of the class whose method runs, and the method's; None if there is none."""
    code = frame.f_code
    if code.co_filename != "<string>" or not code.co_argcount:
        return None
    first = frame.f_locals[code.co_varnames[0]]
    for base in mro(first if isinstance(first, type) else type(first)):
        for name, value in class_dict(base).items():
            function = getattr(value, "__func__", value)
            function = getattr(function, "__wrapped__", function)
            if getattr(function, "__code__", None) is code:
                return base.__name__, f"{base.__qualname__}.{name}"
    return None


def function_names(frame: types.FrameType) -> dict[str, Any]:
    """Arguments, locals, cells and free variables, then the globals it mentions."""
    code = frame.f_code
    found = frame.f_locals
    names = [*code.co_varnames, *code.co_cellvars, *code.co_freevars]
    bound = {
        name: found[name]
        for name in names
        if name in found and not name.startswith(".")
    }
    for name in global_names(code):
        if name in bound or name not in frame.f_globals:
            continue
        if not isinstance_plainly(frame.f_globals[name], DEFINITIONS):
            bound[name] = frame.f_globals[name]
    return bound


@cache
def global_names(code: types.CodeType) -> list[str]:
    """The globals that a code mentions, in the order of its instructions."""
    names = [
        instruction.argval
        for instruction in dis.get_instructions(code)
        if instruction.opname in GLOBAL_INSTRUCTIONS
    ]
    return [name for name in dict.fromkeys(names) if not is_dunder(name)]


def namespace(frame: types.FrameType, known: Activation) -> dict[str, Any]:
    """The names of a module or class body: data, and definitions just made."""
    found: Any = frame.f_locals
    hidden = {}
    if type(found).__name__ == "FrameLocalsProxy":  # inside a comprehension
        names = frame.f_code.co_varnames
        hidden = {name: found[name] for name in names if name in found}
        found = known.namespace
    known.namespace = found
    is_first = known.shown is None
    bound = dict(hidden)
    addresses = {}
    for name, value in found.items():
        if type(name) is not str or is_dunder(name):
            continue
        addresses[name] = id(value)
        is_new = not is_first and known.addresses.get(name) != id(value)
        if name not in hidden and (
            is_new or not isinstance_plainly(value, DEFINITIONS)
        ):
            bound[name] = value
    known.addresses = addresses
    known.order += [name for name in found if name not in known.order]
    return hidden | {name: bound[name] for name in known.order if name in bound}


def isinstance_plainly(value: object, classes: tuple[type, ...]) -> bool:
    """Like isinstance, without what a class says of itself."""
    return any(base in classes for base in mro(type(value)))


def is_dunder(name: str) -> bool:
    return len(name) > 4 and name.startswith("__") and name.endswith("__")


def choose(
    bound: dict[str, Any], frame: types.FrameType, known: Activation
) -> set[str]:
    """The names that the line mentions, then the most recently changed ones."""
    for name in bound:
        if name not in known.recency or known.bound.get(name) != id(bound[name]):
            if name in known.recency:
                known.recency.remove(name)
            known.recency.append(name)
    known.bound = {name: id(value) for name, value in bound.items()}
    wanted = [*mentioned(frame), *reversed(known.recency)]
    chosen = list(dict.fromkeys(name for name in wanted if name in bound))
    return set(chosen[:MAX_VARIABLES])


def mentioned(frame: types.FrameType) -> list[str]:
    """The variables that instructions of the frame's line name, in their order."""
    names: list[str] = []
    line = None
    for instruction in dis.get_instructions(frame.f_code):
        line = instruction.positions.lineno if instruction.positions else line
        if line != frame.f_lineno:
            continue
        if instruction.opname in GLOBAL_INSTRUCTIONS | LOCAL_INSTRUCTIONS:
            argument = instruction.argval
            names += argument if isinstance(argument, tuple) else [argument]
    return names


def way_out(frame: types.FrameType, value: object, known: Activation) -> str:
    """How a frame is left: `settrace` says the same of all three ways."""
    name = opcode_at(frame)
    if value is None and known.raised_at == frame.f_lasti:
        return "unwind"
    if name in ("RETURN_VALUE", "RETURN_CONST"):
        return "return"
    return "yield" if is_at_yield(frame) else "unwind"


def is_at_yield(frame: types.FrameType) -> bool:
    """Whether a frame stands at a `yield`, or in 3.13 directly behind it."""
    name = opcode_at(frame)
    argument = frame.f_code.co_code[frame.f_lasti + 1]
    return name == "YIELD_VALUE" or (name == "RESUME" and argument & 3 != 0)


def opcode_at(frame: types.FrameType) -> str:
    """The name of the instruction that a frame stands at."""
    return dis.opname[frame.f_code.co_code[frame.f_lasti]]


def has_changed(
    before: Variables | None, now: Variables, frame: types.FrameType
) -> bool:
    """Whether the last line changed a variable. A definition that was shown because it
    was new, and is no longer, has not changed."""
    if before is None:
        return bool(now)
    old, new = dict(before), dict(now)
    if any(name not in old or old[name] != new[name] for name in new):
        return True
    gone = [name for name in old if name not in new]
    return any(name not in frame.f_locals for name in gone)


def error_event(exception: BaseException) -> Event:
    message = message_of(exception)
    name = type(exception).__name__
    return ["error", f"{name}: {message}" if message else name]


def message_of(exception: BaseException) -> str:
    """What the built-in type's own `str` gives; of a class with its own, the args.

    The `str` of most asks the arguments for theirs, which may be code of the program.
    """
    args = BaseException.__dict__["args"].__get__(exception)
    for base in mro(type(exception)):
        own = class_dict(base).get("__str__")
        if own is KeyError.__str__ and len(args) == 1:
            return part(args[0])
        if type(own) is type(object.__str__) and own is not BaseException.__str__:
            text: str = own(exception)
            return text
        if own is not None:
            break
    if len(args) == 1:
        is_text = issubclass(type(args[0]), str)
        return str.__str__(args[0]) if is_text else part(args[0])
    return f"({', '.join(map(part, args))})" if args else ""


def unwrapped(value: object) -> object:
    """What an async generator yields, out of the wrapper that the interpreter makes."""
    if type_name(type(value)) == "async_generator_wrapped_value":
        [value] = gc.get_referents(value)
    return value
