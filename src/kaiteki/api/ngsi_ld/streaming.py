"""Notifications as server-sent events (WHATWG HTML, section 9.2) or by WebSocket, for browsers and for readers behind a firewall (an extension)."""

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
    if kept.owner != holder.account:
        raise Problem("Forbidden", "a stream is read by who made its subscription", "subscriptionId")
    told = task.parameters.get("lastEventId", task.ask.header("last-event-id"))
    by_socket = task.ask.by_socket
    if told is not None and not (told.isascii() and told.isdigit() and len(told) < 16):
        raise Problem("BadRequestData", "Last-Event-ID is the id of an event of this stream", "Last-Event-ID")
    desk.streams.check(holder.account)
    newest = await desk.plane.events.last()
    number = int(told) if told is not None else newest
    if number > newest:
        raise Problem(
            "BadRequestData",
            f"the newest event has the id {newest}, none has {number} yet; ask without Last-Event-ID",
            "Last-Event-ID",
        )

    async def parts() -> AsyncGenerator[bytes]:
        desk.streams.take(holder.account)
        try:
            yield _message(number, None) if by_socket else b"retry: %d\nid: %d\n\n" % (RETRY_MS, number)
            async for at, body in follow(desk.mailing, kept.key, number, holder.terms):
                yield _message(at, body) if by_socket else _event(at, body)
        finally:
            desk.streams.leave(holder.account)

    return Reply(200, list(HEADERS), parts=parts())


def _event(number: int, body: bytes | None) -> bytes:
    """A notification as a server-sent event; without a body only how far the stream is."""
    return b"id: %d\n\n" % number if body is None else b"id: %d\ndata: %b\n\n" % (number, body)


def _message(number: int, body: bytes | None) -> bytes:
    """The same as a message of a WebSocket."""
    return b'{"id":"%d"}' % number if body is None else b'{"id":"%d","notification":%b}' % (number, body)
