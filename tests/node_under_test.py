"""A real node for tests over HTTP: `kaiteki run` as a process of its own, on a free port and a folder of its own."""

from __future__ import annotations

import http.client
import json
import os
import select
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest

from waiting import LONG_S

POLL_S = 0.05
AREAS = ("demo", "chiba")
PORTS, WORKERS_MAX = range(20_000, 32_000), 8
_turns = count(os.getpid() * 31)
"""Where a worker goes on among its ports: elsewhere than another run on this machine has begun."""


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers (names in lower case, values of one name joined by commas) and the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def _headers(message: Message) -> dict[str, str]:
    """Headers by lower-case name, those of one name joined by commas."""
    found: dict[str, str] = {}
    for name, value in message.items():
        found[name.lower()] = f"{found[name.lower()]}, {value}" if name.lower() in found else value
    return found


class _Unmoved(urllib.request.HTTPRedirectHandler):
    """Redirects are answers too: they are shown, not followed."""

    def redirect_request(self, *_args: Any) -> None:
        return None


@dataclass(frozen=True)
class NodeUnderTest:
    """A running node: where it answers, where its data lies, and the process."""

    url: str
    data: Path
    process: subprocess.Popen[bytes]
    headers: Mapping[str, str] = field(default_factory=dict)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request. A body that is not bytes goes out as JSON (application/json unless the headers say otherwise)."""
        sent = {**self.headers, **(headers or {})}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("content-type", "application/json")
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=sent)
        opener = urllib.request.build_opener(_Unmoved)
        try:
            with opener.open(request, timeout=LONG_S) as reply:
                return Answer(reply.status, _headers(reply.headers), reply.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, _headers(refused.headers), refused.read())

    @property
    def port(self) -> int:
        """The port that it answers on."""
        return int(self.url.rpartition(":")[2])

    def command(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run `kaiteki <words> --data <folder of this node>` beside the node."""
        return subprocess.run(
            [*KAITEKI, *words, "--data", str(self.data)],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONG_S,
        )

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        self.process.kill()
        self.process.wait(LONG_S)


KAITEKI = (sys.executable, "-m", "kaiteki.main")


def free_port() -> int:
    """A port of the loopback interface that nobody listens on, and that nobody is given until whoever asked listens there.

    They lie below those that the kernel hands out (32,768 and more), each worker of a run has its own, in turn.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    own = PORTS[worker % WORKERS_MAX :: WORKERS_MAX]
    for turn in islice(_turns, len(own)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", own[turn % len(own)]))
            return int(probe.getsockname()[1])
    raise RuntimeError(f"all of {len(own)} ports are taken")


def start_node(data: Path, *options: str, areas: Sequence[str] = AREAS, port: int = 0) -> NodeUnderTest:
    """Start a node (on a free port unless one is named) and wait for its first answer; whoever starts it stops it (`stop_node`)."""
    port = port or free_port()
    cities = [word for area in areas for word in ("--city", area)]
    with (data.parent / f"{data.name}.log").open("ab") as log:
        process = subprocess.Popen(
            [*KAITEKI, "run", *cities, "--data", str(data), "--port", str(port), *options],
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONWARNINGS": "default"},
        )
    _wait_for_answer(process, port, data.parent / f"{data.name}.log")
    return NodeUnderTest(f"http://127.0.0.1:{port}", data, process)


def _wait_for_answer(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(int(LONG_S / POLL_S)):
        if process.poll() is not None:
            raise RuntimeError(f"the node ended with {process.returncode}:\n{log.read_text()[-4000:]}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health/live")
            if connection.getresponse().status == 200:
                return
        except OSError:
            select.select([], [], [], POLL_S)
        finally:
            connection.close()
    process.kill()
    raise RuntimeError(f"no answer within {LONG_S:.0f} s:\n{log.read_text()[-4000:]}")


def stop_node(node: NodeUnderTest) -> int:
    """Ask a node to stop and wait for its end; the answer is its exit code."""
    node.process.send_signal(signal.SIGTERM)
    try:
        return node.process.wait(LONG_S)
    except subprocess.TimeoutExpired:
        node.process.kill()
        node.process.wait(LONG_S)
        raise


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeUnderTest]:
    """A node with access control, areas `demo` (the first one) and `chiba`."""
    running = start_node(tmp_path_factory.mktemp("node") / "data")
    yield running
    stop_node(running)


@pytest.fixture(scope="session")
def open_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeUnderTest]:
    """A node without access control (`--open`), for conformance runs."""
    running = start_node(tmp_path_factory.mktemp("open-node") / "data", "--open")
    yield running
    stop_node(running)
