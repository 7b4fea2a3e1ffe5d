"""Whoever is not known is counted, wherever they may send something: every route of a node is asked until it sends them away.

The routes are those that the node has, so a new one is asked without being named here. Time stands still, so that no minute ends in between.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Final

import pytest
from starlette.routing import BaseRoute, Mount
from whole_node import AREA, Exchange, Scope, WholeNode, whole_node

from kaiteki.adapters.open311.pace import LIMITS
from kaiteki.api.ngsi_ld.operations import OPERATIONS as LD_OPERATIONS
from kaiteki.api.ngsi_v2.operations import OPERATIONS as V2_OPERATIONS
from kaiteki.api.older import OLDER
from kaiteki.api.problems import READS
from kaiteki.main import limits, oauth
from kaiteki.main.clock import SystemClock
from kaiteki.main.parts import SERVICES
from kaiteki.model.instant import Instant
from kaiteki.portal.app import ENTRANCES
from kaiteki.portal.guard import POSTS_PER_ADDRESS_MAX, POSTS_PER_MINUTE_MAX, SIGN_INS_PER_MINUTE_MAX

NOW: Final = Instant(1_800_000_000_000_000)
WRITES, TOKENS, STRANGERS = 23, 5, 7
UNCOUNTED: Final = {"/health/live": "a constant, answered before anything else, so that a probe never waits"}
"""What is answered to anybody however often, and why."""
FINER: Final = {
    **dict.fromkeys(("/oauth/token", "/oauth/revoke"), TOKENS),
    "/{area}/services/{service}/{command}": STRANGERS,
    **dict.fromkeys(
        ("/{area}/open311/v2/requests.{format}", "/{area}/open311/v2/servicerequestupdates.{format}"),
        next(one.posts_max for one in LIMITS if one.kind == "address" and one.stretch_s == 60),
    ),
}
"""Routes for programs that count more narrowly than all writes of an address are counted."""
PARTS: Final = {"area": AREA, "service": "reports", "command": "submit", "format": "json"}
FORM: Final = {"content-type": "application/x-www-form-urlencoded"}
JSON: Final = {"content-type": "application/json"}
TOKEN_FORM: Final = b"grant_type=client_credentials&client_id=nobody&client_secret=nothing"
_PART: Final = re.compile(r"\{(\w+)(?::\w+)?\}")


class Way(SimpleNamespace):
    """A method and a route by which something is sent, and whether people come by it."""

    method: str
    route: str
    is_page: bool

    @property
    def path(self) -> str:
        return _PART.sub(lambda part: PARTS.get(part[1], "x"), self.route)


def ways(found: Sequence[BaseRoute], *, is_page: bool = False, before: str = "") -> Iterator[Way]:
    """The routes of a site that take something; one without methods takes all."""
    for one in found:
        if isinstance(one, Mount):
            yield from ways(one.routes, is_page=True, before=before + one.path.rstrip("/"))
            continue
        methods = getattr(one, "methods", None) or {"POST"}
        for method in sorted(set(methods) - READS):
            yield Way(method=method, route=before + str(getattr(one, "path", "")), is_page=is_page)


def of_data_plane() -> Iterator[Way]:
    """The operations of both bindings that are sent something, paths that are none of them, and the versions of before."""
    for one in LD_OPERATIONS:
        if one.method not in READS:
            yield Way(method=one.method, route="/ngsi-ld/v1" + one.path, is_page=False)
    for two in V2_OPERATIONS:
        if two.method not in READS:
            yield Way(method=two.method, route="/v2" + two.path, is_page=False)
    for surface in ("ngsi-ld/v1", "v2", *OLDER):
        yield Way(method="POST", route=f"/{surface}/nowhere", is_page=False)


class Asking:
    """Nobody, who sends from an address of their own for each route."""

    def __init__(self, node: WholeNode) -> None:
        self._node = node
        self._addresses = 0

    def address(self) -> str:
        """An address that nobody sent from yet."""
        self._addresses += 1
        return f"198.51.{self._addresses // 250}.{self._addresses % 250 + 1}:4000"

    async def send(self, way: Way, client: str, headers: Mapping[str, str], body: bytes = b"") -> int:
        """The status of one answer."""
        sent = {"host": "127.0.0.1:8000", "content-length": str(len(body)), **headers}
        exchange = Exchange(body)
        await self._node.node.front.__rsgi__(Scope(way.method, way.path, "", sent, client), exchange)
        return exchange.reply.status

    async def let_through(self, way: Way, headers: Mapping[str, str], body: bytes, most: int) -> int:
        """How many are answered before the first is sent away; one more than `most` where none is."""
        client = self.address()
        for count in range(most + 1):
            if await self.send(way, client, headers, body) == 429:
                return count
        return most + 1


@asynccontextmanager
async def standing_still(
    data: Path, patch: pytest.MonkeyPatch, sizes: Mapping[str, int]
) -> AsyncIterator[tuple[Asking, list[Way]]]:
    """A node whose clocks stand still, and all ways of sending it something."""
    frozen = SimpleNamespace(time=lambda: NOW / 1_000_000)
    patch.setattr(SystemClock, "now", lambda _clock: NOW)
    patch.setattr(limits, "time", frozen)
    patch.setattr(oauth, "time", frozen)
    for name, value in sizes.items():
        patch.setenv(f"KAITEKI_LIMIT_{name}_PER_MINUTE", str(value))
    async with whole_node(data) as node:
        yield Asking(node), [*of_data_plane(), *ways(node.node.site.built().routes)]


async def test_programs_without_a_key_are_counted_wherever_they_send_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = {"WRITES": WRITES, "TOKENS": TOKENS, "STRANGERS": STRANGERS}
    async with standing_still(tmp_path, monkeypatch, sizes) as (asking, found):
        programs = [way for way in found if not way.is_page]
        told = {
            (way.method, way.route): await asking.let_through(
                way,
                *((FORM, TOKEN_FORM) if "oauth" in way.route or "open311" in way.route else (JSON, b"{}")),
                most=WRITES,
            )
            for way in programs
        }
        alive = Way(method="POST", route="/health/live", is_page=False)
        assert await asking.let_through(alive, JSON, b"{}", WRITES) == WRITES + 1
    assert set(UNCOUNTED) == {alive.route}
    assert told == {(way.method, way.route): min(WRITES, FINER.get(way.route, WRITES)) for way in programs}
    assert len(told) > 50 and set(FINER) <= {way.route for way in programs}


async def test_people_without_an_account_are_counted_on_every_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = {
        **{route: SIGN_INS_PER_MINUTE_MAX for route, _ in ENTRANCES},
        **{f"/{{area}}/{page.path}": page.posts_per_minute_max for one in SERVICES for page in one.pages},
    }
    async with standing_still(tmp_path, monkeypatch, {}) as (asking, found):
        pages = [way for way in found if way.is_page and way.method == "POST"]
        told: dict[str, int] = {}
        for way in pages:
            headers = {**FORM, "cookie": await _cookie(asking)}
            told[way.route] = await asking.let_through(way, headers, b"", POSTS_PER_ADDRESS_MAX)
        assert told == {way.route: declared.get(way.route, POSTS_PER_MINUTE_MAX) for way in pages}
        assert len(told) > 40 and {route for route, _ in ENTRANCES} <= told.keys()
        # a page with a limit of its own is known by how its path ends, so that must not be for the sender to choose
        own = [route for route in told if declared.get(route, POSTS_PER_MINUTE_MAX) != POSTS_PER_MINUTE_MAX]
        assert own and not [route for route in own if "}" in route.rsplit("/", 1)[-1]]

        # without a cookie each is another browser, and the address is counted over all pages together
        client, passed = asking.address(), 0
        calm = [way for way in pages if way.route not in own]
        for number in range(POSTS_PER_ADDRESS_MAX + len(calm)):
            status = await asking.send(calm[number % len(calm)], client, FORM)
            passed += status != 429
        assert passed == POSTS_PER_ADDRESS_MAX


async def _cookie(asking: Asking) -> str:
    """The cookie of a browser that has looked at a page."""
    exchange = Exchange(b"")
    scope = Scope("GET", f"/{AREA}/about", "", {"host": "127.0.0.1:8000"}, asking.address())
    await asking._node.node.front.__rsgi__(scope, exchange)
    kept = dict(exchange.reply.headers)["set-cookie"]
    return kept.partition(";")[0]
