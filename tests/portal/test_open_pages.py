"""Open pages hear that they would show something else: all who look and nobody else, the newest alone, within limits, until they may not."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_counter_waits import OFFICE, do
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.main.parts import SERVICES
from kaiteki.model.instant import Instant
from kaiteki.portal.open_pages import Hub, Pace
from kaiteki.services.counter.manifest import service
from kaiteki.services.counter.settings import Settings
from reader import HOST, TOKEN, Reader
from waiting import LONG_S

QUICK = Pace(heartbeat_s=0.02, rest_s=0.0, retry_ms=7, retry_spread_ms=1)
STILL = Pace(heartbeat_s=LONG_S, rest_s=0.0, retry_ms=7, retry_spread_ms=1)
"""Nothing is looked at but after an event."""
PUBLIC = "/demo/live/counter/hall"


class Stream:
    """A browser's end of one stream: what it heard, until it hangs up. `takes` is how many parts it takes; then it stands still."""

    def __init__(self, reader: Reader, path: str, takes: int = 10_000, last: str = "") -> None:
        self.heard: list[tuple[str, str]] = []
        self.status = 0
        self.ended = asyncio.Event()
        self._takes = takes
        self._news = asyncio.Event()
        self._gone = asyncio.Event()
        self._task = asyncio.create_task(self._run(reader, path, {"last-event-id": last} if last else {}))

    async def _run(self, reader: Reader, path: str, headers: dict[str, str]) -> None:
        path, _, query = path.partition("?")
        cookies = "; ".join(f"{name}={value}" for name, value in reader.cookies.items())
        told = {"host": HOST, **({"cookie": cookies} if cookies else {}), **headers}
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in told.items()],
            "client": ("192.0.2.1", 40000),
            "server": (HOST, 80),
        }
        asked = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            if asked:
                return asked.pop()
            await self._gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                return
            if self._takes <= 0:
                await self._gone.wait()
            self._takes -= 1
            self._hear(message.get("body", b"").decode())

        with suppress(Exception):
            await reader.app(scope, receive, send)
        self.ended.set()
        self._news.set()

    def _hear(self, part: str) -> None:
        fields = dict(line.split(": ", 1) for line in part.strip().split("\n") if ": " in line)
        if "event" in fields:
            self.heard.append((fields["event"], fields["data"]))
        self._news.set()

    @property
    def versions(self) -> list[str]:
        """The versions that it was told of."""
        return [json.loads(data)["version"] for event, data in self.heard if event == "changed"]

    async def until(self, count: int) -> None:
        """Wait until it has heard so much."""
        async with asyncio.timeout(LONG_S):
            while len(self.heard) < count and not self.ended.is_set():
                self._news.clear()
                await self._news.wait()
        assert len(self.heard) >= count, (self.status, self.heard)

    async def until_version(self, version: str) -> None:
        """Wait until it knows a version."""
        async with asyncio.timeout(LONG_S):
            while self.versions[-1:] != [version] and not self.ended.is_set():
                self._news.clear()
                await self._news.wait()
        assert self.versions[-1:] == [version], self.heard

    async def end(self) -> None:
        """Wait until the node has ended it."""
        async with asyncio.timeout(LONG_S):
            await self.ended.wait()
        await self._task

    async def leave(self) -> None:
        """Hang up."""
        self._gone.set()
        await self.end()


async def town(pace: Pace = QUICK) -> TrialSite:
    """A town with one office whose first window is open."""
    site = await open_site(service, settings=Settings((OFFICE,)), pace=pace)
    await do(site, "seat", window="1")
    return site


def hub_of(site: TrialSite) -> Hub:
    hub: Hub = site.app.state.open_pages
    return hub


async def version_of(reader: Reader) -> str:
    """The version of the office as everybody reads it."""
    version: str = json.loads((await reader.get("/demo/counter/hall/now.json")).text)["version"]
    return version


async def nobody_left(hub: Hub) -> None:
    """Wait until no stream is open any more."""
    async with asyncio.timeout(LONG_S):
        await hub.emptied.wait()


STEPS = ("issue", "call", "begin", "finish", "miss", "hang up", "come back")


async def step(site: TrialSite, name: str) -> None:
    """One thing that happens at the counter; what the rules refuse changes nothing."""
    site.clock.at = Instant(site.clock.at + 1_000_000)
    form = {"matter": "move"} if name == "issue" else {"window": "1"}
    with suppress(AssertionError):
        await do(site, name, **form)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(STEPS), max_size=14))
def test_whoever_listens_knows_the_newest_version(steps: list[str]) -> None:
    """Whatever happens, in whatever order readers hang up and come back: in the end each knows what the page shows, and none was told what it knew."""

    async def run() -> None:
        site = await town(STILL)
        reader = Reader(site.app)
        known = await version_of(reader)
        stayed = Stream(reader, f"{PUBLIC}?version={known}")
        await stayed.until(1)
        other: Stream | None = None
        last = known
        for name in steps:
            if name == "hang up" and other is not None:
                last = (other.versions or [last])[-1]
                await other.leave()
                other = None
            elif name == "come back" and other is None:
                other = Stream(reader, f"{PUBLIC}?version=old", last=last)
                await other.until(1)
            else:
                await step(site, name)
        now = await version_of(reader)
        for one, before in ((stayed, known), (other, last)):
            if one is not None and now != before:
                await one.until_version(now)
            if one is not None:
                told = [before, *one.versions]
                assert told[-1] == now
                assert all(a != b for a, b in pairwise(told))
                await one.leave()
        assert not hub_of(site).readers
        assert not hub_of(site).open

    asyncio.run(run())


