"""WebSockets (RFC 6455): a surface answers them as it answers a request, in parts, and each part is one message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final
from urllib.parse import urlsplit

import structlog
from granian._granian import RSGIProtocolClosed, RSGIProtocolError

from kaiteki.api.exchange import Ask, HeaderMap, Reply
from kaiteki.api.problems import refuse
from kaiteki.api.rsgi import Scope, Socket, SocketTransport
from kaiteki.model.problem import Problem

SLOW_S: Final = 20.0
"""How long a message may wait for its reader; then the connection ends. It can be resumed behind the last message that arrived."""
HEARD_MAX: Final = 1000
"""Messages that a client may send on one connection. They mean nothing."""
HEARD_BYTES_MAX: Final = 65_536
"""How large these may be together. One message is in memory whole before it is seen: the server takes up to 64 MiB and lets nobody say less."""
_ENDED: Final = '{"ended":true}'


class NoBody:
    """The body of a request for a WebSocket."""

    async def __call__(self) -> bytes:
        return b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in ():
            yield part


def ask_of_socket(scope: Scope) -> Ask:
    """The request that asked for a WebSocket."""
    return Ask("GET", scope.path, scope.query_string, scope.headers, NoBody(), scope.client, by_socket=True)


def check_origin(headers: HeaderMap) -> None:
    """Refuse a page of another origin that has a browser send the cookies of this one. Raises Forbidden.

    A page may open a WebSocket to any origin and read it, so cookies alone do not say who asks.
    """
    origin = headers.get("origin")
    if origin is None or headers.get("cookie") is None:
        return
    try:
        netloc = urlsplit(origin).netloc
    except ValueError:
        netloc = ""
    if not netloc or netloc.lower() != (headers.get("host") or "").lower():
        raise Problem("Forbidden", "a page of another origin cannot use this session", "Origin")


def refusal(ask: Ask) -> Reply | None:
    """Why a WebSocket is not opened whatever it asks for, None where it may be."""
    try:
        check_origin(ask.headers)
    except Problem as problem:
        return refuse(problem)
    return None


async def flow_by_socket(reply: Reply, socket: Socket, slow_s: float = SLOW_S) -> None:
    """Answer by a WebSocket: refuse it where the answer has no parts, else send each as a message until they end or the reader leaves."""
    if reply.parts is None:
        socket.close(reply.status if reply.status >= 400 else 400)
        return
    try:
        transport = await socket.accept()
        sending = asyncio.create_task(_send(reply.parts, transport, slow_s))
        hearing = asyncio.create_task(_hear(transport))
        await asyncio.wait((sending, hearing), return_when=asyncio.FIRST_COMPLETED)
        for task in (sending, hearing):
            task.cancel()
        for failure in await asyncio.gather(sending, hearing, return_exceptions=True):
            _tell(failure)
    finally:
        await reply.parts.aclose()
        socket.close()


async def _send(parts: AsyncGenerator[bytes], transport: SocketTransport, slow_s: float) -> None:
    async for part in parts:
        async with asyncio.timeout(slow_s):
            await transport.send_str(part.decode())
    async with asyncio.timeout(slow_s):
        await transport.send_str(_ENDED)


async def _hear(transport: SocketTransport) -> None:
    """Wait for the end that a client makes, or for more than it has a reason to send."""
    heard_bytes = 0
    for _ in range(HEARD_MAX):
        message = await transport.receive()
        if message.kind == 0:
            return
        heard_bytes += len(message.data)
        if heard_bytes > HEARD_BYTES_MAX:
            return


def _tell(failure: BaseException | None) -> None:
    """Log why a connection ended, where it is worth a word."""
    log = structlog.get_logger("kaiteki.sockets")
    if isinstance(failure, TimeoutError):
        log.info("the reader of a stream was too slow and was cut off")
    elif isinstance(failure, RSGIProtocolClosed | RSGIProtocolError):
        log.debug("the reader of a stream left")
    elif isinstance(failure, Exception):
        log.error("broken off", exc_info=failure)
