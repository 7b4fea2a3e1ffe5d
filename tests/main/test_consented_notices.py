"""What a person agreed to is told in notifications and streams as in a read, for its purpose alone, and not after its withdrawal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from two_worlds import Post
from whole_node import AREA, HOST, Asker, Exchange, Scope, WholeNode, whole_node

from kaiteki.main import node as nodes
from kaiteki.model.access import STAFF
from kaiteki.ports.outgoing import Letter, Unreachable
from waiting import LONG_S

FORWARD: Final = "reports.forward"
FORM: Final = {
    "category": "road",
    "description": "道路に 穴が あいて います",
    "address": "本町 1",
    "contact_name": "Plover",
    "contact_email": "Kingfisher@example.org",
    "contact_phone": "090-0000-1234",
}
VALUES: Final = {"email": "Kingfisher@example.org", "phone": "090-0000-1234", "name": "Plover"}
LD: Final = "/ngsi-ld/v1/subscriptions"


class Door(Post):
    """A way out that may be closed; letters are waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = False
        self.tried = self.taken = 0
        self.news = asyncio.Event()

    async def close(self) -> None:
        """Nothing is open."""

    async def send(self, letter: Letter) -> int:
        """A letter arrives, unless the way is closed."""
        self.tried += 1
        self.news.set()
        if self.closed:
            raise Unreachable("closed")
        return await super().send(letter)

    async def until_tried(self) -> None:
        """Wait until something was sent in vain."""
        async with asyncio.timeout(LONG_S):
            while not self.tried:
                self.news.clear()
                await self.news.wait()

    async def next(self) -> Any:
        """The next letter."""
        async with asyncio.timeout(LONG_S):
            while len(self.letters) <= self.taken:
                self.news.clear()
                await self.news.wait()
        self.taken += 1
        return json.loads(self.letters[self.taken - 1].body)


class Counter:
    """A town hall with a resident, and with a program that is told of the contacts of reports."""

    def __init__(self, node: WholeNode, person: Asker, program: Asker, door: Door) -> None:
        self.node, self.person, self.program, self.door = node, person, program, door

    async def did(self, asker: Asker, method: str, target: str, document: Any = None, **headers: str) -> Any:
        """A request that succeeds; its Location."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = await self.node.ask(method, target, document, {**asker.headers, **named})
        assert reply.status < 300, (target, reply.body)
        return reply

    async def subscribe(self, uri: str, where: str = LD, purpose: str = FORWARD) -> str:
        """The path of a new subscription to contacts."""
        ld = {
            "type": "Subscription",
            "entities": [{"type": "ReportContact"}],
            "notification": {"endpoint": {"uri": uri}, "format": "keyValues"},
        }
        v2 = {
            "subject": {"entities": [{"idPattern": ".*", "type": "ReportContact"}]},
            "notification": {"http": {"url": uri}, "attrsFormat": "keyValues"},
        }
        stated = {"kaiteki_purpose": purpose} if purpose else {}
        made = await self.did(self.program, "POST", where, ld if where == LD else v2, **stated)
        return made.headers["location"]

    async def decide(self, command: str, *items: str) -> None:
        """Let the resident agree, or withdraw."""
        asked: dict[str, object] = {
            "purpose": FORWARD,
            "items": [f"ReportContact.{one}" for one in items],
        }
        if command == "give":
            asked["version"] = 1
        await self.did(self.person, "POST", f"/{AREA}/services/trust/{command}", asked)

    async def report(self) -> None:
        """Let the resident report something; the contact is a new entity."""
        await self.did(self.person, "POST", f"/{AREA}/services/reports/submit", FORM)

    async def lines(self) -> list[Any]:
        """What the log says that the program read."""
        kept = await self.node.node.joined.store.accesses.by(AREA, self.program.account)
        return [one.access for one in kept]


def shown(notification: Any) -> set[str]:
    """The items of the contact that a notification holds."""
    text = json.dumps(notification, ensure_ascii=False)
    assert "urn:kaiteki:sealed" not in text
    return {item for item, value in VALUES.items() if value in text}


@asynccontextmanager
async def counter(tmp_path: Path, patch: pytest.MonkeyPatch) -> AsyncGenerator[Counter]:
    door = Door()

    def way_out(receivers: object) -> Door:
        return door

    patch.setattr(nodes, "GuardedClient", way_out)
    async with whole_node(tmp_path / "data") as node:
        person, program = await node.person("taro", "resident"), await node.machine("desk", STAFF)
        yield Counter(node, person, program, door)


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
