"""Which modules of CPython's own tests are run plain and recorded.

A row is a `Module`. Nothing here says that a test passes: the recorded run must do what
the plain one does. Exceptions carry their reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

FEW_VALUES = ("--globals", "none", "--max-variables", "2", "--max-nodes", "4")
"""For tests that run hundreds of thousands of lines: with all values, gigabytes."""


@dataclass(frozen=True)
class Module:
    """A module or package of `Lib/test`.

    is_quick: whether it belongs to every run, not only to the long one (`CT_SOAK=1`).
    options: the recorder's. left_out: patterns of tests that are not run at all, and
    why. unequal: patterns of tests whose outcome recording cannot but change, and why;
    all others must end as in the plain run.
    """

    name: str
    is_quick: bool = False
    options: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    unequal: Mapping[str, str] = field(default_factory=dict)


_RACES = "threads race for seconds, as fast as they can: the trace would have gigabytes"

MODULES = (
    # Small: part of every run.
    Module("test_asyncgen", is_quick=True),
    Module("test_contextlib_async", is_quick=True),
    Module("test_coroutines", is_quick=True),
    Module("test_property", is_quick=True),
    Module("test_raise", is_quick=True),
    Module("test_scope", is_quick=True),
    Module("test_thread", is_quick=True),
    Module("test_with", is_quick=True),
    Module("test_yield_from", is_quick=True),
    # Control flow.
    Module("test_contextlib"),
    Module("test_except_star"),
    Module("test_exception_group"),
    Module("test_exceptions"),
    Module("test_frame"),
    Module("test_generators"),
    Module("test_iter"),
    Module("test_named_expressions"),
    Module("test_patma"),
    Module("test_sys_settrace"),
    Module("test_traceback"),
    Module("test_unpack_ex"),
    # Classes and objects.
    Module("test_builtin"),
    Module("test_collections", is_quick=True, options=FEW_VALUES),
    Module("test_dataclasses"),
    Module("test_descr", options=FEW_VALUES),
    Module("test_dict", options=FEW_VALUES),
    Module("test_enum"),
    Module("test_functools"),
    Module("test_gc"),
    Module("test_inspect"),
    Module("test_json"),
    Module("test_list"),
    Module(
        "test_opcache",
        options=FEW_VALUES,
        left_out={"*.TestRacesDoNotCrash.*": _RACES},
    ),
    Module("test_set", options=FEW_VALUES),
    Module("test_super"),
    Module("test_types"),
    Module("test_typing"),
    Module(
        "test_weakref",
        options=FEW_VALUES,
        left_out={"*_threaded_*": _RACES, "*.test_threading_*": _RACES},
    ),
    # Threads, processes, signals.
    Module("test_fork1"),
    Module("test_signal", options=FEW_VALUES, left_out={"*.StressTest.*": _RACES}),
    Module("test_threading"),
    Module("test_threadsignals"),
    # Others who watch the program.
    Module(
        "test_monitoring",
        unequal={
            "*": "asserts that no tool at all has events set; the recorder is a tool",
        },
    ),
)
