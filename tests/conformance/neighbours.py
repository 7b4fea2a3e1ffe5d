"""Several data planes that ask each other without a network between: each is reached under a host name."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from conformance.watched_town import WatchedTown
from kaiteki.api.exchange import Ask
from kaiteki.model.entity import Json
from kaiteki.model.visibility import Sight
from kaiteki.ports.outgoing import Answered, Letter, Question, Unreachable
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store

Strange = Callable[[Question], Answered | None]
"""What a source answers that is no node of ours; None: it is silent."""


class Neighbours:
    """The nodes by host name, and all that they asked each other. `strange` are sources that a test plays itself."""

    def __init__(self) -> None:
        self.towns: dict[str, WatchedTown] = {}
        self.strange: dict[str, Strange] = {}
        self.asked: list[Question] = []
        self.away: set[str] = set()
        """Hosts that nobody reaches."""
        self.slow: set[str] = set()
        """Hosts that never answer, as long as one waits."""

    def add(self, host: str, store: Store, sights: tuple[Sight, ...] = ()) -> WatchedTown:
        """A node that is reached under a host name."""
        town = WatchedTown(store, sights, name=host)
        town.room.ask = self._ask
        town.room.onward = self._onward
        self.towns[host] = town
        return town

    def paths(self) -> list[str]:
        """What was asked so far: method, host, and the address behind /ngsi-ld/v1/."""
        return [
            f"{one.method} {urlsplit(one.url).hostname} {unquote(one.url.partition('/ngsi-ld/v1/')[2])}"
            for one in self.asked
        ]

    async def _onward(self, letter: Letter) -> int | None:
        """Take a letter to a node; None for other receivers."""
        parts = urlsplit(letter.url)
        host = parts.hostname or ""
        if host not in self.towns:
            return None
        if host in self.away:
            raise Unreachable(f"{host} is not there")
        ask = Ask(letter.method, unquote(parts.path), parts.query, dict(letter.headers), _Body(letter.body))
        return (await self.towns[host].binding(ask)).status

    async def _ask(self, question: Question) -> Answered:
        self.asked.append(question)
        parts = urlsplit(question.url)
        host = parts.hostname or ""
        if host in self.slow:
            await asyncio.sleep(question.timeout_s)
            raise Unreachable(f"{host} took longer than {question.timeout_s:g} seconds")
        if host in self.strange:
            answered = self.strange[host](question)
            if answered is None:
                raise Unreachable(f"{host} is silent")
            return answered
        if host not in self.towns or host in self.away:
            raise Unreachable(f"{host} is not there")
        headers = {name.lower(): value for name, value in question.headers}
        ask = Ask(question.method, unquote(parts.path), parts.query, headers, _Body(question.body))
        town = self.towns[host]
        reply = await (town.v2_binding if parts.path.startswith("/v2/") else town.binding)(ask)
        return Answered(reply.status, dict(reversed(reply.headers)), reply.body)


class _Body:
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __call__(self) -> bytes:
        return self._body

    async def __aiter__(self) -> Any:
        yield self._body


def answering(status: int, document: Json = None, **headers: str) -> Strange:
    """A source that answers always the same."""
    body = (
        document
        if isinstance(document, bytes)
        else b""
        if document is None
        else json.dumps(document).encode()
    )
    return lambda question: Answered(status, headers, body)


def another_store(town: WatchedTown) -> Store:
    """A store for a further node."""
    return open_memory(town.clock)


def source(number: int = 1, host: str = "there.example", **members: Json) -> dict[str, Any]:
    """A registration of lamps at a host."""
    return {
        "id": f"urn:r:{number}",
        "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": "Lamp"}]}],
        "endpoint": f"http://{host}",
        **members,
    }


def about(*attrs: str, **entity: Json) -> list[dict[str, Any]]:
    """What a source knows: some attributes of lamps, or of the entities that are named."""
    part: dict[str, Any] = {"entities": [{"type": "Lamp", **entity}]}
    return [{**part, "propertyNames": list(attrs)} if attrs else part]
