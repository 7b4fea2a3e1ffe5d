"""ASGI behind RSGI: lets a Starlette application answer what the raw handlers do not (ASGI 3.0, HTTP only)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from string import punctuation
from typing import Any, TypeAlias
from urllib.parse import quote

from granian._granian import RSGIProtocolClosed

from kaiteki.api.exchange import Headers
from kaiteki.api.proxies import Proxies
from kaiteki.api.rsgi import Exchange, Scope, Stream
from kaiteki.api.unread import NOTHING_LEFT, Rest, announces_body, closing, read_out

Message: TypeAlias = MutableMapping[str, Any]
ASGIApp: TypeAlias = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]

BRIDGED_BODY_SIZE_MAX_BYTES = 50_000_000
"""The largest body that any page takes; forms with photos set lower limits of their own."""

HUNG_UP_STATUS = 499
"""What is counted where whoever asked hung up before the body was there whole; nobody reads it."""


class ReaderLeft(Exception):
    """Nobody takes the rest of a stream; whoever makes it ends here, and it is no fault."""


class _Bridged:
    """One exchange: hands the body in as chunks and the answer out, streamed when it comes in more than one part."""

    def __init__(self, scope: Scope, proto: Exchange, further: Sequence[tuple[str, str]]) -> None:
        self._scope = scope
        self._proto = proto
        self._further = further
        self._chunks: AsyncIterator[bytes] = proto.__aiter__()
        self._read_bytes = 0
        self._read_all = False
        self.left: Rest | None = None
        """What the answer says of a body that was not read to its end; None as long as nobody has looked."""
        self.status = 0
        self._headers: Headers = []
        self._stream: Stream | None = None
        self.answered = False
        self.hung_up = False
        """Whether the body ended before it was whole."""

    @property
    def begun(self) -> bool:
        """Whether anything of the answer went out."""
        return self.answered or self._stream is not None

    async def receive(self) -> Message:
        if self._read_all:
            await self._proto.client_disconnect()
            return {"type": "http.disconnect"}
        try:
            chunk = await anext(self._chunks)
        except StopAsyncIteration:
            self._read_all = True
            return {"type": "http.request", "body": b"", "more_body": False}
        except RSGIProtocolClosed:
            self._read_all = self.hung_up = True
            return {"type": "http.disconnect"}
        self._read_bytes += len(chunk)
        if self._read_bytes > BRIDGED_BODY_SIZE_MAX_BYTES:
            self._read_all = True
            self.left = closing(self._scope, self._chunks)
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": bytes(chunk), "more_body": True}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._headers = [
                (k.decode("latin-1"), v.decode("latin-1")) for k, v in message.get("headers", ())
            ]
            self._headers += self._further
            return
        if message["type"] != "http.response.body" or self.answered:
            return
        if not self.begun:
            await self._settle()
        body, more = bytes(message.get("body", b"")), bool(message.get("more_body", False))
        if self._stream is None and not more:
            self._proto.response_bytes(self.status, self._headers, body)
            self.answered = True
            return
        if self._stream is None:
            # the server frames a stream by itself; a length of ours beside chunks would be two truths
            headers = [(k, v) for k, v in self._headers if k != "content-length"]
            self._stream = self._proto.response_stream(self.status, headers)
        if body:
            try:
                await self._stream.send_bytes(body)
            except RSGIProtocolClosed as closed:
                raise ReaderLeft from closed
        self.answered = not more

    async def _settle(self) -> None:
        """Read what the application left of the body before the answer begins."""
        if self.left is None:
            is_left = not self._read_all and announces_body(self._scope.headers)
            self.left = await read_out(self._scope, self._chunks) if is_left else NOTHING_LEFT
        self._headers = [*self._headers, *self.left.headers]


def _address(text: str) -> tuple[str, int] | None:
    host, _, port = text.rpartition(":")
    return (host.removeprefix("[").removesuffix("]"), int(port)) if port.isdigit() else None


def _client(scope: Scope, proxies: Proxies) -> tuple[str, int] | None:
    """Who asks: the other end of the connection, or who stands behind it when that is a proxy of the operator."""
    peer = _address(scope.client)
    if peer is None or not proxies.any:
        return peer
    forwarded = [value for name, value in scope.headers.items() if name == "x-forwarded-for"]
    return proxies.sender(peer[0], forwarded), peer[1]


def _scheme(scope: Scope, proxies: Proxies) -> str:
    """What the browser speaks, which is not what a proxy that ends TLS speaks with us."""
    peer = _address(scope.client)
    if peer is None or not proxies.any:
        return scope.scheme
    said = [value for name, value in scope.headers.items() if name == "x-forwarded-proto"]
    return proxies.scheme(peer[0], scope.scheme, said)


def _asgi_scope(scope: Scope, proxies: Proxies) -> Message:
    path = scope.path
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": scope.http_version,
        "method": scope.method,
        "scheme": _scheme(scope, proxies),
        "path": path,
        "raw_path": quote(path, safe="/:@!$&'()*+,;=~").encode("ascii"),
        "query_string": _query(scope.query_string),
        "root_path": "",
        "headers": [(k.encode("latin-1"), v.encode("latin-1", "replace")) for k, v in scope.headers.items()],
        "client": _client(scope, proxies),
        "server": _address(scope.server),
        "state": {},
        "extensions": {},
    }


def _query(text: str) -> bytes:
    """A query as it was sent; what is not ASCII in it as browsers send it, percent-encoded UTF-8."""
    return (text if text.isascii() else quote(text, safe=punctuation + " ", errors="replace")).encode("ascii")


class BrokenOff(Exception):
    """An answer failed after its first part was sent, so that no other answer can be given any more."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


async def serve_asgi(
    app: ASGIApp, scope: Scope, proto: Exchange, proxies: Proxies, further: Sequence[tuple[str, str]] = ()
) -> int:
    """Let an ASGI application answer one request; the answer is the status it sent (0 when it sent none). `further` are headers that every answer gets.

    Where whoever asked hung up in the middle of the body, it is HUNG_UP_STATUS, whatever the application made of that. A stream that its reader left counts as sent; one that fails under way raises BrokenOff with the bug as its cause.
    """
    bridged = _Bridged(scope, proto, further)
    try:
        await app(_asgi_scope(scope, proxies), bridged.receive, bridged.send)
    except ReaderLeft:
        return bridged.status
    except Exception as bug:
        if bridged.hung_up:
            return HUNG_UP_STATUS
        if bridged.begun:
            raise BrokenOff(bridged.status) from bug
        raise
    if bridged.hung_up:
        return HUNG_UP_STATUS
    if bridged.left is not None and bridged.begun:
        await bridged.left.linger()
    return bridged.status if bridged.begun else 0
