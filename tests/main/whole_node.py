"""A whole node in the process of the test: requests go to its front as a server would hand them in, answers come back as bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from kaiteki.kit.identity import Mandate, person_of
from kaiteki.main.node import Node, open_node
from kaiteki.main.settings import Settings
from kaiteki.model.instant import Instant
from kaiteki.ports.accounts import Account, Grant
from kaiteki.ports.credentials import Credential

AREA: Final = "demo"
HOST: Final = "127.0.0.1:8000"


class Reply(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Asker(msgspec.Struct, frozen=True):
    """Who asks: the id of the account ("anonymous" without one), what goes with every request, all ids by which services know them."""

    account: str
    headers: Mapping[str, str]
    ids: frozenset[str] = frozenset()
    known: Mapping[str, str] = {}
    """The id by which each service of the area knows them."""


class Scope(msgspec.Struct, frozen=True):
    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    client: str = "192.0.2.1:4000"
    proto: str = "http"
    http_version: str = "1.1"
    server: str = HOST
    scheme: str = "http"


class _Stream:
    def __init__(self) -> None:
        self.parts: list[bytes] = []

    async def send_bytes(self, data: bytes) -> None:
        self.parts.append(bytes(data))


class Exchange:
    """One exchange of RSGI: a body, and one answer, whole or in parts."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._status = 0
        self._headers: Sequence[tuple[str, str]] = ()
        self._stream = _Stream()

    @property
    def reply(self) -> Reply:
        return Reply(self._status, b"".join(self._stream.parts), dict(self._headers))

    async def __call__(self) -> bytes:
        return self._body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._body:
            yield self._body

    async def client_disconnect(self) -> None:
        """Nobody hangs up: whoever waits for that is called off with the end of the answer."""
        await asyncio.Event().wait()

    def response_empty(self, status: int, headers: Sequence[tuple[str, str]]) -> None:
        """An answer without body."""
        self._status, self._headers = status, headers

    def response_bytes(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        """An answer."""
        self._status, self._headers = status, headers
        self._stream.parts.append(bytes(body))

    def response_stream(self, status: int, headers: Sequence[tuple[str, str]]) -> _Stream:
        """An answer in parts."""
        self._status, self._headers = status, headers
        return self._stream


class WholeNode:
    """A node that answers in this process."""

    def __init__(self, node: Node) -> None:
        self.node: Final = node

    async def ask(
        self, method: str, target: str, document: Any = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One request; a document goes out as JSON."""
        sent = dict(headers or {})
        if document is not None:
            sent.setdefault("content-type", "application/json")
        return await self.send(
            method, target, b"" if document is None else json.dumps(document).encode(), sent
        )

    async def send(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """One request with a body as it is."""
        path, _, query = target.partition("?")
        sent = {"host": HOST, **headers}
        exchange = Exchange(body)
        scope = Scope(method, unquote(path, errors="replace"), query, sent)
        await self.node.front.__rsgi__(scope, exchange)
        return exchange.reply

    async def _account(self, login: str, roles: Sequence[str]) -> Account:
        grants = tuple(Grant("*", role) for role in roles)
        account = Account(f"acc-{login}", login, login, "", grants, self.node.joined.clock.now())
        await self.node.joined.store.accounts.put(account)
        kept = await self.node.joined.store.accounts.by_id(account.id)
        assert kept is not None
        return kept

    async def person(self, login: str, *roles: str) -> Asker:
        """Somebody who is signed in."""
        account = await self._account(login, roles)
        session = await self.node.joined.identity.open_session(account, 3)
        person = person_of(account, AREA)
        cookie = {"cookie": f"kaiteki_session={session.token}"}
        return Asker(account.id, cookie, person.owned, dict(person.pairs))

    async def machine(self, name: str, *roles: str) -> Asker:
        """A program with its bearer token."""
        made = await self.node.joined.identity.register_machine(name, [Grant("*", role) for role in roles])
        assert isinstance(made, tuple)
        return Asker(made[0].id, {"authorization": f"Bearer {made[1]}"})


async def mandated(node: WholeNode, giver: Asker, name: str, *covers: str, letters: bool = False) -> Asker:
    """Somebody who acts for another one, now; with `letters` they read the messages, too."""
    helper, joined = await node.person(name, "resident"), node.node.joined
    one = Mandate(
        f"m-{name}",
        giver.account,
        "entrusted",
        covers,
        Instant(1),
        Instant(2**52),
        giver.account,
        helper.account,
        letters,
        accepted_at=Instant(1),
    )
    credentials = joined.store.credentials
    await credentials.put(Credential("mandate", f"m-{name}", giver.account, msgspec.json.encode(one)))
    await credentials.put(Credential("helping", f"m-{name}", helper.account))
    visit = await joined.identity.visit(helper.headers["cookie"].partition("=")[2])
    assert visit is not None
    await joined.store.accounts.open(msgspec.structs.replace(visit.session, acting_for=giver.account))
    return helper


@asynccontextmanager
async def whole_node(data: Path) -> AsyncIterator[WholeNode]:
    """A node of one area with access control, until the end of the block."""
    async with open_node(Settings(data=data, cities=(AREA,))) as node:
        yield WholeNode(node)
