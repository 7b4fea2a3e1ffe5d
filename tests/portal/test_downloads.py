"""A streamed answer: named, sent part by part, and closed when its reader goes away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from kaiteki.portal.answers import Download

PARTS = [b"a", b"b", b"c"]


class Written:
    """Parts that tell how many were made and whether they were closed."""

    def __init__(self) -> None:
        self.made = 0
        self.closed = False

    async def parts(self) -> AsyncGenerator[bytes, None]:
        try:
            for part in PARTS:
                self.made += 1
                yield part
        finally:
            self.closed = True


async def sent_to(written: Written, leaves_after: int) -> list[dict[str, Any]]:
    """What a reader got who leaves when so many parts with something in them have come."""
    left = asyncio.Event()
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        messages.append(dict(message))
        if sum(bool(one.get("body")) for one in messages) >= leaves_after:
            left.set()
            await asyncio.Event().wait()

    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "method": "GET"}
    await Download(written.parts(), "text/csv; charset=utf-8", "表.csv")(scope, receive, send)
    return messages


async def test_a_download_is_sent_part_by_part_under_its_name() -> None:
    written = Written()
    first, *bodies = await sent_to(written, leaves_after=99)
    assert dict(first["headers"]) == {
        b"content-disposition": b"attachment; filename*=UTF-8''%E8%A1%A8.csv",
        b"content-type": b"text/csv; charset=utf-8",
    }
    assert [body["body"] for body in bodies] == [*PARTS, b""]
    assert (written.made, written.closed) == (3, True)


async def test_a_reader_who_leaves_ends_the_making_of_parts() -> None:
    written = Written()
    await sent_to(written, leaves_after=2)
    assert (written.made, written.closed) == (2, True)
