"""Streams of open pages (server-sent events, WHATWG HTML 9.2): whoever has a page open hears that it would show something else now.

What is sent is the version of the page and nothing of what changed: the browser reads the page anew, and each read is decided as every
other one. So a stream holds no queue either: a reader who was slow, or away, hears of the newest version alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final

import msgspec
import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Send

from kaiteki.kit.engine import Asking
from kaiteki.kit.live import Live
from kaiteki.kit.manifest import Page, Service
from kaiteki.kit.pages import PageAsk
from kaiteki.kit.views import expand_name
from kaiteki.model.access import NOBODY
from kaiteki.portal.answers import Stop
from kaiteki.portal.downloads import Sent
from kaiteki.portal.guard import BROWSER_COOKIE, SESSION_COOKIE
from kaiteki.portal.open_pages import Hub, Pace, Reader
from kaiteki.portal.site import Site
from kaiteki.portal.visit import Visit
from kaiteki.ports.outage import StoreAway

VERSION_LENGTH_MAX: Final = 64
_log = structlog.get_logger("kaiteki.live")


class Told(Sent):
    """A stream whose reader is waited for only so long."""

    slow_s = Pace().slow_s

    async def stream_response(self, send: Send) -> None:
        """Send the parts; a reader who takes none for too long is left."""

        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(self.slow_s):
                await send(message)

        try:
            await super().stream_response(send_in_time)
        except TimeoutError as slow:
            _log.info("the reader of an open page was too slow and was cut off")
            raise ClientDisconnect from slow


def stream_of(hub: Hub) -> Callable[[Visit, Service, Page], Awaitable[Response]]:
    """What `/{area}/live/{page}` answers to somebody who may open the page."""

    async def answer(visit: Visit, service: Service, page: Page) -> Response:
        live = page.live
        if live is None or visit.request.method not in ("GET", "HEAD"):
            raise Stop(404)
        if page.at_desk:
            visit.look()
        look = _look_of(hub, visit, service, page)
        if not await look():
            raise Stop(404)
        marks = _marks(visit)
        if hub.is_full(marks):
            raise Stop(429)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        if visit.request.method == "HEAD":
            return Response(None, 200, headers, "text/event-stream")
        told = visit.request.headers.get("last-event-id") or visit.query.get("version", "")
        types = frozenset(expand_name(one) for one in live.types)
        reader = Reader(visit.area.name if visit.area else "", types)
        stream = Told(
            _parts(hub, (reader, marks), told[:VERSION_LENGTH_MAX], look), "text/event-stream", headers
        )
        stream.slow_s = hub.pace.slow_s
        return stream

    return answer


async def _parts(
    hub: Hub,
    taken: tuple[Reader, tuple[tuple[str, str], ...]],
    told: str,
    look: Callable[[], Awaitable[str]],
) -> AsyncGenerator[bytes, None]:
    """The events of one stream. It ends with the node, with its time, and when whoever reads may not look any more."""
    pace, loop, (reader, marks) = hub.pace, asyncio.get_running_loop(), taken
    await hub.join(reader, marks)
    try:
        ends_s = loop.time() + pace.life_s
        spread_ms = hash(reader) // 16 % max(1, pace.retry_spread_ms)
        yield b"retry: %d\n\n" % (pace.retry_ms + spread_ms)
        while not hub.closed and loop.time() < ends_s:
            version = await look()
            if not version:
                return
            if version != told:
                told = version
                yield b'id: %b\nevent: changed\ndata: {"version":"%b"}\n\n' % ((version.encode(),) * 2)
            else:
                yield b"event: here\ndata: 1\n\n"
            await asyncio.sleep(pace.rest_s)
            await reader.wait(pace.heartbeat_s)
    except StoreAway as away:
        _log.debug("a stream ends", why=str(away))
    finally:
        hub.leave(reader, marks)


def _marks(visit: Visit) -> tuple[tuple[str, str], ...]:
    """By what the streams of a visitor are counted. Who has no cookie yet is known by the address alone."""
    address = visit.request.client.host if visit.request.client else ""
    known = visit.account or (visit.who.browser if BROWSER_COOKIE in visit.request.cookies else "")
    principal = (("of", known),) if known else ()
    return (("area", visit.area.name if visit.area else ""), ("from", address), *principal)


def _look_of(hub: Hub, visit: Visit, service: Service, page: Page) -> Callable[[], Awaitable[str]]:
    """How the version of a page is found: for those who look, or once for all; empty when they may not look any more."""
    live, site = page.live, visit.site
    if live is None:
        raise LookupError(page.path)
    path = {key: str(value) for key, value in visit.request.path_params.items() if key != "area"}
    token, account = visit.request.cookies.get(SESSION_COOKIE, ""), visit.account
    ask = visit.ask(service, path)
    asked = {name: value for name, value in ask.query.items() if name != "version"}
    key = (ask.area, page.path, tuple(path.items()), tuple(sorted(asked.items())))

    async def look_for_all() -> str:
        return await live.version(_of_nobody(site, ask))

    async def look() -> str:
        if token and not await _still(site, token, account):
            return ""
        if not live.personal:
            return await hub.shared(key, look_for_all)
        visit.__dict__.pop("city", None)
        return await _as_oneself(visit, service, live, ask)

    return look


async def _as_oneself(visit: Visit, service: Service, live: Live, ask: PageAsk) -> str:
    """The version of a page as whoever looks sees it now."""
    await visit.city.introduce(service.name)
    return await live.version(msgspec.structs.replace(ask, now=visit.site.parts.clock.now(), city=visit.city))


def _of_nobody(site: Site, ask: PageAsk) -> PageAsk:
    """The same asked by somebody whom nobody knows."""
    city = site.parts.city(Asking(ask.area, NOBODY, "ja"))
    return msgspec.structs.replace(
        ask, person=NOBODY, browser="", language="ja", city=city, now=site.parts.clock.now()
    )


async def _still(site: Site, token: str, account: str) -> bool:
    """Whether who was signed in still is."""
    known = await site.parts.identity.visit(token)
    return (known.account.id if known is not None else "") == account
