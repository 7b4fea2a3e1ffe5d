"""ETSI GS CIM 009 V1.9.1 clause 7: notifications over MQTT 3.1.1 and 5, taken by a real broker."""

from __future__ import annotations

import asyncio
import gc
import json
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from conformance.watched_town import WatchedTown, lamp, values
from kaiteki.main.outgoing import GuardedClient
from kaiteki.ports.outgoing import Letter, Unreachable
from node_under_test import free_port
from waiting import LONG_S

START_TRIES = 200


@contextmanager
def mosquitto(folder: Path, port: int) -> Iterator[None]:
    """A broker on this machine while it runs."""
    settings = folder / f"mosquitto-{port}.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n", encoding="utf-8")
    process = subprocess.Popen(
        ["mosquitto", "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=LONG_S)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    if shutil.which("mosquitto") is None:
        pytest.skip("Mosquitto is not installed")
    found = free_port()
    with mosquitto(tmp_path, found):
        yield found


@pytest.fixture
async def client(port: int) -> AsyncIterator[GuardedClient]:
    opened = GuardedClient(receivers={"demo": frozenset({"127.0.0.1"})})
    yield opened
    await opened.close()


async def opened(port: int) -> aiomqtt.Client:
    """A connection to the broker, as soon as it answers."""
    for _ in range(START_TRIES):
        try:
            return await aiomqtt.Client("127.0.0.1", port).__aenter__()
        except aiomqtt.MqttError:
            await asyncio.sleep(0.05)
    raise TimeoutError("the broker does not answer")


async def heard(listener: aiomqtt.Client, count: int) -> list[tuple[str, int, Any]]:
    """Topic, quality of service and document of the next messages."""
    messages: list[tuple[str, int, Any]] = []
    async with asyncio.timeout(LONG_S):
        async for message in listener.messages:
            messages.append((str(message.topic), message.qos, json.loads(bytes(message.payload))))
            if len(messages) == count:
                break
    return messages


@pytest.mark.parametrize("version", ["mqtt3.1.1", "mqtt5.0"])
@pytest.mark.parametrize("qos", [0, 1, 2])
async def test_7_2_a_notification_is_published(
    town: WatchedTown, client: GuardedClient, port: int, version: str, qos: int
) -> None:
    town.room.send = client.send
    listener = await opened(port)
    await listener.subscribe("city/#", qos=2)
    settings = [{"key": "MQTT-Version", "value": version}, {"key": "MQTT-QoS", "value": str(qos)}]
    endpoint = {
        "uri": f"mqtt://127.0.0.1:{port}/city/lamps",
        "notifierInfo": settings,
        "receiverInfo": [{"key": "X-Key", "value": "k"}],
    }
    path = await town.subscribe({"endpoint": endpoint})
    await town.lamp(watts=1)
    await town.turn(watts=2)
    told = await heard(listener, 2)
    assert [(topic, service) for topic, service, _ in told] == [("city/lamps", qos)] * 2
    metadata = told[0][2]["metadata"]
    assert (metadata["Content-Type"], metadata["NGSILD-Tenant"], metadata["X-Key"]) == (
        "application/json",
        "demo",
        "k",
    )
    assert "ngsi-ld-core-context" in metadata["Link"]
    assert told[0][2]["body"]["data"] == [lamp(watts=1)]
    assert values([document["body"] for _, _, document in told]) == [1, 2]
    for _ in range(START_TRIES):
        if (await town.shown(path))["notification"].get("timesSent") == 2:
            break
        await asyncio.sleep(0.05)
    assert (await town.shown(path))["notification"]["timesSent"] == 2
    await listener.__aexit__(None, None, None)


async def test_a_broker_that_was_away_is_found_again(client: GuardedClient, tmp_path: Path) -> None:
    place = free_port()
    letter = Letter("demo", f"mqtt://127.0.0.1:{place}/a", (), b"{}", 5.0, (("MQTT-QoS", "1"),))
    with mosquitto(tmp_path, place):
        listener = await opened(place)
        assert await client.send(letter) == 200
        await listener.__aexit__(None, None, None)
    with pytest.raises(Unreachable):
        await client.send(letter)
    with mosquitto(tmp_path, place):
        listener = await opened(place)
        assert await client.send(letter) == 200
        await listener.__aexit__(None, None, None)


@pytest.mark.parametrize("turns", range(6))
async def test_a_broker_that_breaks_off_leaves_no_error_that_nobody_hears(turns: int) -> None:
    said: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: said.append(str(told["message"])))
    client = GuardedClient(receivers={"demo": frozenset({"127.0.0.1"})})
    with socket.create_server(("127.0.0.1", 0)) as server:
        taking = asyncio.create_task(asyncio.to_thread(taken, server))
        place = server.getsockname()[1]
        assert await client.send(Letter("demo", f"mqtt://127.0.0.1:{place}/a", (), b"{}", LONG_S)) == 200
        (await taking).close()
        # so far has the loop come with seeing that the connection has ended
        for _ in range(turns):
            await asyncio.sleep(0)
        await client.close()
    del client, taking
    for _ in range(5):
        await asyncio.sleep(0)
    gc.collect()
    assert not [one for one in said if "never retrieved" in one]


def taken(server: socket.socket) -> socket.socket:
    """The first connection to a broker of few words: it says that it was taken (CONNACK of MQTT 5), and no more."""
    link, _ = server.accept()
    link.recv(1_000)
    link.sendall(b"\x20\x03\x00\x00\x00")
    link.recv(1_000)
    return link


async def test_only_public_brokers_and_those_of_the_area(client: GuardedClient, port: int) -> None:
    for letter in (
        Letter("chiba", f"mqtt://127.0.0.1:{port}/a", (), b"{}", 5.0),
        Letter("demo", f"mqtt://localhost:{port}/a", (), b"{}", 5.0),
    ):
        with pytest.raises(Unreachable, match="not on the public network"):
            await client.send(letter)
