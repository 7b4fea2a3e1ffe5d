"""Asking context sources over connections that stay open, with the rules of the guarded client.

Every address of a host is checked when a connection is made, and the connection goes to a checked one. Redirects are not followed, cookies not
kept, proxies not used.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp
import yarl
from aiohttp.abc import AbstractResolver, ResolveResult

from kaiteki.main.addresses import PORTS, checked_url
from kaiteki.ports.outgoing import Answered, Question, Unreachable

CONNECTIONS_MAX: Final = 32
"""Connections of one area to all sources together."""
CONNECTIONS_PER_HOST_MAX: Final = 8
CHUNK_BYTES: Final = 65_536

CheckedAddress = Callable[[str, str, int], Awaitable[str]]
"""(area, host, port) -> an address of the host that may be connected to; raises Unreachable."""


class _Checked(AbstractResolver):
    """Finds hosts as the guarded client does, in the name of an area."""

    def __init__(self, area: str, checked_address: CheckedAddress) -> None:
        self._area = area
        self._checked_address = checked_address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The one address to connect to."""
        address = await self._checked_address(self._area, host, port)
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST
            )
        ]

    async def close(self) -> None:
        """Nothing is held."""


class Asker:
    """Asks context sources; one set of connections for each area."""

    def __init__(self, checked_address: CheckedAddress) -> None:
        self._checked_address = checked_address
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def ask(self, question: Question) -> Answered:
        """One request and its answer. Raises Unreachable."""
        parts = checked_url(question.url)
        host = parts.hostname or ""
        try:
            # a host that is an address is not resolved, so it is checked here
            await self._checked_address(question.area, host, parts.port or PORTS[parts.scheme])
            return await self._ask(question, parts.geturl())
        except TimeoutError:
            raise Unreachable(f"{host} took longer than {question.timeout_s:g} seconds") from None
        except (aiohttp.ClientError, OSError, UnicodeError, ValueError) as error:
            raise Unreachable(f"{host} cannot be reached: {type(error).__name__}") from None

    async def _ask(self, question: Question, url: str) -> Answered:
        session = self._session(question.area)
        async with session.request(
            question.method,
            yarl.URL(url, encoded=True),
            headers=(*question.headers, ("Accept-Encoding", "identity")),
            data=question.body or None,
            timeout=aiohttp.ClientTimeout(total=question.timeout_s),
            allow_redirects=False,
        ) as answer:
            if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise Unreachable("the answer is packed, which nobody asked for")
            read = bytearray()
            async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                read += chunk
                if len(read) > question.size_max_bytes:
                    raise Unreachable(f"the answer is larger than {question.size_max_bytes} bytes")
            headers: dict[str, str] = {}
            for name, value in answer.headers.items():
                headers.setdefault(name.lower(), value)
            return Answered(answer.status, headers, bytes(read))

    def _session(self, area: str) -> aiohttp.ClientSession:
        session = self._sessions.get(area)
        if session is None:
            session = self._sessions[area] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=CONNECTIONS_MAX,
                    limit_per_host=CONNECTIONS_PER_HOST_MAX,
                    resolver=_Checked(area, self._checked_address),
                    use_dns_cache=False,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                # a few bytes may unpack to more than fits into memory
                auto_decompress=False,
                skip_auto_headers=("User-Agent", "Content-Type"),
            )
        return session

    async def close(self) -> None:
        """Let go of all connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()
