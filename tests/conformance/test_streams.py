"""Notifications as server-sent events: as they come, and from where a reader was (an extension beside clause 5.8.6)."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
from collections.abc import AsyncGenerator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from conformance.watched_town import WatchedTown
from kaiteki.api.ngsi_ld.streams import OWN_MAX
from node_under_test import NodeUnderTest, start_node, stop_node
from waiting import LONG_S

STREAM = {"endpoint": {"uri": "urn:kaiteki:stream"}}


async def reading(town: WatchedTown, path: str, **headers: str) -> AsyncGenerator[bytes]:
    """An opened stream, its first part read: from here on nothing is missed."""
    reply = await town.did("GET", f"{path}/stream", **headers)
    assert reply.parts is not None
    assert (await anext(reply.parts)).startswith(b"retry: ")
    return reply.parts


async def told(parts: AsyncGenerator[bytes], count: int) -> list[tuple[int, object]]:
    """The ids and the values of the next notifications."""
    read: list[tuple[int, object]] = []
    async with asyncio.timeout(LONG_S):
        async for part in parts:
            fields = dict(line.split(": ", 1) for line in part.decode().strip().split("\n"))
            read.append((int(fields["id"]), json.loads(fields["data"])["data"][0]["watts"]["value"]))
            if len(read) == count:
                break
    return read


async def test_a_stream_tells_what_comes(town: WatchedTown) -> None:
    path = await town.subscribe(STREAM, watchedAttributes=["watts"])
    await town.lamp(watts=1)
    parts = await reading(town, path)
    for watts in (2, 3):
        await town.turn(watts=watts)
        await town.turn(note=str(watts))
    assert await told(parts, 2) == [(2, 2), (4, 3)]
    await parts.aclose()
    assert await town.room.quiet() == []


async def test_a_stream_goes_on_behind_the_last_event(town: WatchedTown) -> None:
    path = await town.subscribe(STREAM)
    await town.lamp(watts=1)
    for watts in range(2, 6):
        await town.turn(watts=watts)
    parts = await reading(town, path, last_event_id="2")
    assert await told(parts, 3) == [(3, 3), (4, 4), (5, 5)]
    await parts.aclose()
    assert (await town.ask("GET", f"{path}/stream", last_event_id="x")).status == 400


async def test_a_stream_ends_with_its_subscription(town: WatchedTown) -> None:
    path = await town.subscribe(STREAM)
    parts = await reading(town, path)
    await town.did("DELETE", path)
    async with asyncio.timeout(LONG_S):
        assert [part async for part in parts] == []
    assert (await town.ask("GET", f"{path}/stream")).status == 404


async def test_streams_are_limited(town: WatchedTown) -> None:
    path = await town.subscribe(STREAM)
    opened = [await reading(town, path) for _ in range(OWN_MAX)]
    assert (await town.ask("GET", f"{path}/stream")).status == 429
    for parts in opened:
        await parts.aclose()
    again = await reading(town, path)
    await again.aclose()


async def test_a_stream_goes_on_where_the_address_says(town: WatchedTown) -> None:
    path = await town.subscribe(STREAM)
    for watts in (1, 2, 3):
        await (town.lamp(watts=1) if watts == 1 else town.turn(watts=watts))
    reply = await town.did("GET", f"{path}/stream?lastEventId=1")
    assert reply.parts is not None and await anext(reply.parts)
    assert await told(reply.parts, 2) == [(2, 2), (3, 3)]
    await reply.parts.aclose()


async def test_a_stream_cannot_go_on_behind_its_newest_event(town: WatchedTown) -> None:
    path = await town.subscribe(STREAM)
    await town.lamp(watts=1)
    refused = await town.ask("GET", f"{path}/stream?lastEventId=2")
    assert (refused.status, b"the newest event has the id 1" in refused.body) == (400, True)


async def test_a_client_of_others_reads_by_websocket(open_node: NodeUnderTest) -> None:
    document = {"type": "Subscription", "entities": [{"type": "SocketLamp"}], "notification": STREAM}
    made = await asyncio.to_thread(open_node.ask, "POST", "/ngsi-ld/v1/subscriptions", document)
    url = f"{open_node.url}{made.headers['location']}/stream"
    lamps = [{"id": f"urn:ngsi-ld:SocketLamp:{n}", "type": "SocketLamp", "watts": n} for n in range(3)]
    async with asyncio.timeout(LONG_S), aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            begun = await socket.receive_json()
            assert set(begun) == {"id"}
            for one in lamps:
                await asyncio.to_thread(open_node.ask, "POST", "/ngsi-ld/v1/entities", one)
            messages = [await socket.receive_json() for _ in lamps]
        assert [one["notification"]["data"][0]["id"] for one in messages] == [one["id"] for one in lamps]
        # who comes back is told what came after the last message that arrived
        async with session.ws_connect(f"{url}?lastEventId={messages[0]['id']}") as socket:
            assert await socket.receive_json() == {"id": messages[0]["id"]}
            again = [await socket.receive_json() for _ in lamps[1:]]
            assert [one["notification"]["id"] for one in again] == [
                one["notification"]["id"] for one in messages[1:]
            ]
            await asyncio.to_thread(open_node.ask, "DELETE", made.headers["location"])
            assert await socket.receive_json() == {"ended": True}
            assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        for where, status in ((url, 404), (f"{open_node.url}/ngsi-ld/v1/types", 400), (open_node.url, 404)):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(where)
            assert refused.value.status == status


def test_a_stream_over_http_ends_when_the_node_stops(tmp_path: Path) -> None:
    node = start_node(tmp_path / "data", "--open", areas=("demo",))
    document = {"type": "Subscription", "entities": [{"type": "Lamp"}], "notification": STREAM}
    path = node.ask("POST", "/ngsi-ld/v1/subscriptions", document).headers["location"]
    place = urlsplit(node.url)
    line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=LONG_S)
    line.request("GET", f"{path}/stream")
    answer = line.getresponse()
    assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream")
    assert answer.readline().startswith(b"retry: ")
    lamp = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "watts": 5}
    assert node.ask("POST", "/ngsi-ld/v1/entities", lamp).status == 201
    lines = [answer.readline() for _ in range(4)]
    assert re.fullmatch(rb"id: [1-9][0-9]*\n", lines[2]) and b'"watts"' in lines[3]
    assert stop_node(node) == 0
    assert answer.read().strip() == b""
    line.close()
