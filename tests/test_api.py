"""The Python API inside programs: each a script of its own, in a process of its own."""

import json
import os
import textwrap
from pathlib import Path

import pytest
from checker import check_trace, load_records
from recording import HAS_DIRECT_FRAMES, load_metadata, run
from trace_text import trace_lines

HEAD = "import codetracer_python_recorder as recorder\n"


def run_script(directory: Path, source: str) -> str:
    """Run a script, which must succeed in silence; what it printed."""
    script = directory / "script.py"
    script.write_text(HEAD + textwrap.dedent(source))
    outcome = run(["script.py"], directory)
    assert (outcome.status, outcome.stderr.decode()) == (0, "")
    return outcome.stdout.decode()


def lines_of(directory: Path, name: str = "trace") -> list[str]:
    """The lines of a trace that a script left, after the checker has seen it."""
    trace = directory / name
    assert [str(problem) for problem in check_trace(trace)] == []
    return trace_lines(load_records(trace), directory)


def end_of(directory: Path, name: str = "trace") -> tuple[str, object, object]:
    """The reason, status and label of a trace's end."""
    metadata = load_metadata(directory / name)
    assert metadata["end"]["complete"]
    status = metadata["process_exit_status"]
    return metadata["end"]["reason"], status["code"], status["label"]


# ---- What is recorded ----------------------------------------------------------------


def test_a_block_is_recorded_and_nothing_around_it(tmp_path: Path) -> None:
    run_script(
        tmp_path,
        """
        def double(n):
            return 2 * n

        double(0)
        with recorder.trace("trace", format="json"):
            x = double(1)
        double(2)
        """,
    )
    assert lines_of(tmp_path) == [
        "call <toplevel>()  of script.py:1",
        "call <__main__>()  of script.py:1",
        "step script.py:8",
        "step script.py:3",
        "call double(n=1)",
        "step script.py:4  n=1",
        "return 2",
        "step script.py:7  x=2",
        "return !<unfinished>",
        "return '<exit>'",
    ]
    assert end_of(tmp_path) == ("stop", None, "<exit>")


def test_frames_that_run_already_open_at_their_next_event(tmp_path: Path) -> None:
    run_script(
        tmp_path,
        """
        def begin():
            recorder.start("trace", format="json")

        def middle(n):
            begin()
            n += 1
            return inner(n)

        def inner(n):
            return n

        def never(n):
            middle(n); recorder.stop()

        never(1)
        """,
    )
    assert lines_of(tmp_path) == [
        "call <toplevel>()  of script.py:1",
        "call begin()  of script.py:3",
        "return None",
        "step script.py:8",
        "call middle()  of script.py:6",
        "step script.py:8  n=1",
        "step script.py:9  n=2",
        "step script.py:11",
        "call inner(n=2)",
        "step script.py:12  n=2",
        "return 2",
        "return 2",
        "return '<exit>'",
    ]


@pytest.mark.parametrize("gap", [0, 300], ids=["near lines", "far lines"])
def test_a_generator_that_runs_already(gap: int, tmp_path: Path) -> None:
    if gap > 0 and not HAS_DIRECT_FRAMES:
        pytest.skip("where a frame stands takes the direct frame adapter")
    blank = "\n" * gap
    run_script(
        tmp_path,
        f"""
        def numbers():{blank}
            recorder.start("trace", format="json")
            yield 1
            yield 2

        def consume():{blank}
            for n in numbers(): last = n
            recorder.stop()

        consume()
        """,
    )
    first, second = 5 + gap, 10 + 2 * gap
    assert lines_of(tmp_path) == [
        "call <toplevel>()  of script.py:1",
        "call numbers()  of script.py:3",
        f"step script.py:{first}",
        "return 1",
        f"step script.py:{first}",
        "call numbers()  of script.py:3",
        f"step script.py:{first + 1}",
        "return 2",
        f"step script.py:{first + 1}",
        "call numbers()  of script.py:3",
        "return None",
        f"step script.py:{second}",
        f"call consume()  of script.py:{8 + gap}",
        f"step script.py:{second}  n=2  last=2",
        "return !<unfinished>",
        "return '<exit>'",
    ]


