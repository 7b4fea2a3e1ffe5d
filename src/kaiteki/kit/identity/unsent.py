"""What somebody typed into a form that could not be taken any more, kept for a while so that it need not be typed again.

Kept among the credentials of the node, so that each of several nodes finds it: sealed (AES-256-GCM) under a key of the node's secret
and of the id of the browser, which stands in no store, so that whoever reads the store reads no word. Of each browser the last
EACH_MAX, together TOGETHER_MAX, each for LIFE_S; where there is no room nothing is kept, and whoever asked is told.
"""

from __future__ import annotations

import hmac
import secrets
import zlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.kit.identity import vault
from kaiteki.ports.clock import Clock
from kaiteki.ports.credentials import Credential, Credentials

UNSENT: Final = "unsent"
LIFE_S: Final = 3600
EACH_MAX: Final = 3
TOGETHER_MAX: Final = 300
SIZE_MAX_BYTES: Final = 48_000
"""Of one form, compressed."""
SWEPT_AT_ONCE: Final = 20
NAME_LENGTH: Final = 52
"""Of the name of what is kept, in characters."""
_SECOND: Final = 1_000_000


class Typed(msgspec.Struct, frozen=True):
    """A form as it was sent: the path within the area where it is shown again and its query, the fields, the names of those with files.

    `reader` is the mark of the account for whom it is shown again (`portal.guard`), bound to `salt`.
    """

    path: str
    salt: str
    reader: str
    fields: Mapping[str, Sequence[str]]
    files: tuple[str, ...] = ()
    query: Mapping[str, str] = {}


class Unsent:
    """Keeps what was typed. `secret` is that of the node, a `browser` the id out of its signed cookie."""

    def __init__(self, credentials: Credentials, clock: Clock, secret: bytes) -> None:
        self._credentials, self._clock, self._secret = credentials, clock, secret

    async def keep(self, browser: str, typed: Typed) -> str:
        """The name under which it is found again; empty where it is too large, or there is no room."""
        name = f"{self._clock.now() + LIFE_S * _SECOND:020d}{secrets.token_hex(16)}"
        packed = zlib.compress(msgspec.msgpack.encode(typed))
        if len(packed) > SIZE_MAX_BYTES:
            return ""
        await self._sweep()
        holder = self._holder(browser)
        own = await self._credentials.of(holder, UNSENT)
        for one in own[: max(0, len(own) - EACH_MAX + 1)]:
            await self._credentials.remove(UNSENT, one.value)
        if len(await self._credentials.list(UNSENT, limit=TOGETHER_MAX)) >= TOGETHER_MAX:
            return ""
        sealed = vault.seal(self._key(browser), name, packed)
        await self._credentials.put(Credential(UNSENT, name, holder, sealed, self._clock.now()))
        return name

    async def read(self, browser: str, name: str) -> Typed | None:
        """What this browser sent; None for what is over, another one's, or nothing."""
        kept = await self._credentials.get(UNSENT, name) if name.isascii() else None
        if kept is None or name < f"{self._clock.now():020d}":
            return None
        packed = vault.unseal(self._key(browser), name, kept.body)
        return msgspec.msgpack.decode(zlib.decompress(packed), type=Typed) if packed is not None else None

    async def of(self, browser: str) -> list[tuple[str, Typed]]:
        """All that this browser sent and that is not over, by name, the latest first."""
        kept = await self._credentials.of(self._holder(browser), UNSENT)
        names = sorted((one.value for one in kept), reverse=True)
        return [(name, typed) for name in names if (typed := await self.read(browser, name)) is not None]

    async def forget(self, browser: str, name: str) -> None:
        """Keep it no longer, where it is this browser's."""
        if await self.read(browser, name) is not None:
            await self._credentials.remove(UNSENT, name)

    async def _sweep(self) -> None:
        """Forget what is over."""
        now = f"{self._clock.now():020d}"
        for one in await self._credentials.list(UNSENT, limit=SWEPT_AT_ONCE):
            if one.value >= now:
                return
            await self._credentials.remove(UNSENT, one.value)

    def _holder(self, browser: str) -> str:
        return hmac.digest(self._secret, b"holder of unsent forms " + browser.encode(), "sha256").hex()

    def _key(self, browser: str) -> bytes:
        return hmac.digest(self._secret, b"key of unsent forms " + browser.encode(), "sha256")
