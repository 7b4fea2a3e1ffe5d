"""Ticket machines publish at a real broker: out of order, again, while the node is down and killed in between; each number stands in the line once."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import publish
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from conformance.test_mqtt import mosquitto
from kaiteki.main.ticket_topics import BadMachines, machines_of
from kaiteki.model.instant import Instant, format_instant
from node_under_test import NodeUnderTest, free_port, start_node, stop_node
from waiting import LONG_S

TOPIC = "tickets/hall"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A broker."""
    if shutil.which("mosquitto") is None:
        pytest.skip("Mosquitto is not installed")
    found = free_port()
    with mosquitto(tmp_path, found):
        yield found


def message(number: str, before_s: float, **more: str) -> str:
    """What a machine publishes."""
    at = format_instant(Instant(round((time.time() - before_s) * 1_000_000)))
    told = {"office": "hall", "matter": "papers", "number": number, "taken_at": at}
    return json.dumps({**told, **more})


def send(port: int, *messages: str) -> None:
    """Publish in this order, as soon as the broker answers."""
    deadline = time.monotonic() + LONG_S
    for one in messages:
        while True:
            try:
                publish.single(TOPIC, one, qos=1, hostname="127.0.0.1", port=port)
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.05)


def listening(port: int) -> list[dict[str, Any]]:
    """What is told to machines from here on."""
    told: list[dict[str, Any]] = []
    ready = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2)

    def heard(_client: Client, _data: Any, message: MQTTMessage) -> None:
        told.append(json.loads(message.payload))

    def subscribed(*_told: Any) -> None:
        ready.set()

    client.on_message, client.on_subscribe = heard, subscribed
    client.connect("127.0.0.1", port)
    client.subscribe(f"{TOPIC}/refused", 1)
    client.loop_start()
    assert ready.wait(LONG_S)
    return told


def wait_for(node: NodeUnderTest, *numbers: str) -> None:
    """Wait until these numbers, and no others, wait in this order."""
    deadline = time.monotonic() + LONG_S
    while True:
        matters = node.ask("GET", "/demo/counter/hall/now.json").json()["matters"]
        papers = next(one for one in matters if one["code"] == "papers")
        if (papers["waiting"], papers["next"]) == (len(numbers), list(numbers[:3])):
            return
        assert time.monotonic() < deadline, papers
        time.sleep(0.05)


def test_numbers_come_by_a_broker(tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    node = start_node(tmp_path / "data", areas=("demo",))
    made = node.command("user", "add", "kiosk", "--name", "kiosk", "--machine", "--role", "staff")
    assert made.returncode == 0, made.stderr
    stop_node(node)
    monkeypatch.setenv("KAITEKI_TICKETS_MQTT", f"demo=mqtt://127.0.0.1:{port}/{TOPIC}")
    monkeypatch.setenv("KAITEKI_TICKETS_TOKEN", made.stdout.split()[-1])
    first, second, third = message("K1", 30), message("K2", 20), message("K3", 10)
    node = start_node(tmp_path / "data", areas=("demo",))
    try:
        send(port, third)
        # (a session that lasts begins with the first connection: until it is there, a machine sends again)
        deadline = time.monotonic() + LONG_S
        while node.ask("GET", "/demo/counter/hall/now.json").json()["matters"][1]["waiting"] == 0:
            assert time.monotonic() < deadline
            send(port, third)
        send(port, first, third, first)
        wait_for(node, "K1", "K3")
    finally:
        node.kill()
        node.process.wait(LONG_S)
    send(port, second, third, message("K4", 5), first)
    node = start_node(tmp_path / "data", areas=("demo",))
    try:
        wait_for(node, "K1", "K2", "K3", "K4")
        refused = listening(port)
        send(port, message("K5", 1, office="nowhere"))
        deadline = time.monotonic() + LONG_S
        while not refused:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        faults = refused[0].pop("faults")
        assert refused[0] == {"number": "K5", "code": "invalid"}
        assert [one["field"] for one in faults] == ["office"]
        wait_for(node, "K1", "K2", "K3", "K4")
    finally:
        assert stop_node(node) == 0


def test_what_is_said_of_machines_is_refused_by_its_name() -> None:
    areas = {"demo": None}
    token = {"KAITEKI_TICKETS_TOKEN": "t"}
    assert machines_of({}, areas) == ()
    (one,) = machines_of({"KAITEKI_TICKETS_MQTT": "demo=mqtt://broker/a/b", **token}, areas)
    assert (one.area, one.address.host, one.address.port, one.topic) == ("demo", "broker", 1883, "a/b")
    for wrong in (
        "demo=mqtt://broker",
        "none=mqtt://broker/a",
        "demo=http://broker/a",
        "demo",
        "demo=mqtt://b/#",
    ):
        with pytest.raises(BadMachines, match="KAITEKI_TICKETS_MQTT"):
            machines_of({"KAITEKI_TICKETS_MQTT": wrong, **token}, areas)
    with pytest.raises(BadMachines, match="KAITEKI_TICKETS_TOKEN"):
        machines_of({"KAITEKI_TICKETS_MQTT": "demo=mqtt://broker/a"}, areas)
