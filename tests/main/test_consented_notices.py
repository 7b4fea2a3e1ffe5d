"""What a person agreed to is told in notifications and streams as in a read, for its purpose alone, and not after its withdrawal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from consented_counter import FORWARD, LD, Counter, counter, shown
from whole_node import HOST, Exchange, Scope

from waiting import LONG_S


@pytest.mark.parametrize("where", [LD, "/v2/subscriptions"])
async def test_a_notification_holds_what_is_agreed_to_and_no_more_after_a_withdrawal(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with counter(tmp_path, monkeypatch) as town:
        await town.decide("give", "email", "phone")
        await town.subscribe("http://receiver.example/n", where)
        await town.report()
        assert shown(await town.door.next()) == {"email", "phone"}
        line = (await town.lines())[0]
        read = {name.rpartition("/")[2] for name in line.attributes}
        assert (line.by.purpose, line.by.action, read) == (FORWARD, "notify", {"email", "phone"})
        await town.decide("withdraw", "email")
        await town.report()
        assert shown(await town.door.next()) == {"phone"}
        await town.decide("withdraw", "phone")
        await town.report()
        await town.decide("give", "email")
        await town.report()
        assert shown(await town.door.next()) == {"email"}


async def test_without_the_purpose_a_consent_opens_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with counter(tmp_path, monkeypatch) as town:
        await town.decide("give", "email")
        await town.subscribe("http://receiver.example/plain", purpose="reports.repair")
        await town.subscribe("http://receiver.example/forward")
        await town.report()
        await town.door.next()
        told = {letter.url.rpartition("/")[2]: shown(json.loads(letter.body)) for letter in town.door.letters}
        assert told["forward"] == {"email"} and told.get("plain", set()) == set()


async def test_a_condition_is_asked_of_what_stands_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with counter(tmp_path, monkeypatch) as town:
        await town.decide("give", "email", "phone")
        for name, q in (("other", 'phone=="1"'), ("hidden", "name"), ("right", 'phone~="^090"')):
            await town.subscribe(f"http://receiver.example/{name}", q=q)
        await town.report()
        assert shown(await town.door.next()) == {"email", "phone"}
        await town.decide("withdraw", "phone")
        await town.report()
        await town.subscribe("http://receiver.example/last")
        await town.report()
        await town.door.next()
        assert [one.url.rpartition("/")[2] for one in town.door.letters] == ["right", "last"]


async def test_what_waits_while_a_consent_is_withdrawn_is_told_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with counter(tmp_path, monkeypatch) as town:
        await town.decide("give", "email", "phone")
        await town.subscribe("http://receiver.example/n")
        town.door.closed = True
        await town.report()
        await town.door.until_tried()
        await town.decide("withdraw", "email")
        town.door.closed = False
        assert shown(await town.door.next()) == {"phone"}


async def test_a_stream_holds_what_is_agreed_to_and_leaves_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with counter(tmp_path, monkeypatch) as town:
        path = await town.subscribe("urn:kaiteki:stream")
        for command in ("give", "withdraw", "give"):
            await town.decide(command, "email")
            await town.report()
        await town.decide("give", "phone")
        # the contacts are of one person: what they agree to now decides over all that is told now
        assert [shown(one) for one in await _streamed(town, path, 3)] == [{"email", "phone"}] * 3
        assert {line.by.action for line in await town.lines()} == {"notify"}
        await town.decide("withdraw", "email")
        assert [shown(one) for one in await _streamed(town, path, 3)] == [{"phone"}] * 3


class _Read(Exchange):
    """An exchange that reads notifications until there are enough."""

    def __init__(self, count: int) -> None:
        super().__init__(b"")
        self.count = count
        self.told: list[Any] = []
        self.full = asyncio.Event()

    def response_stream(self, status: int, headers: Sequence[tuple[str, str]]) -> Any:
        """The answer comes in parts."""
        assert status == 200
        return self

    async def send_bytes(self, data: bytes) -> None:
        """One event, perhaps with a notification."""
        for line in bytes(data).decode().splitlines():
            if line.startswith("data: "):
                self.told.append(json.loads(line.removeprefix("data: ")))
        if len(self.told) >= self.count:
            self.full.set()


async def _streamed(town: Counter, path: str, count: int) -> list[Any]:
    """The first notifications of a stream, read from the beginning."""
    exchange = _Read(count)
    headers = {**town.program.headers, "host": HOST, "last-event-id": "0"}
    scope: Any = Scope("GET", f"{path}/stream", "", headers)
    reading = asyncio.create_task(town.node.node.front.__rsgi__(scope, exchange))
    async with asyncio.timeout(LONG_S):
        await exchange.full.wait()
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    return exchange.told
