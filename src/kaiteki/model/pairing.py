"""Pairwise ids: what a service of an area knows of an account. Another one in each, and none says anything of the others.

They are read off a secret of the account (its key, decision 25), never drawn: so two requests that come first make the same one, nothing
is looked up to know one's own, and with the key they can never be made again.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Final, TypeAlias

import msgspec

PAIR_PREFIX: Final = "pair-"
_BYTES: Final = 12
"""Of the mark, so that among a thousand million ids none is there twice, as far as anybody can tell."""
_SECRET: Final = b"kaiteki pairwise ids"

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""(service, id there) of one account in one area."""


class Pairing:
    """What makes the ids of one account, for these services. It is never kept and never shown: its text says nothing."""

    __slots__ = ("_secret", "services")

    def __init__(self, key: bytes, services: Sequence[str]) -> None:
        self._secret = hmac.digest(key, _SECRET, "sha256")
        self.services: Final = tuple(services)

    def __repr__(self) -> str:
        return "Pairing(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pairing) and hmac.compare_digest(self._secret, other._secret)

    def __hash__(self) -> int:
        return hash(self._secret)

    def within(self, area: str) -> Pairs:
        """The ids in an area, by service."""
        return tuple((service, self._id(area, service)) for service in self.services)

    def _id(self, area: str, service: str) -> str:
        said = msgspec.json.encode([area, service])
        return PAIR_PREFIX + hmac.digest(self._secret, said, "sha256")[:_BYTES].hex()
