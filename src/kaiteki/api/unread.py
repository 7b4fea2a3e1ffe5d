"""What is left of a body when the answer is known: it is read to its end and thrown away, or the connection says that it ends.

A server that answers before it has read a body has to end the connection, and what still arrives then resets it: the client may
lose the answer, or its next request. Granian lets go of a body as soon as an answer begins, so this happens before (RFC 9112 clause 9.3).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final, NamedTuple

from granian._granian import RSGIProtocolClosed, RSGIProtocolError

from kaiteki.api.exchange import REST_SIZE_MAX_BYTES, HeaderMap, Headers
from kaiteki.api.rsgi import Exchange, Scope

REST_TIMEOUT_S: Final = 10
"""How long the rest of a body may take to arrive."""
CLOSE: Final = ("connection", "close")
_CUT_OFF: Final = frozenset({408, 413})
"""Answers to bodies that may have been read in part."""


def announces_body(headers: HeaderMap) -> bool:
    """Whether a request says that it has a body."""
    return headers.get("content-length") not in (None, "0") or headers.get("transfer-encoding") is not None


class Rest(NamedTuple):
    """What an answer needs for what is left of the body: headers, and what still comes where the connection ends behind it."""

    headers: Headers
    coming: AsyncIterator[bytes] | None = None

    async def linger(self) -> None:
        """Take what still comes, so that the end of the connection does not reset it before the answer was heard."""
        if self.coming is not None:
            await _take(self.coming)


NOTHING_LEFT: Final = Rest([])


async def settle(scope: Scope, proto: Exchange, status: int) -> Rest:
    """Read what a handler left of the body, before its answer begins."""
    if not announces_body(scope.headers):
        return NOTHING_LEFT
    try:
        coming = proto.__aiter__()
    except RSGIProtocolError:
        # somebody has begun to read it; who was refused under way has a connection that ends
        return closing(scope) if status in _CUT_OFF else NOTHING_LEFT
    return await read_out(scope, coming)


async def read_out(scope: Scope, coming: AsyncIterator[bytes]) -> Rest:
    """Read a body to its end and throw it away, where that does not take too much."""
    if scope.headers.get("expect") is not None:
        # who asks before sending is told not to send
        return closing(scope)
    told = scope.headers.get("content-length") or ""
    if told.isdigit() and int(told) > REST_SIZE_MAX_BYTES:
        return closing(scope, coming)
    return NOTHING_LEFT if await _take(coming) else closing(scope)


async def _take(coming: AsyncIterator[bytes]) -> bool:
    """Throw away what comes; whether that was all."""
    read_bytes = 0
    try:
        async with asyncio.timeout(REST_TIMEOUT_S):
            # not `async for`: the server hands out the body once, and its iterator is no iterable
            while read_bytes <= REST_SIZE_MAX_BYTES:
                read_bytes += len(await anext(coming))
    except StopAsyncIteration:
        return True
    except (TimeoutError, RSGIProtocolClosed):
        return False
    return False


def closing(scope: Scope, coming: AsyncIterator[bytes] | None = None) -> Rest:
    """The connection ends behind the answer. HTTP/2 ends its streams by itself and has no such header."""
    return Rest([CLOSE] if scope.http_version.startswith("1") else [], coming)
