"""A town hall in which a resident agrees and withdraws, and a program reads contacts for the purpose that the consents are for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from two_worlds import Post
from whole_node import AREA, Asker, WholeNode, whole_node

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

    async def subscribe(self, uri: str, where: str = LD, purpose: str = FORWARD, q: str = "") -> str:
        """The path of a new subscription to contacts."""
        ld = {
            "type": "Subscription",
            "entities": [{"type": "ReportContact"}],
            "notification": {"endpoint": {"uri": uri}, "format": "keyValues"},
            **({"q": q} if q else {}),
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
