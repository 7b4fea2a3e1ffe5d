"""One exchange over HTTP as the handlers see it: what was asked, what is answered. Only the front knows the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from typing import Protocol, TypeAlias

import msgspec

from kaiteki.api.uses import Use
from kaiteki.model.problem import Problem

BODY_SIZE_MAX_BYTES = 2_000_000
"""The largest body of an NGSI-LD or command request; nothing of more is kept."""

REST_SIZE_MAX_BYTES = 50_000_000
"""How much of a body is read for nothing; as much as the largest body that any page takes."""

PATH_LENGTH_MAX = 4096
QUERY_LENGTH_MAX = 16_384
"""Characters of a path and of the query text behind it."""

BODY_TIMEOUT_S = 30
"""How long a body may take to arrive."""

Headers: TypeAlias = list[tuple[str, str]]


SAFE: tuple[tuple[str, str], ...] = (
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
)
"""What every answer of the data plane carries: it is no page, so a browser that opens it may do nothing with it, in no frame."""


class Reply(msgspec.Struct, frozen=True):
    """An answer: status, headers (names in lower case, content-length is the server's) and the whole body.

    `parts` is a body that comes in parts instead, for as long as somebody reads it. `use` is the count of answers like it, where
    the answer itself is given again.
    """

    status: int
    headers: Headers
    body: bytes = b""
    parts: AsyncGenerator[bytes] | None = None
    use: Use | None = None


class HeaderMap(Protocol):
    """The headers of a request; names are asked in lower case."""

    def get(self, key: str, /) -> str | None: ...

    def items(self) -> Iterable[tuple[str, str]]: ...


class Body(Protocol):
    """The body of a request that is still to come: called, it comes whole; iterated, in chunks."""

    def __call__(self) -> Awaitable[bytes]: ...

    def __aiter__(self) -> AsyncIterator[bytes]: ...


class Ask(msgspec.Struct, frozen=True):
    """A request. `path` is decoded, `query` is the raw text behind `?`; the body is read only when it is wanted.

    The parts of an answer to a request by a WebSocket are its messages.
    """

    method: str
    path: str
    query: str
    headers: HeaderMap
    coming: Body
    client: str = ""
    by_socket: bool = False

    def header(self, name: str) -> str | None:
        """A header by its lower-case name."""
        return self.headers.get(name)

    async def body(self, size_max_bytes: int = BODY_SIZE_MAX_BYTES) -> bytes:
        """The whole body; refuses with PayloadTooLarge what is larger than the limit.

        A body that does not arrive within BODY_TIMEOUT_S is refused with RequestTimeout.
        """
        told = self.headers.get("content-length")
        known = told is not None and told.isdigit()
        if told is not None and known and int(told) > size_max_bytes:
            raise _too_large(size_max_bytes)
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                # the server takes no more than was told; a whole body costs a third of one in chunks
                return await (self.coming() if known else self._chunks(size_max_bytes))
        except TimeoutError:
            raise Problem(
                "RequestTimeout", f"the body did not arrive within {BODY_TIMEOUT_S} s", "body"
            ) from None

    async def _chunks(self, size_max_bytes: int) -> bytes:
        read, come_bytes = bytearray(), 0
        async for chunk in self.coming:
            come_bytes += len(chunk)
            if come_bytes <= size_max_bytes:
                read += chunk
            elif come_bytes > REST_SIZE_MAX_BYTES:
                break
        # one that is too large is read to its end for nothing: who is still sending would not hear the answer
        if come_bytes > size_max_bytes:
            raise _too_large(size_max_bytes)
        return bytes(read)


def _too_large(size_max_bytes: int) -> Problem:
    return Problem("PayloadTooLarge", f"the body may have at most {size_max_bytes} bytes", "body")


Handler: TypeAlias = Callable[[Ask], Awaitable[Reply]]
"""How a path is answered: expected refusals are raised as `Problem`, the front turns them into problem details."""