def test_start_inside_an_init_that_has_run_often(tmp_path: Path) -> None:
    """The interpreter has a frame of its own under an `__init__` that it inlines."""
    run_script(
        tmp_path,
        """
        class Thing:
            def __init__(self, is_last):
                if is_last:
                    recorder.start("trace", format="json")

        def work():
            for n in range(100):
                Thing(n == 99)
            recorder.stop()

        work()
        """,
    )
    calls = [line for line in lines_of(tmp_path) if line.startswith("call")]
    assert [call.split()[1] for call in calls] == [
        "<toplevel>()",
        "Thing.__init__()",
        "work()",
    ]


def test_recorder_is_not_recorded(tmp_path: Path) -> None:
    run_script(
        tmp_path,
        """
        session = recorder.start("trace", format="json")
        recorder.is_tracing()
        recorder.flush()
        session.flush()
        repr(session)
        recorder.policy_snapshot()
        recorder.configure_policy(max_depth=3)
        session.stop()
        """,
    )
    lines = lines_of(tmp_path)
    assert sum(line.startswith("call") for line in lines) == 2
    steps = [line.split()[1] for line in lines if line.startswith("step")]
    assert steps == [f"script.py:{number}" for number in range(4, 11)]


def test_session_that_is_never_stopped_is_closed_at_exit(tmp_path: Path) -> None:
    run_script(
        tmp_path,
        """
        import atexit

        def late():
            return "late"

        atexit.register(late)
        recorder.start("trace", format="json")
        x = 1
        """,
    )
    assert lines_of(tmp_path) == [
        "call <toplevel>()  of script.py:1",
        "call <__main__>()  of script.py:1",
        "step script.py:10",
        "step script.py:10  x=1",
        "return None",
        "step script.py:5",
        "call late()",
        "step script.py:6",
        "return 'late'",
        "return 0",
    ]
    assert end_of(tmp_path) == ("exit", 0, None)


