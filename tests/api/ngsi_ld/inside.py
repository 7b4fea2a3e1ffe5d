"""A node's front without a server: requests as bytes in, answers out, over the memory store and a web of known documents."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import msgspec

from broker.town import StandingClock, Web
from kaiteki.api.front import Front, Hot
from kaiteki.api.ngsi_ld.binding import Binding
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.glancing import Glancing
from kaiteki.api.ngsi_ld.handlers import HANDLERS
from kaiteki.api.ngsi_ld.jotting import Jotting
from kaiteki.api.persons import EVERYBODY_IS_ADMIN
from kaiteki.api.tally import Tally
from kaiteki.api.trust import Trust
from kaiteki.broker.lasting import LastingEntities, LastingGlances
from kaiteki.broker.plane import Plane
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.rulings.schema import Catalogue
from kaiteki.model.access import Person
from kaiteki.model.visibility import Sight
from kaiteki.ports.clock import Clock
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store


class Reply(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """The first header of a name."""
        return next((value for found, value in self.headers if found == name), None)


class _Scope(msgspec.Struct, frozen=True):
    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    client: str = "192.0.2.1:4000"
    proto: str = "http"
    http_version: str = "1.1"
    server: str = "localhost:80"
    scheme: str = "http"


class _Exchange:
    """One exchange of RSGI: a body, whole or in two chunks, and one answer."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.replies: list[Reply] = []

    async def __call__(self) -> bytes:
        return self._body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        half = len(self._body) // 2
        for chunk in (self._body[:half], self._body[half:]):
            if chunk:
                yield chunk

    async def client_disconnect(self) -> None:
        """Nobody leaves."""

    def response_empty(self, status: int, headers: Sequence[tuple[str, str]]) -> None:
        """An answer without body."""
        self.replies.append(Reply(status, headers, b""))

    def response_bytes(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        """An answer."""
        self.replies.append(Reply(status, headers, body))

    def response_stream(self, status: int, headers: Sequence[tuple[str, str]]) -> Any:
        """The raw handlers answer whole."""
        raise AssertionError(f"a stream of {status}")


class Inside:
    """The data plane of the areas demo and chiba; everybody may do everything unless there are `sights`, or rulings in their place."""

    def __init__(
        self,
        documents: Mapping[str, Any] | None = None,
        sights: Sequence[Sight] | Rulings = (),
        opened: Callable[[Clock], Store] = open_memory,
        clock: StandingClock | None = None,
    ) -> None:
        self.clock = clock or StandingClock()
        self.web = Web(dict(documents or {}))
        self.failures: list[BaseException] = []
        kept = opened(self.clock)
        lasting = LastingEntities(kept.entities, self.clock, self.failures.append)
        glances = LastingGlances(kept.glances, lasting)
        self.store = replace(kept, entities=lasting, glances=glances)
        self.person = EVERYBODY_IS_ADMIN
        store = self.store
        plane = Plane(
            entities=store.entities,
            history=store.history,
            events=store.events,
            contexts=store.contexts,
            clock=self.clock,
            outgoing=self.web,
            glances=store.glances,
            subscriptions=store.subscriptions,
            sources=store.sources,
        )

        async def who(_headers: Any, _area: str) -> Person:
            return self.person

        rulings = sights if isinstance(sights, Rulings) else Rulings(Catalogue(sights))
        self.desk = Desk(plane, Trust(rulings), who, ("demo", "chiba"), is_open=not sights)
        binding = Binding(self.desk, HANDLERS)
        self.jotting = Jotting(self.desk, binding)
        self.front = Front({"ngsi-ld": Hot(binding, Glancing(self.desk), self.jotting)}, _no_site, Tally())

    async def send(self, method: str, target: str, body: bytes = b"", **headers: str) -> Reply:
        """A request with its target as it stands in the request line; header names have `_` for `-`."""
        path, _, query = target.partition("?")
        named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        exchange = _Exchange(body)
        scope = _Scope(method, unquote(path, errors="replace"), query, named)
        await self.front.__rsgi__(scope, exchange)
        assert len(exchange.replies) == 1
        return exchange.replies[0]

    async def ask(self, method: str, path: str, document: Any = None, **headers: str) -> Reply:
        """A request with a JSON document, below /ngsi-ld/v1."""
        body = b"" if document is None else json.dumps(document).encode()
        if document is not None:
            headers.setdefault("content_type", "application/json")
        return await self.send(method, f"/ngsi-ld/v1{path}", body, **headers)


async def _no_site(_scope: Any, _receive: Any, _send: Any) -> None:
    raise AssertionError("only the data plane is asked")


def judged(reply: Reply, bodiless: bool = False) -> Reply:
    """The answer, held to the rule: below 500 (503 only for a @context), refusals as problem details with a detail."""
    if reply.status >= 400 and not reply.body:
        assert bodiless and reply.status < 500
    elif reply.status >= 400:
        told = reply.json()
        assert reply.header("content-type") == "application/problem+json"
        assert told["status"] == reply.status and told["detail"] and told["title"]
        assert reply.status < 500 or told["type"].endswith("LdContextNotAvailable"), told
    elif reply.body:
        reply.json()
    return reply
