"""The one guarded client: fetches what users name, from public addresses only, with limits of size, time and redirects.

Every address of the host is checked, the connection goes to a checked one (so a second look-up cannot change it), and each
redirect is checked anew. No secrets, cookies or proxies are sent along.
"""

from __future__ import annotations

import asyncio
import http.client
import socket
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any, Final
from urllib.parse import SplitResult, urljoin

import msgspec

from kaiteki.main import questions
from kaiteki.main.addresses import PORTS, checked_url, trusted
from kaiteki.main.mqtt import MqttPostman
from kaiteki.main.posting import Postman
from kaiteki.main.resolving import LookUp, Resolver, look_up
from kaiteki.model.entity import Json
from kaiteki.ports.outgoing import Answered, Letter, Question, Unreachable

DOCUMENT_SIZE_MAX_BYTES: Final = 1_000_000
FETCHES_AT_ONCE: Final = 8
"""Addresses that are asked at the same time; whoever asks for more waits, within the same total time."""
TIMEOUT_S: Final = 5.0
TOTAL_TIMEOUT_S: Final = 15.0
REDIRECTS_MAX: Final = 3
_ACCEPTED: Final = "application/ld+json, application/json"


class GuardedClient:
    """Fetches what stands at addresses. `allowed_hosts` are asked whatever theirs are.

    `receivers` are the hosts that may be posted to in the name of an area, whatever their address is.
    """

    def __init__(
        self,
        allowed_hosts: frozenset[str] = frozenset(),
        receivers: Mapping[str, frozenset[str]] | None = None,
        finds: LookUp = look_up,
    ) -> None:
        self._resolver = Resolver({"": allowed_hosts}, finds)
        self._postman = Postman(receivers or {}, finds)
        self._mqtt: MqttPostman | None = None
        self._asker: questions.Asker | None = None
        self._slots = asyncio.Semaphore(FETCHES_AT_ONCE)

    def forbids(self, area: str, url: str) -> bool:
        """Whether an address stands for a private network that the area does not know as its own."""
        return self._postman.resolver.forbids(area, url)

    def send(self, letter: Letter) -> Coroutine[Any, Any, int]:
        """POST a letter; the status of the answer. Raises Unreachable."""
        if not letter.url.lower().startswith("mqtt"):
            return self._postman.send(letter)
        if self._mqtt is None:
            self._mqtt = MqttPostman(self._postman.resolver.checked_address)
        return self._mqtt.send(letter)

    async def ask(self, question: Question) -> Answered:
        """Ask a context source. Raises Unreachable."""
        if self._asker is None:
            self._asker = questions.Asker(self._postman.resolver.checked_address)
        return await self._asker.ask(question)

    async def close(self) -> None:
        """Let go of connections that are kept open."""
        self._postman.close()
        if self._asker is not None:
            await self._asker.close()
        if self._mqtt is not None:
            await self._mqtt.close()

    async def fetch_bytes(self, url: str, accept: str, size_max_bytes: int) -> bytes:
        """The bytes at an address, at most so many; raises Unreachable."""
        fetching = _Fetching(self._resolver, accept, size_max_bytes)
        try:
            async with asyncio.timeout(TOTAL_TIMEOUT_S), self._slots:
                return await asyncio.to_thread(fetching.fetch, url)
        except TimeoutError:
            raise Unreachable(f"{url[:200]} took longer than {TOTAL_TIMEOUT_S:g} seconds") from None
        finally:
            # the thread would go on for as long as the other side drips
            fetching.abandon()

    async def fetch_json(self, url: str) -> Json:
        """The JSON document at an address; raises Unreachable."""
        body = await self.fetch_bytes(url, _ACCEPTED, DOCUMENT_SIZE_MAX_BYTES)
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            raise Unreachable(f"{url[:200]} is no JSON document") from None


class _Fetching:
    """One document on its way, by whatever redirects. `abandon` ends it from another thread."""

    def __init__(self, resolver: Resolver, accept: str, size_max_bytes: int) -> None:
        self._resolver = resolver
        self._accept = accept
        self._size_max_bytes = size_max_bytes
        self._socket: socket.socket | None = None
        self._is_over = False

    def fetch(self, url: str) -> bytes:
        """The bytes at an address. Raises Unreachable."""
        for _ in range(REDIRECTS_MAX + 1):
            answer = self._ask(checked_url(url))
            if isinstance(answer, bytes):
                return answer
            url = urljoin(url, answer)
        raise Unreachable(f"more than {REDIRECTS_MAX} redirects")

    def abandon(self) -> None:
        """Wait for nothing any more: what stands in a read hears that the connection ended."""
        self._is_over = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _ask(self, parts: SplitResult) -> bytes | str:
        """The body, or the address that a redirect names."""
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Accept": self._accept, "Accept-Encoding": "identity", "Connection": "close"}
        try:
            connection = self._connect(parts.scheme, host, port)
            try:
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                if 300 <= answer.status < 400:
                    return answer.headers.get("location", "")
                if answer.status != 200:
                    raise Unreachable(f"{host} answered {answer.status}")
                if answer.headers.get("content-encoding", "identity").lower() != "identity":
                    raise Unreachable(f"{host} answered with what is packed, which nobody asked for")
                body = _read(answer, self._size_max_bytes)
            finally:
                connection.close()
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise Unreachable(f"{host} cannot be reached: {type(error).__name__}") from None
        if len(body) > self._size_max_bytes:
            raise Unreachable(f"what stands at {host} is larger than {self._size_max_bytes} bytes")
        return body

    def _connect(self, scheme: str, host: str, port: int) -> http.client.HTTPConnection:
        """A connection to a checked address of a host."""
        address = self._resolver.find("", host, port)
        connected = socket.create_connection((address, port), TIMEOUT_S)
        if scheme == "https":
            connected = trusted().wrap_socket(connected, server_hostname=host)
        self._socket = connected
        if self._is_over:
            raise TimeoutError("nobody waits for it")
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
        connection.sock = connected
        return connection


def _read(answer: http.client.HTTPResponse, size_max_bytes: int) -> bytes:
    """The body, up to one byte more than allowed. A server that drips bytes is left when the time is over."""
    read, began_s = bytearray(), monotonic()
    while len(read) <= size_max_bytes:
        part = answer.read1(size_max_bytes + 1 - len(read))
        if not part:
            break
        read += part
        if monotonic() - began_s > TIMEOUT_S:
            raise TimeoutError("the body took too long")
    return bytes(read)
