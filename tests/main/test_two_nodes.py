"""Two nodes on one database, one of them killed: nothing answered is lost, everything is notified, once apart from the moment of the kill."""

from __future__ import annotations

import http.client
import json
import random
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from node_under_test import NodeUnderTest, start_node, stop_node
from postgres_server import PostgresServer, start, stop
from waiting import LONG_S

WRITERS = 4
ENTITIES = 5
"""Entities of each writer."""
BEFORE, AFTER = 200, 120
"""How many writes are answered before the kill and after it."""
WINDOW_S = 2.5
"""What was sent so shortly before the kill may be sent again: how far everything is, is kept every second."""
TAKEOVER_MAX_S = 12.0
SLOW = 5
"""Both are longer by so many times as long as the slowest write took: where the machine is busy, a node is too."""
TYPE = "Lamp"


class Receiver:
    """An endpoint that takes down what it is told: (time, entity, value)."""

    def __init__(self) -> None:
        self.told: list[tuple[float, str, int]] = []
        told = self.told

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                told.extend((time.monotonic(), one["id"], one["n"]["value"]) for one in body["data"])
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Be quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/told"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Writer(threading.Thread):
    """Writes to its own entities at either node, one value after another, and remembers what was answered."""

    def __init__(self, number: int, nodes: list[NodeUnderTest]) -> None:
        super().__init__(daemon=True)
        self._number = number
        self._nodes = nodes
        self._chance = random.Random(number)
        self._connections: dict[str, http.client.HTTPConnection] = {}
        self.answered: dict[str, list[int]] = defaultdict(list)
        self.asked: dict[str, int] = defaultdict(int)
        self.done = threading.Event()
        self.failures: list[str] = []
        self.slowest_s = 0.0

    def run(self) -> None:
        while not self.done.is_set():
            entity = f"urn:ngsi-ld:{TYPE}:{self._number}:{self._chance.randrange(ENTITIES)}"
            self.asked[entity] += 1
            value, node = self.asked[entity], self._chance.choice(list(self._nodes))
            document = {"id": entity, "type": TYPE, "n": {"type": "Property", "value": value}}
            # the node that is killed answers no more
            with suppress(OSError, http.client.HTTPException):
                began_s = time.monotonic()
                status = self._send(node.url, document)
                self.slowest_s = max(self.slowest_s, time.monotonic() - began_s)
                if status in (201, 204):
                    self.answered[entity].append(value)
                else:
                    self.failures.append(f"{status} for {entity} {value}")
        for connection in self._connections.values():
            connection.close()

    def _send(self, url: str, document: dict[str, Any]) -> int:
        connection = self._connections.get(url)
        if connection is None:
            connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=LONG_S)
            self._connections[url] = connection
        try:
            body = json.dumps([document])
            connection.request(
                "POST",
                "/ngsi-ld/v1/entityOperations/upsert?options=update",
                body,
                {"content-type": "application/json"},
            )
            reply = connection.getresponse()
            reply.read()
        except BaseException:
            self._connections.pop(url).close()
            raise
        return reply.status


@pytest.fixture
def durable() -> Iterator[PostgresServer]:
    """A server whose commits are on the disk."""
    server = start(Path(tempfile.mkdtemp(prefix="kaiteki-pg-")), ())
    server.ask("CREATE DATABASE town")
    yield server
    stop(server)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    opened = Receiver()
    yield opened
    opened.close()


def subscribe(node: NodeUnderTest, url: str) -> None:
    subscription = {
        "type": "Subscription",
        "entities": [{"type": TYPE}],
        "notification": {"endpoint": {"uri": url, "accept": "application/json"}},
    }
    assert node.ask("POST", "/ngsi-ld/v1/subscriptions", subscription).status == 201


def kept_values(node: NodeUnderTest, entity: str) -> list[int]:
    """All values that history has of an entity."""
    path = f"/ngsi-ld/v1/temporal/entities/{entity}?timerel=after&timeAt=2000-01-01T00:00:00Z&timeproperty=modifiedAt"
    answer = node.ask("GET", f"{path}&options=temporalValues&lastN=1000")
    if answer.status == 404:
        return []
    assert answer.status in (200, 206), answer.body
    told = answer.json()["n"]["values"]
    return sorted(value for value, *_ in told)


def answers(writers: list[Writer]) -> int:
    """How many writes were answered so far."""
    return sum(len(values) for writer in writers for values in list(writer.answered.values()))


def wait_until(reached: Any, at_most_s: float) -> None:
    """Wait until something is so, or for so long."""
    turn, end = threading.Event(), time.monotonic() + at_most_s
    while not reached() and time.monotonic() < end:
        turn.wait(0.1)


def test_the_death_of_a_node_loses_nothing(
    durable: PostgresServer, receiver: Receiver, tmp_path: Path
) -> None:
    options = ("--open", "--store", durable.url("town"))
    first = start_node(tmp_path / "a", *options, areas=("demo",))
    second = start_node(tmp_path / "b", *options, areas=("demo",))
    nodes = [first, second]
    try:
        subscribe(second, receiver.url)
        assert len(first.ask("GET", "/ngsi-ld/v1/subscriptions").json()) == 1, (
            "seen at the other node at once"
        )
        writers = [Writer(number, nodes) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        wait_until(lambda: answers(writers) >= BEFORE, LONG_S)
        nodes.remove(first)
        killed_s = time.monotonic()
        first.kill()
        so_far = answers(writers)
        wait_until(lambda: answers(writers) >= so_far + AFTER, LONG_S)
        for writer in writers:
            writer.done.set()
        for writer in writers:
            writer.join(LONG_S)
        check(second, receiver, writers, killed_s)
    finally:
        if first.process.poll() is None:
            first.kill()
        assert stop_node(second) == 0


def check(node: NodeUnderTest, receiver: Receiver, writers: list[Writer], killed_s: float) -> None:
    """Compare what was answered with what is kept and what was told."""
    assert [writer.failures for writer in writers] == [[]] * WRITERS
    answered = {entity: values for writer in writers for entity, values in writer.answered.items()}
    asked = {entity: count for writer in writers for entity, count in writer.asked.items()}
    known = {entity: kept_values(node, entity) for entity in asked}
    kept = {entity: values for entity, values in known.items() if values}
    assert kept.keys() >= answered.keys()
    for entity, values in kept.items():
        assert set(answered.get(entity, ())) <= set(values) <= set(range(1, asked[entity] + 1)), entity
        state = node.ask("GET", f"/ngsi-ld/v1/entities/{entity}?options=keyValues").json()
        assert state["n"] == values[-1]
    wanted = {(entity, value) for entity, values in kept.items() for value in values}
    wait_until(lambda: wanted <= {(entity, value) for _, entity, value in receiver.told}, LONG_S)
    firsts: dict[str, list[int]] = defaultdict(list)
    first_told_s: dict[tuple[str, int], float] = {}
    room_s = SLOW * max(writer.slowest_s for writer in writers)
    for at_s, entity, value in receiver.told:
        if (entity, value) in first_told_s:
            assert first_told_s[entity, value] > killed_s - WINDOW_S - room_s, (
                f"{entity} {value} was told twice"
            )
        else:
            first_told_s[entity, value] = at_s
            firsts[entity].append(value)
    assert firsts == kept, "each at least once, in order"
    after = [at_s for at_s in first_told_s.values() if at_s > killed_s + 0.2]
    assert min(after) - killed_s < TAKEOVER_MAX_S + room_s
    assert answers(writers) > BEFORE, "enough was written to mean something"
