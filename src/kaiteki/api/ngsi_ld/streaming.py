"""Notifications as server-sent events, for browsers and for readers behind a firewall (WHATWG HTML, section 9.2; an extension)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

from kaiteki.api.exchange import Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.subscribing import holder_of
from kaiteki.api.ngsi_ld.task import EXPOSED, OPEN_TO_ALL, Task
from kaiteki.broker.streaming import follow
from kaiteki.broker.subscriptions import retrieve_subscription
from kaiteki.model.problem import Problem

RETRY_MS: Final = 2000
"""After how long a browser asks again when a stream broke off."""
HEADERS: Final = (
    ("content-type", "text/event-stream"),
    ("cache-control", "no-store"),
    ("x-accel-buffering", "no"),
    OPEN_TO_ALL,
    EXPOSED,
)


async def stream(desk: Desk, task: Task) -> Reply:
    """GET /subscriptions/{id}/stream."""
    holder = holder_of(desk, task)
    kept = await retrieve_subscription(desk.watchers, holder, task.place.id)
    told = task.ask.header("last-event-id")
    if told is not None and not (told.isascii() and told.isdigit() and len(told) < 16):
        raise Problem("BadRequestData", "Last-Event-ID is the id of an event of this stream", "Last-Event-ID")
    desk.streams.check(holder.account)
    number = int(told) if told is not None else await desk.plane.events.last()

    async def parts() -> AsyncGenerator[bytes]:
        desk.streams.take(holder.account)
        try:
            yield b"retry: %d\nid: %d\n\n" % (RETRY_MS, number)
            async for at, body in follow(desk.mailing, kept.key, number):
                yield b"id: %d\n\n" % at if body is None else b"id: %d\ndata: %b\n\n" % (at, body)
        finally:
            desk.streams.leave(holder.account)

    return Reply(200, list(HEADERS), parts=parts())