async def test_time_alone_changes_a_page() -> None:
    site = await town()
    reader = Reader(site.app)
    stream = Stream(reader, f"{PUBLIC}?version={await version_of(reader)}")
    await stream.until(2)
    assert stream.versions == []
    site.clock.at = Instant(site.clock.at + 12 * 3_600_000_000)
    await stream.until_version(await version_of(reader))
    await stream.leave()


async def test_a_stream_tells_nothing_but_a_version() -> None:
    site = await town()
    reader = Reader(site.app)
    stream = Stream(reader, PUBLIC)
    await do(site, "issue", matter="move")
    await stream.until_version(await version_of(reader))
    assert {tuple(json.loads(data)) for event, data in stream.heard if event == "changed"} == {("version",)}
    assert {data for event, data in stream.heard if event != "changed"} <= {"1"}
    await stream.leave()


async def test_what_is_no_page_or_not_for_one_has_no_stream() -> None:
    site = await town()
    reader = Reader(site.app)
    assert (await reader.get("/demo/live/counter/none")).status == 404
    assert (await reader.get("/demo/live/counter/hall/now.json")).status == 404
    assert (await reader.get("/demo/live/counter/desk?office=hall")).status == 303
    await reader.sign_in("guest", PASSWORD)
    assert (await reader.get("/demo/live/counter/desk?office=hall")).status == 403
    assert (await reader.ask("POST", PUBLIC)).status == 403


async def test_my_numbers_are_heard_of_by_their_holder() -> None:
    site = await town(STILL)
    mine, other = Reader(site.app), Reader(site.app)
    for one in (mine, other):
        await one.get("/demo/counter/hall")
    await do(site, "issue", matter="move")
    await mine.post("/demo/counter/hall", {"matter": "move"})
    streams = [Stream(one, "/demo/live/my/numbers") for one in (mine, other)]
    for stream in streams:
        await stream.until(1)
    # (one is called, and the holder moves up)
    await do(site, "call", window="1")
    await streams[0].until(2)
    await streams[1].until(2)
    assert len(streams[0].versions) == 2
    assert (len(streams[1].versions), streams[1].heard[1]) == (1, ("here", "1"))
    for stream in streams:
        await stream.leave()


async def test_who_signed_out_hears_nothing_more() -> None:
    site = await town()
    reader = Reader(site.app)
    await reader.sign_in("desk", PASSWORD)
    stream = Stream(reader, "/demo/live/counter/desk?office=hall&window=1")
    await stream.until(1)
    token = TOKEN.search((await reader.get("/demo/my")).text)
    assert token is not None
    assert (await reader.post("/demo/sign-out", {}, token[1])).status == 303
    await stream.end()
    await nobody_left(hub_of(site))


@pytest.mark.parametrize(
    "pace",
    [Pace(principal_max=2), Pace(address_max=2), Pace(area_max=2)],
    ids=["of one browser", "of one address", "of an area"],
)
async def test_there_are_only_so_many_streams(pace: Pace) -> None:
    site = await town(pace)
    reader = Reader(site.app)
    await reader.get("/demo/counter/hall")
    streams = [Stream(reader, PUBLIC) for _ in range(2)]
    for stream in streams:
        await stream.until(1)
    refused = await reader.get(PUBLIC)
    assert refused.status == 429
    assert (await reader.get("/demo/counter/hall")).status == 200
    await streams[0].leave()
    again = Stream(reader, PUBLIC)
    await again.until(1)
    for stream in (again, streams[1]):
        await stream.leave()
    assert (hub_of(site).readers, dict(hub_of(site).open)) == (set(), {})


async def test_who_reads_too_slowly_is_left_and_the_others_hear_on() -> None:
    site = await town(Pace(heartbeat_s=0.02, rest_s=0.0, slow_s=0.05))
    reader = Reader(site.app)
    quick, slow = Stream(reader, PUBLIC), Stream(reader, PUBLIC, takes=2)
    await slow.end()
    assert len(hub_of(site).readers) == 1
    await do(site, "issue", matter="move")
    await quick.until_version(await version_of(reader))
    await quick.leave()


async def test_streams_end_with_their_time_and_with_the_node() -> None:
    site = await town(Pace(heartbeat_s=0.02, rest_s=0.0, life_s=0.05))
    stream = Stream(Reader(site.app), PUBLIC)
    await stream.end()
    assert stream.status == 200
    site = await town(Pace(heartbeat_s=LONG_S))
    stream = Stream(Reader(site.app), PUBLIC)
    await stream.until(1)
    hub_of(site).stop()
    await stream.end()
    await nobody_left(hub_of(site))


async def test_a_hundred_who_look_at_the_same_are_one_look() -> None:
    site = await town(Pace(heartbeat_s=LONG_S, rest_s=0.0, principal_max=100))
    reader = Reader(site.app)
    streams = [Stream(reader, PUBLIC) for _ in range(100)]
    await asyncio.gather(*(one.until(1) for one in streams))
    looks = hub_of(site).looks
    await do(site, "issue", matter="move")
    version = await version_of(reader)
    await asyncio.gather(*(one.until_version(version) for one in streams))
    assert hub_of(site).looks - looks <= 2
    for one in streams:
        await one.leave()


def test_pages_hear_of_types_that_are_there() -> None:
    kept = {declared.name for one in SERVICES for declared in one.types}
    live = {page.path: page.live.types for one in SERVICES for page in one.pages if page.live is not None}
    assert "counter/{office}/display" in live
    assert {path: set(types) - kept for path, types in live.items() if set(types) - kept} == {}