def test_start_on_enter_opens_and_closes_the_window(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text(
        "def help(n):\n    return n\n\n\nx = 1\nhelp(x)\n"
    )
    (tmp_path / "link.py").symlink_to("helper.py")
    run_script(
        tmp_path,
        """
        recorder.start("trace", format="json", start_on_enter="link.py")
        before = True
        import helper
        assert recorder.is_tracing()
        helper.help(2)
        recorder.stop()
        """,
    )
    assert lines_of(tmp_path) == [
        "call <toplevel>()  of script.py:1",
        "call <helper>()  of helper.py:1",
        "step helper.py:1",
        "step helper.py:5  help=<function help>:function",
        "step helper.py:6  x=1",
        "step helper.py:1",
        "call help(n=1)",
        "step helper.py:2  n=1",
        "return 1",
        "return None",
        "return '<exit>'",
    ]


def test_stop_with_an_exit_code(tmp_path: Path) -> None:
    run_script(
        tmp_path,
        """
        recorder.start("trace", format="json")
        recorder.stop(exit_code=-9)
        """,
    )
    assert lines_of(tmp_path)[-1] == "return -9"
    assert end_of(tmp_path) == ("stop", -9, None)


def test_exception_out_of_a_block(tmp_path: Path) -> None:
    run_script(
        tmp_path,
        """
        def fail():
            raise ValueError("out")

        try:
            with recorder.trace("trace", format="json"):
                fail()
        except ValueError:
            pass
        """,
    )
    assert end_of(tmp_path) == ("exception", None, "<exit>")
    *_, last, _ = lines_of(tmp_path)
    assert last == (
        "raised 'ValueError: out'  type=ValueError module=builtins path=script.py "
        "line=4 thread=ThreadId(1) uncaught=True"
    )


def test_exception_handled_in_a_block_is_no_error_at_the_end(tmp_path: Path) -> None:
    run_script(
        tmp_path,
        """
        class Thing:
            @property
            def missing(self):
                raise AttributeError("nobody sees this")

        recorder.start("trace", format="json")
        getattr(Thing(), "missing", None), recorder.stop()
        """,
    )
    assert end_of(tmp_path) == ("stop", None, "<exit>")
    *_, raised, _, open_call, step, last = lines_of(tmp_path)
    assert raised.startswith("raised 'AttributeError: nobody sees this'")
    assert (open_call, last) == ("return !<unfinished>", "return '<exit>'")
    # A last Event that is an Error would say that the program ended by it.
    assert step == "step script.py:6"


# ---- Sessions after one another ------------------------------------------------------


def test_second_session_is_as_complete_as_the_first(tmp_path: Path) -> None:
    run_script(
        tmp_path,
        """
        class Shape:
            sides = 4

            def area(self, length=2):
                return length ** 2

        def work():
            items = [n for n in range(3)]
            try:
                raise KeyError("k")
            except KeyError:
                pass
            return Shape().area(), list(generate()), items

        def generate():
            yield {"a": 2.5}

        for name in ("first", "second", "third"):
            recorder.start(name, format="json")
            work()
            recorder.stop()
        """,
    )
    first, second, third = (
        [line.replace(f"name={name!r}", "") for line in lines_of(tmp_path, name)]
        for name in ("first", "second", "third")
    )
    assert "call generate()" in first
    assert first == second == third


def test_formats_after_one_another_in_one_directory(tmp_path: Path) -> None:
    printed = run_script(
        tmp_path,
        """
        import os

        for name in ("json", "binary", "json"):
            recorder.start("trace", format=name)
            recorder.stop()
            print(*sorted(os.listdir("trace")))
        """,
    )
    names = "trace_metadata.json trace_paths.json"
    assert printed.splitlines() == [
        f"trace.json {names}",
        f"trace.bin {names}",
        f"trace.json {names}",
    ]


@pytest.mark.skipif(
    "libasan" in os.environ.get("LD_PRELOAD", ""), reason="ASan keeps what is freed"
)
def test_many_cycles_leave_nothing_behind(tmp_path: Path) -> None:
    printed = run_script(
        tmp_path,
        """
        import gc, json, os, sys, warnings

        warnings.simplefilter("ignore", DeprecationWarning)

        class Thing:
            def method(self):
                return [n for n in (self, 1)]

        def work(n):
            for i in range(n):
                last = str(i)
            try:
                raise ValueError([last])
            except ValueError:
                return Thing().method(), {"a": (1, 2.5, 2**70)}

        def cycle():
            with recorder.trace("trace", format="json"):
                work(3)
            with open("trace/trace_metadata.json") as file:
                return json.load(file)["counts"]

        def measure():
            gc.collect()
            # CPython keeps the name of every attribute it looked up, 4096 at most.
            sys._clear_type_cache()
            with open("/proc/self/statm") as file:
                pages = int(file.read().split()[1])
            with open("/proc/self/maps") as file:
                maps = len(file.readlines())
            return {
                "objects": len(gc.get_objects()),
                "blocks": sys.getallocatedblocks(),
                "kilobytes": pages * os.sysconf("SC_PAGESIZE") // 1024,
                "maps": maps,
                "descriptors": len(os.listdir("/proc/self/fd")),
            }

        counts = cycle()
        same = all(cycle() == counts for _ in range(1000))
        before = measure()
        same = same and all(cycle() == counts for _ in range(500))
        after = measure()

        monitoring = sys.monitoring
        tools = [monitoring.get_tool(tool) for tool in range(6)]
        for tool in range(6):
            monitoring.use_tool_id(tool, "test")
        codes = (work.__code__, Thing.method.__code__, cycle.__code__)
        left = [
            monitoring.get_local_events(tool, code)
            for tool in range(6)
            for code in codes
        ] + [monitoring.get_events(tool) for tool in range(6)]
        print(json.dumps([counts, same, before, after, tools, left]))
        """,
    )
    counts, same, before, after, tools, left = json.loads(printed)
    assert counts["calls"] == 4
    assert same
    growth = {key: after[key] - before[key] for key in before}
    # A leak of one a cycle would be 500 more.
    assert growth["objects"] <= 5
    assert growth["blocks"] < 100
    assert growth["kilobytes"] < 1024
    assert growth["maps"] <= 1
    assert growth["descriptors"] == 0
    assert tools == [None] * 6
    assert set(left) == {0}


def test_recording_adds_no_object_that_the_collector_sees(tmp_path: Path) -> None:
    printed = run_script(
        tmp_path,
        """
        import gc

        class Thing:
            pass

        def work():
            things = [Thing() for _ in range(50)]
            return len(gc.get_objects())

        def session():
            with recorder.trace("trace"):
                work()
                return work()

        session()
        gc.collect()
        plain = work()
        recorded = session()
        gc.collect()
        print(recorded - plain, work() - plain)
        """,
    )
    during, afterwards = map(int, printed.split())
    # The block, the session, its path, and the callables of sys.monitoring.
    assert 0 < during < 50
    assert afterwards <= 5


# ---- Tools beside the recorder -------------------------------------------------------


def test_tool_ids_in_use_are_left_alone(tmp_path: Path) -> None:
    printed = run_script(
        tmp_path,
        """
        import sys

        def tools():
            return [sys.monitoring.get_tool(tool) for tool in range(6)]

        def take(*ids):
            for tool in ids:
                sys.monitoring.use_tool_id(tool, "other")

        def used():
            recorder.start("trace")
            names = tools()
            recorder.stop()
            [tool] = [n for n, name in enumerate(names) if name not in (None, "other")]
            return tool

        order = [used()]
        for tool in (5, 3, 4, 2, 1):
            take(tool)
            order.append(used())
        take(0)
        print(order)
        try:
            recorder.start("full")
        except recorder.EnvironmentError as error:
            print(error.code, recorder.is_tracing())
        import os
        print(os.path.exists("full"), tools() == ["other"] * 6)
        """,
    )
    assert printed.splitlines() == [
        "[5, 3, 4, 2, 1, 0]",
        "ERR_TRACER_INSTALL_CONFLICT False",
        "False True",
    ]


def test_another_tool_sees_the_program_as_before(tmp_path: Path) -> None:
    printed = run_script(
        tmp_path,
        """
        import sys

        monitoring = sys.monitoring
        seen = []

        def work(n):
            n += 1
            return n

        monitoring.use_tool_id(1, "other")
        events = monitoring.events
        note = lambda code, line: seen.append(line)
        monitoring.register_callback(1, events.LINE, note)
        monitoring.set_local_events(1, work.__code__, events.LINE)
        work(1)
        with recorder.trace("trace", format="json"):
            work(2)
        work(3)
        print(seen, monitoring.get_tool(1))
        """,
    )
    assert printed == "[9, 10, 9, 10, 9, 10] other\n"
    assert "call work(n=2)" in lines_of(tmp_path)


# ---- What cannot be started ----------------------------------------------------------

FAILURES = {
    "below a file": (
        'start("file/below")',
        "EnvironmentError ERR_TRACE_DIR_CREATE_FAILED failed to create trace directory",
    ),
    "file": ('start("file")', "ValueError - trace path exists and is not a directory"),
    "empty": ('start("")', "ValueError - trace path is empty"),
    "no mapping": (
        'start("new/trace", policy=3)',
        "TypeError - policy must be a mapping of configure_policy's keywords",
    ),
    "nowhere": (
        'start("/proc/nowhere/trace")',
        "EnvironmentError ERR_TRACE_DIR_CREATE_FAILED failed to create trace directory",
    ),
    "unwritable": ('start("/proc")', "EnvironmentError ERR_IO "),
    "activation path": (
        'start("new/trace", start_on_enter="missing.py")',
        "UsageError ERR_INVALID_POLICY_VALUE ",
    ),
    "policy": (
        'start("new/trace", policy={"max_depth": -1})',
        "UsageError ERR_INVALID_POLICY_VALUE invalid value -1 for max_depth",
    ),
    "unknown policy": (
        'start("new/trace", policy={"nonsense": 1})',
        "UsageError ERR_INVALID_POLICY_VALUE unknown policy setting 'nonsense'",
    ),
    "format": (
        'start("new/trace", format="xml")',
        "ValueError - unsupported trace format 'xml'. Expected one of: binary, json",
    ),
    "active": (
        'start("one", format="json"); start("new/trace")',
        "RuntimeError - tracing already active",
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_failing_start(tmp_path: Path, case: str) -> None:
    code, expected = FAILURES[case]
    (tmp_path / "file").write_text("")
    printed = run_script(
        tmp_path,
        f"""
        import os
        start = recorder.start
        try:
            {code}
        except Exception as error:
            text = str(error).removeprefix(f"[{{getattr(error, 'code', '')}}] ")
            print(type(error).__name__, getattr(error, "code", "-"), text)
        print(os.path.exists("new"), recorder.is_tracing())
        recorder.stop()
        """,
    )
    text, state = printed.splitlines()
    assert text.startswith(expected)
    assert state == f"False {case == 'active'}"


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_NOFILE", 3),
    ],
)
def test_start_that_fails_half_way_leaves_nothing(
    tmp_path: Path, limit: str, value: int
) -> None:
    printed = run_script(
        tmp_path,
        f"""
        import os, pathlib, resource  # pathlib: `start` imports it

        soft, hard = resource.getrlimit(resource.{limit})
        resource.setrlimit(resource.{limit}, ({value}, hard))
        try:
            recorder.start("new/trace")
        except recorder.RecorderError as error:
            code = error.code
        resource.setrlimit(resource.{limit}, (soft, hard))
        print(code, os.listdir(), recorder.is_tracing())
        recorder.start("new/trace", format="json")
        recorder.stop()
        """,
    )
    assert printed == "ERR_IO ['script.py'] False\n"
    assert lines_of(tmp_path, "new/trace")[-1] == "return '<exit>'"


def test_directory_of_a_running_recording(tmp_path: Path) -> None:
    (tmp_path / "child.py").write_text(
        HEAD + "try:\n"
        "    recorder.start('trace')\n"
        "except recorder.RecorderError as error:\n"
        "    print(type(error).__name__, error.code)\n"
    )
    printed = run_script(
        tmp_path,
        """
        import subprocess, sys

        recorder.start("trace", format="json")
        print(subprocess.check_output([sys.executable, "child.py"], text=True).strip())
        x = 1
        recorder.stop()
        """,
    )
    assert printed == "EnvironmentError ERR_TRACE_DIR_CONFLICT\n"
    assert "x=1" in lines_of(tmp_path)[-3]


def test_directory_that_disappears(tmp_path: Path) -> None:
    printed = run_script(
        tmp_path,
        """
        import os, shutil

        recorder.start("trace", format="json")
        shutil.rmtree("trace")
        try:
            recorder.stop()
        except recorder.RecorderError as error:
            print(type(error).__name__, error.code)
            print(recorder.is_tracing(), os.path.exists("trace"))
        recorder.start("trace", format="json")
        x = 1
        recorder.stop()
        """,
    )
    assert printed == "EnvironmentError ERR_IO\nFalse False\n"
    assert "x=1" in lines_of(tmp_path)[-3]


def test_child_after_fork_does_not_record(tmp_path: Path) -> None:
    printed = run_script(
        tmp_path,
        """
        import os

        def in_child():
            return "child"

        recorder.start("trace", format="json")
        child = os.fork()
        if child == 0:
            print(recorder.is_tracing(), flush=True)
            in_child()
            recorder.stop()
            recorder.start("own", format="json")
            in_child()
            recorder.stop()
            os._exit(0)
        os.waitpid(child, 0)
        x = 1
        recorder.stop()
        """,
    )
    assert printed == "False\n"
    assert not any("in_child()" in line for line in lines_of(tmp_path))
    assert "return 'child'" in lines_of(tmp_path, "own")


# ---- The policy ----------------------------------------------------------------------

DEFAULTS = {
    "globals": "used",
    "max_depth": 3,
    "max_items": 32,
    "max_string": 256,
    "max_nodes": 128,
    "max_variables": 64,
    "max_trace_size": None,
    "keep_last": None,
    "min_free": None,
}


def test_policy_from_keywords_and_environment(tmp_path: Path) -> None:
    printed = run_script(
        tmp_path,
        f"""
        import json, os

        names = {list(DEFAULTS)}

        def show():
            snapshot = recorder.policy_snapshot()
            print(json.dumps([snapshot[name] for name in names]))

        show()
        recorder.configure_policy(max_depth=5, globals="ALL", max_items=None)
        show()
        os.environ["CODETRACER_MAX_DEPTH"] = " 7 "
        os.environ["CODETRACER_MAX_ITEMS"] = "8"
        recorder.configure_policy_from_env()
        show()
        os.environ["CODETRACER_MAX_DEPTH"] = "9"
        recorder.start("trace", policy={{"max_string": 3}}, apply_env_policy=False)
        recorder.stop()
        show()
        recorder.start("trace", policy={{"max_items": 4}})
        recorder.stop()
        show()
        """,
    )
    default = list(DEFAULTS.values())
    assert [json.loads(line) for line in printed.splitlines()] == [
        default,
        ["all", 5, *default[2:]],
        ["all", 7, 8, *default[3:]],
        ["all", 7, 8, 3, *default[4:]],
        ["all", 9, 4, 3, *default[4:]],
    ]


@pytest.mark.parametrize(
    "setting", ["max_depth=-1", "max_items='many'", "globals='some'", "max_nodes=1.5"]
)
def test_values_the_policy_refuses(tmp_path: Path, setting: str) -> None:
    name = setting.partition("=")[0]
    printed = run_script(
        tmp_path,
        f"""
        before = recorder.policy_snapshot()
        try:
            recorder.configure_policy({setting})
        except recorder.UsageError as error:
            print(error.code, error.kind, *error.context)
            print(str(error))
        assert recorder.policy_snapshot() == before
        """,
    )
    first, text = printed.splitlines()
    assert first == f"ERR_INVALID_POLICY_VALUE Usage {name}"
    assert text.startswith("[ERR_INVALID_POLICY_VALUE] invalid value ")


def test_context_of_an_error_is_text(tmp_path: Path) -> None:
    printed = run_script(
        tmp_path,
        """
        try:
            recorder.configure_policy(max_depth=-1)
        except recorder.UsageError as error:
            print(error.context)
        """,
    )
    assert printed == "{'max_depth': '-1'}\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [("MAX_DEPTH", "many"), ("MAX_NODES", "1"), ("MAX_ITEMS", "-3"), ("GLOBALS", "no")],
)
def test_variables_the_policy_refuses(tmp_path: Path, name: str, value: str) -> None:
    printed = run_script(
        tmp_path,
        f"""
        import os

        os.environ["CODETRACER_{name}"] = "{value}"
        try:
            recorder.start("trace")
        except recorder.UsageError as error:
            print(error.code, error.context)
        print(recorder.is_tracing(), os.path.exists("trace"))
        recorder.start("trace", apply_env_policy=False)
        recorder.stop()
        """,
    )
    assert printed.splitlines() == [
        f"ERR_INVALID_POLICY_VALUE {{'CODETRACER_{name}': '{value}'}}",
        "False False",
    ]


def test_policy_of_a_session_bounds_its_values(tmp_path: Path) -> None:
    run_script(
        tmp_path,
        """
        def show(value):
            pass

        def session(name, **policy):
            with recorder.trace(name, format="json", policy=policy):
                show([[1], "long"])

        session("default")
        session("small", max_depth=1, max_string=2)
        """,
    )
    assert "call show(value=[[1], 'long'])" in lines_of(tmp_path, "default")
    assert "call show(value=[<list, 1 item>:list, 'lo…':str[4]])" in lines_of(
        tmp_path, "small"
    )
