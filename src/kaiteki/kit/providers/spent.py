"""What may be used once: marks that are spent, kept durably until their time is over, one register for all nodes on a store."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from kaiteki.model.instant import Instant
from kaiteki.ports.credentials import Credential, Credentials

KIND: Final = "spent"
SWEPT_AT_ONCE: Final = 20
_SECOND: Final = 1_000_000


def timed_value(until: Instant, mark: str) -> str:
    """A value by which marks stand in the order of their ends; of the mark only the hash is kept."""
    return f"{max(0, until) // _SECOND:012x} {hashlib.sha256(mark.encode()).hexdigest()}"


async def sweep(credentials: Credentials, kind: str, now: Instant) -> None:
    """Forget some of the timed values of a kind whose time is over."""
    for one in await credentials.list(kind, limit=SWEPT_AT_ONCE):
        if one.value > f"{now // _SECOND:012x}":
            return
        await credentials.remove(kind, one.value)


class Spent:
    """The register of what was used."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    async def spend(self, mark: str, until: Instant, now: Instant) -> bool:
        """Use a mark that is good until then; False when it was used before. Of several that try at once, one is told True."""
        await sweep(self._credentials, KIND, now)
        one = Credential(KIND, timed_value(until, mark), f"spent-{secrets.token_hex(10)}", b"", now)
        try:
            await self._credentials.put(one)
        except ValueError:
            return False
        return True
