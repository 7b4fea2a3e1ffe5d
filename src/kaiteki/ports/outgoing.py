"""What the core asks of the one guarded client that fetches what users name."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any, Protocol

import msgspec

from kaiteki.model.entity import Json


class Unreachable(Exception):
    """A document could not be had: no such host, refused, too large, too slow, no JSON, or an address that is not allowed."""


class Letter(msgspec.Struct, frozen=True):
    """What is sent to an address that a user named. `area` is the area in whose name: it may know receivers of its own.

    `settings` are for the way of sending: version and quality of service of MQTT.
    """

    area: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    timeout_s: float
    settings: tuple[tuple[str, str], ...] = ()
    method: str = "POST"


class Question(msgspec.Struct, frozen=True):
    """A request to a context source. `area` is the area in whose name: it may know hosts of its own."""

    area: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    timeout_s: float
    size_max_bytes: int


class Answered(msgspec.Struct, frozen=True):
    """What a context source answered. Names of headers are in lower case; of several with one name the first counts."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class Outgoing(Protocol):
    """Fetches documents and pictures with checked addresses, limits of size and time, and no secrets in its requests."""

    def forbids(self, area: str, url: str) -> bool:
        """Whether an address will never be reached in the name of an area, as far as that is known without looking up its host."""
        ...

    def send(self, letter: Letter) -> Coroutine[Any, Any, int]:
        """Send a letter by its method; the answer is the HTTP status. Redirects are not followed. Raises Unreachable.

        A letter to an address of MQTT is published; 200 says that the broker has taken it.
        """
        ...

    async def ask(self, question: Question) -> Answered:
        """Ask a context source. Redirects are not followed. Raises Unreachable, also for a larger answer."""
        ...

    async def fetch_bytes(self, url: str, accept: str, size_max_bytes: int) -> bytes:
        """The bytes at a http or https address, `accept` naming the media types; raises Unreachable, also for more bytes."""
        ...

    async def fetch_json(self, url: str) -> Json:
        """The JSON document at a http or https address; raises Unreachable."""
        ...
