"""A pre-fork server recorded through its environment alone: a trace for each worker.

The recipe is that of docs/environment.md; SIGTERM ends the server.
"""

import http.client
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from isolated.unfinished import wait_for_helper
from recording import TIMEOUT, Outcome, Recording, environment
from test_auto_start import python

__all__ = ["python"]

REQUESTS = 100
APPLICATION = """
import os

def answer(query):
    return f"{os.getpid()} {query}"

def application(environ, start_response):
    body = answer(environ["QUERY_STRING"]).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""

FILTER = """
[meta]
name = "service"
version = 1

[scope]
default_exec = "skip"
default_value_action = "allow"

[[scope.rules]]
selector = "pkg:service"
exec = "trace"
"""


def install(python: Path, name: str) -> None:
    """Copy a package of the tests' environment."""
    spec = importlib.util.find_spec(name)
    assert spec is not None and spec.origin is not None
    [site_packages] = python.parent.parent.glob("lib/python*/site-packages")
    shutil.copytree(Path(spec.origin).parent, site_packages / name)


def ask(address: tuple[str, int], query: str) -> tuple[int, str]:
    """One request: the process that has answered, and what it was asked."""
    connection = http.client.HTTPConnection(*address, timeout=TIMEOUT)
    connection.request("GET", f"/?{query}")
    pid, _, text = connection.getresponse().read().decode().partition(" ")
    connection.close()
    return int(pid), text


def test_every_worker_has_a_whole_trace(tmp_path: Path, python: Path) -> None:
    for name in ("gunicorn", "packaging"):
        install(python, name)
    (tmp_path / "service.py").write_text(APPLICATION)
    (tmp_path / "filter.toml").write_text(FILTER)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = subprocess.Popen(
            [
                *(python, "-m", "gunicorn", "--workers", "2", "--no-control-socket"),
                *("--bind", f"fd://{listener.fileno()}", "service:application"),
            ],
            cwd=tmp_path,
            env=environment(
                CODETRACER_TRACE="traces/%p", CODETRACER_TRACE_FILTER="filter.toml"
            ),
            pass_fds=[listener.fileno()],
            stderr=subprocess.PIPE,
        )
        try:
            answers = [
                ask(listener.getsockname()[:2], f"n={i}") for i in range(REQUESTS)
            ]
        finally:
            server.send_signal(signal.SIGTERM)
            _, stderr = server.communicate(timeout=TIMEOUT)
    assert server.returncode == 0, stderr
    assert b"codetracer" not in stderr.lower()
    assert [text for _, text in answers] == [f"n={i}" for i in range(REQUESTS)]

    traces = {int(path.name): path for path in (tmp_path / "traces").iterdir()}
    workers = {pid for pid, _ in answers}
    assert {server.pid, *workers} <= set(traces)
    calls = 0
    for pid, trace in traces.items():
        wait_for_helper(trace)
        recording = Recording(trace, Outcome(0, b"", b""))
        recording.assert_clean()
        # A worker that has not begun to serve may die of the signal.
        if pid in {server.pid, *workers}:
            assert recording.metadata["end"] == {"reason": "exit", "complete": True}
        paths = recording.bodies("Path")
        if pid in workers:
            assert str(tmp_path / "service.py") in paths
        functions = recording.bodies("Function")
        numbers = [i for i, one in enumerate(functions) if one["name"] == "answer"]
        calls += sum(
            call["function_id"] in numbers for call in recording.bodies("Call")
        )
    assert calls == REQUESTS
    assert not any(os.path.exists(path / "trace.tape") for path in traces.values())
