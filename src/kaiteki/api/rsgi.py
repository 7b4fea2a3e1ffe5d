"""The interface between server and front, as types: the part of RSGI 1.x that Kaiteki uses (Granian's specification)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import Protocol

from kaiteki.api.exchange import HeaderMap, Headers


class Scope(Protocol):
    """What is known of a request before its body."""

    proto: str
    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str

    @property
    def headers(self) -> HeaderMap: ...


class Stream(Protocol):
    """An answer in parts."""

    async def send_bytes(self, data: bytes) -> None: ...


class Exchange(Protocol):
    """The connection of one request: its body, whole (called) or in chunks (iterated), and one answer."""

    def __call__(self) -> Awaitable[bytes]: ...

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def client_disconnect(self) -> None: ...

    def response_empty(self, status: int, headers: Headers) -> None: ...

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None: ...

    def response_stream(self, status: int, headers: Headers) -> Stream: ...


class SocketMessage(Protocol):
    """What a client sent: `kind` 0 is its end, all others have data (bytes or a text)."""

    kind: int
    data: bytes | str


class SocketTransport(Protocol):
    """A WebSocket that is open."""

    async def receive(self) -> SocketMessage: ...

    async def send_str(self, data: str) -> None: ...


class Socket(Protocol):
    """A WebSocket that is asked for; `close` before `accept` refuses it with an HTTP status."""

    async def accept(self) -> SocketTransport: ...

    def close(self, status: int | None = None) -> None: ...
