"""Sessions through the Python API: arguments, errors, and the handle's life."""

import os
from pathlib import Path

import pytest

import codetracer_python_recorder as recorder
from codetracer_python_recorder import session


@pytest.fixture(autouse=True)
def no_session_left(monkeypatch):
    for name in [name for name in os.environ if name.startswith("CODETRACER_")]:
        monkeypatch.delenv(name)
    yield
    recorder.stop()


class FakeBackend:
    """Stands in for the native functions and notes the calls."""

    def __init__(self, monkeypatch):
        self.calls = []
        self.is_active = False
        for name in ("start", "stop", "flush", "is_tracing"):
            monkeypatch.setattr(session, f"_{name}_backend", getattr(self, name))
        monkeypatch.setattr(
            session, "_configure_policy_from_env", lambda: self.calls.append("env")
        )
        monkeypatch.setattr(
            session, "_configure_policy", lambda **kw: self.calls.append(kw)
        )

    def start(self, *args):
        self.calls.append(args)
        self.is_active = True

    def stop(self, *args):
        self.calls.append(("stop", *args))
        self.is_active = False

    def flush(self):
        self.calls.append("flush")

    def is_tracing(self):
        return self.is_active


@pytest.fixture
def backend(monkeypatch):
    return FakeBackend(monkeypatch)


def test_start_calls_the_backend_with_four_arguments(backend, tmp_path):
    filters = [tmp_path / "a.toml", tmp_path / "b.toml"]
    for path in filters:
        path.write_text("")
    handle = recorder.start(
        tmp_path / "t",
        format="JSON",
        start_on_enter=tmp_path / "s.py",
        trace_filter=filters,
        policy={"log_file": tmp_path / "log", "max_depth": 2},
    )
    assert backend.calls == [
        "env",
        {"log_file": str(tmp_path / "log"), "max_depth": 2},
        (
            str(tmp_path / "t"),
            "json",
            str(tmp_path / "s.py"),
            [str(path.resolve()) for path in filters],
        ),
    ]
    assert (handle.path, handle.format) == (tmp_path / "t", "json")


def test_start_with_defaults(backend, tmp_path):
    recorder.start(str(tmp_path), apply_env_policy=False)
    assert backend.calls == [(str(tmp_path), "binary", None, None)]


def test_stop_passes_the_exit_code_only_when_known(backend, tmp_path):
    recorder.start(tmp_path, apply_env_policy=False)
    recorder.stop()
    recorder.start(tmp_path, apply_env_policy=False).stop(exit_code=0)
    assert backend.calls[1::2] == [("stop",), ("stop", 0)]


def test_stop_and_flush_without_a_session_do_nothing(backend):
    recorder.stop()
    recorder.stop(exit_code=3)
    recorder.flush()
    assert backend.calls == []


def test_handle_stops_only_its_own_session(backend, tmp_path):
    first = recorder.start(tmp_path)
    first.flush()
    first.stop()
    second = recorder.start(tmp_path)
    first.stop()
    assert recorder.is_tracing()
    second.stop()
    assert not recorder.is_tracing()
    assert backend.calls.count("flush") == 1


def test_handle_built_by_hand():
    handle = recorder.TraceSession(path=Path("t"), format="json")
    with handle as entered:
        assert entered is handle
    assert (handle.path, handle.format) == (Path("t"), "json")


@pytest.mark.parametrize("entry", [recorder.trace, recorder.start])
def test_block_stops_also_after_an_exception(tmp_path, entry):
    with pytest.raises(KeyError), entry(tmp_path, format="json") as handle:
        assert recorder.is_tracing()
        assert handle.path == tmp_path
        raise KeyError
    assert not recorder.is_tracing()


def test_trace_starts_when_the_block_is_entered(tmp_path):
    block = recorder.trace(tmp_path, format="json")
    assert not recorder.is_tracing()
    with block:
        assert recorder.is_tracing()
    assert not recorder.is_tracing()


def test_second_start_is_refused(tmp_path):
    with recorder.trace(tmp_path / "a", format="json"):
        with pytest.raises(RuntimeError, match=r"^tracing already active$"):
            recorder.start(tmp_path / "b")
        assert recorder.is_tracing()


def test_relative_path_is_where_it_was_at_start(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()
    with recorder.trace("t", format="json"):
        os.chdir("other")
    assert (tmp_path / "t/trace.json").is_file()
    assert not (tmp_path / "other/t").exists()


def test_native_start_while_active(tmp_path):
    recorder.start(tmp_path, format="json")
    with pytest.raises(recorder.UsageError, match="tracing already active") as info:
        session._start_backend(str(tmp_path), "json")
    assert info.value.code == "ERR_ALREADY_TRACING"


def test_path_that_is_a_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    text = "^trace path exists and is not a directory$"
    with pytest.raises(ValueError, match=text):
        recorder.start(path)


@pytest.mark.parametrize("name", ["xml", "XML", "", None, 3])
def test_unsupported_format(tmp_path, name):
    text = f"unsupported trace format '{name}'. Expected one of: binary, json"
    with pytest.raises(ValueError) as info:
        recorder.start(tmp_path, format=name)
    assert str(info.value) == text
    assert not recorder.is_tracing()


def test_coerce_format():
    assert session._coerce_format("JSON") == recorder.TRACE_JSON
    assert session._coerce_format("Binary") == recorder.DEFAULT_FORMAT


def test_home_directory_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert session._validate_trace_path(Path("~/t")) == tmp_path / "t"
    assert session._normalize_activation_path("~/s.py") == str(tmp_path / "s.py")
    assert session._normalize_activation_path(None) is None


def test_filters_are_resolved_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        (tmp_path / name).write_text("")
    (tmp_path / "link").symlink_to("b")
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    normalize = session._normalize_trace_filter
    assert normalize(None) is None
    assert normalize("a") == [a]
    assert normalize(Path("link")) == [b]
    assert normalize("a::link:: a ::") == [a, b, a]
    assert normalize(["b", "a::b", Path("a")]) == [b, a, b, a]
    assert normalize(name for name in "ab") == [a, b]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("", ValueError, "trace_filter must resolve to at least one path"),
        (" :: ", ValueError, "trace_filter must resolve to at least one path"),
        ([], ValueError, "trace_filter must resolve to at least one path"),
        ("nosuch", FileNotFoundError, "trace filter '{}/nosuch' does not exist"),
        (".", ValueError, "trace filter '{}' is not a file"),
        ([1], TypeError, "trace_filter sequence entries must be str or os.PathLike"),
        (1, TypeError, "trace_filter must be a path, iterable of paths, or None"),
        (b"a", TypeError, "trace_filter must be a path, iterable of paths, or None"),
    ],
)
def test_filters_that_cannot_be_used(tmp_path, monkeypatch, value, kind, text):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind) as info:
        recorder.start(tmp_path / "t", trace_filter=value)
    assert str(info.value) == text.format(tmp_path)
    assert not recorder.is_tracing()


def test_errors_are_one_family():
    for kind in ("Usage", "Environment", "Target", "Internal"):
        error = getattr(recorder, f"{kind}Error")("text", code="ERR_IO")
        assert isinstance(error, recorder.RecorderError)
        assert (error.code, error.kind, error.context) == ("ERR_IO", kind, {})
        assert str(error) == "[ERR_IO] text"
