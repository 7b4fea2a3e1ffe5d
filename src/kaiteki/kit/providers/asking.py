"""Asks providers of identity over the guarded client: small JSON documents, in the name of an area, within limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from kaiteki.model.entity import is_object
from kaiteki.ports.outgoing import Answered, Outgoing, Question, Unreachable

TIMEOUT_S: Final = 5.0
DOCUMENT_SIZE_MAX_BYTES: Final = 64_000
"""A discovery document has some 5 kB, a set of keys less."""

Given = tuple[tuple[str, str], ...]


class ProviderFailed(Exception):
    """A provider did not do what it should, or said what it may not. The message is for the log and holds no secret."""


def network_of(area: str) -> str:
    """The name of the network in which the providers of an area are asked; what stands there is open to nothing else."""
    return f"{area} identity"


class Asking:
    """The way to the servers that an area names for identity."""

    def __init__(self, outgoing: Outgoing, area: str) -> None:
        self._outgoing = outgoing
        self._network = network_of(area)

    async def read(self, url: str, headers: Given = ()) -> Mapping[str, Any]:
        """The JSON object at an address. Raises ProviderFailed."""
        answered = await self._ask("GET", url, headers, b"")
        if answered.status != 200:
            raise ProviderFailed(f"{url[:200]} answered {answered.status}")
        return _object(answered, url)

    async def send(
        self, url: str, form: Sequence[tuple[str, str]], headers: Given = ()
    ) -> tuple[int, Mapping[str, Any]]:
        """Send a form; the status and the JSON object of the answer. Raises ProviderFailed."""
        sent = (("content-type", "application/x-www-form-urlencoded"), *headers)
        answered = await self._ask("POST", url, sent, urlencode(form).encode())
        return answered.status, _object(answered, url)

    async def _ask(self, method: str, url: str, headers: Given, body: bytes) -> Answered:
        told = (("accept", "application/json"), *headers)
        try:
            return await self._outgoing.ask(
                Question(self._network, method, url, told, body, TIMEOUT_S, DOCUMENT_SIZE_MAX_BYTES)
            )
        except Unreachable as unreachable:
            raise ProviderFailed(str(unreachable)) from None


def _object(answered: Answered, url: str) -> Mapping[str, Any]:
    try:
        document = msgspec.json.decode(answered.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        document = None
    if not is_object(document):
        raise ProviderFailed(f"{url[:200]} answered no JSON object ({answered.status})")
    return document
