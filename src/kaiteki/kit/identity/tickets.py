"""Tickets: what a browser holds between two steps of signing in. Signed, short-lived, bound to that browser, used once.

Nothing is kept while a ticket is out; only that it was used is, until it would be over anyway. So asking for tickets costs the node
nothing, and of several nodes on one store one takes a ticket.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from typing import Final

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.ports.clock import Clock
from kaiteki.ports.credentials import Credential, Credentials

TICKET_LIFE_S: Final = 300
TICKET_LENGTH_MAX: Final = 2000
SPENT: Final = "spent"
SWEPT_AT_ONCE: Final = 20
"""Marks of use that are over and forgotten, at each use."""
_SECOND: Final = 1_000_000


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """What a ticket says: for what it is good, until when, and what it carries."""

    purpose: str
    expires_at: Instant
    content: bytes
    nonce: str


class Tickets:
    """Issues and takes tickets. `secret` is that of the node; `holder` is whatever only one browser has."""

    def __init__(self, credentials: Credentials, clock: Clock, secret: bytes) -> None:
        self._credentials = credentials
        self._clock = clock
        self._key = hmac.digest(secret, b"tickets of signing in", "sha256")

    def issue(self, purpose: str, holder: str, content: bytes, life_s: int = TICKET_LIFE_S) -> str:
        """A ticket for a purpose, good for a browser and for so many seconds."""
        expires = Instant(self._clock.now() + life_s * _SECOND)
        body = msgspec.msgpack.encode(Ticket(purpose, expires, content, secrets.token_urlsafe(12)))
        return f"{base64.urlsafe_b64encode(body).decode()}.{self._mark(body, holder)}"

    def read(self, purpose: str, holder: str, ticket: str) -> bytes | None:
        """What a ticket carries, without using it; None for one that is not ours, not for this, not this browser's, or over."""
        found = self._open(purpose, holder, ticket)
        return found.content if found is not None else None

    async def take(self, purpose: str, holder: str, ticket: str) -> bytes | None:
        """What a ticket carries; it is used by that. None as in `read`, and for one that was used."""
        found = self._open(purpose, holder, ticket)
        if found is None or not await self.once(f"ticket {found.nonce}", found.expires_at):
            return None
        return found.content

    async def once(self, what: str, until: Instant) -> bool:
        """Whether something is done for the first time; remembered until a moment."""
        mark = Credential(SPENT, f"{until:020d} {what}", secrets.token_hex(16), created_at=self._clock.now())
        try:
            await self._credentials.put(mark)
        except ValueError:
            return False
        await self._sweep()
        return True

    async def _sweep(self) -> None:
        now = f"{self._clock.now():020d}"
        for mark in await self._credentials.list(SPENT, limit=SWEPT_AT_ONCE):
            if mark.value >= now:
                return
            await self._credentials.remove(SPENT, mark.value)

    def _open(self, purpose: str, holder: str, ticket: str) -> Ticket | None:
        body, _, mark = ticket[: TICKET_LENGTH_MAX + 1].partition(".")
        try:
            packed = base64.urlsafe_b64decode(body.encode())
        except (binascii.Error, UnicodeError):
            return None
        if not hmac.compare_digest(mark.encode(), self._mark(packed, holder).encode()):
            return None
        found = msgspec.msgpack.decode(packed, type=Ticket)
        return found if found.purpose == purpose and found.expires_at > self._clock.now() else None

    def _mark(self, body: bytes, holder: str) -> str:
        return hmac.digest(self._key, holder.encode() + b"\x00" + body, "sha256").hex()
