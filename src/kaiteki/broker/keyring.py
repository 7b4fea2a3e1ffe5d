"""The keys that are in use: found in the ring, unwrapped, remembered for a short while; made for who has none; destroyed.

Nothing here waits inside a decision: whoever decides asks what is remembered (`of`, `with_id`), and where something is missing gives up,
has it fetched, and decides again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from kaiteki.broker import ciphering
from kaiteki.model.instant import Instant
from kaiteki.ports.clock import Clock
from kaiteki.ports.keys import Kek, KeptKey, KeyRing, Tombstone, UnknownKek

REMEMBERED_MAX: Final = 20_000
"""Keys that are remembered."""
REMEMBERED_S: Final = 30
"""How long a key is remembered, twice at most, so that what another process destroyed is soon unreadable here as well."""
REWRAPPED_AT_ONCE: Final = 200
NODE: Final = "kaiteki"
"""The holder of the key from which blind marks are made."""

_MICROSECONDS: Final = 1_000_000


class DataKey(NamedTuple):
    """A key as it is used."""

    id: str
    secret: bytes


class Known(NamedTuple):
    """A key that was found by its id, and whose it is."""

    secret: bytes
    holder: str


class Keys:
    """The keys of the holders of a node."""

    def __init__(self, ring: KeyRing, kek: Kek, clock: Clock) -> None:
        self.ring: Final = ring
        self._kek = kek
        self._clock = clock
        self._by_holder: dict[str, DataKey] = {}
        self._by_id: dict[str, Known | None] = {}
        """None: there is no such key any more, or none that can be unwrapped."""
        self._before: dict[str, Known | None] = {}
        """What was remembered before the last time that was forgotten."""
        self._until = Instant(0)

    def of(self, holder: str) -> DataKey | None:
        """The key of a holder, as far as it is remembered."""
        key = self._by_holder.get(holder)
        return key if key is not None and self.with_id(key.id) is not None else None

    def knows(self, key_id: str) -> bool:
        """Whether it is remembered what became of a key."""
        return key_id in self._by_id or key_id in self._before

    def with_id(self, key_id: str) -> Known | None:
        """A remembered key; None for one that is gone or not remembered."""
        return self._by_id.get(key_id) or self._before.get(key_id)

    def age(self) -> None:
        """Forget what was remembered for long enough. Asked before a decision, never within one."""
        now = self._clock.now()
        if now >= self._until or len(self._by_id) > REMEMBERED_MAX:
            # what an answer on its way has just had fetched is there until the next time
            held = {holder: key for holder, key in self._by_holder.items() if key.id in self._by_id}
            self._by_holder, self._by_id, self._before = held, {}, self._by_id
            self._until = Instant(now + REMEMBERED_S * _MICROSECONDS)

    def forget(self) -> None:
        """Forget all keys that are remembered."""
        self._by_holder, self._by_id, self._before = {}, {}, {}

    async def hold(self, holders: Sequence[str]) -> None:
        """Remember the keys of holders; who has none gets one. Raises UnknownKek."""
        missing = [one for one in dict.fromkeys(holders) if one not in self._by_holder]
        if not missing:
            return
        # what is remembered may be forgotten by another request while this one waits, so it is not asked
        opened = await self._remember(holders=missing)
        found = {key.holder for key in opened}
        new = [one for one in missing if one not in found]
        if new:
            made = [await self._made(holder) for holder in new]
            await self.ring.put(made)
            # of two who made one at once the one in the ring counts
            opened |= await self._remember(holders=new)
        if {key.holder for key, is_open in opened.items() if is_open} < set(missing):
            raise UnknownKek(
                "the keys of this city are wrapped by a key-encryption key that this node does not have"
            )

    async def fetch(self, ids: Sequence[str]) -> None:
        """Remember what became of keys."""
        missing = [one for one in dict.fromkeys(ids) if one not in self._by_id]
        if missing:
            known = {key.id for key in await self._remember(ids=missing)}
            for one in missing:
                if one not in known:
                    self._by_id[one] = None

    async def destroy(self, holders: Sequence[str], tombstone: Tombstone) -> int:
        """Destroy the keys of holders; how many there were."""
        count = await self.ring.destroy(holders, tombstone)
        self.forget()
        ciphering.forget_ciphers()
        return count

    async def rewrap(self, told: Callable[[int], None] | None = None) -> int:
        """Wrap all keys by the newest key-encryption key; how many were wrapped by another. May be stopped and begun again.

        `told` hears how many are done.
        """
        done, after = 0, ""
        while page := await self.ring.list(after, REWRAPPED_AT_ONCE):
            newest, after = await self._kek.name(), page[-1].id
            old = [key for key in page if key.kek != newest]
            for some in self._in_turns(old):
                await self.ring.replace(await asyncio.gather(*map(self._rewrapped, some)))
                done += len(some)
                if told is not None:
                    told(done)
        return done

    def _in_turns(self, keys: Sequence[KeptKey]) -> list[Sequence[KeptKey]]:
        """Keys in the portions in which the key-encryption key is asked for them; one that makes nobody wait takes a page."""
        size = self._kek.at_once if self._kek.at_once > 1 else REWRAPPED_AT_ONCE
        return [keys[start : start + size] for start in range(0, len(keys), size)]

    async def _rewrapped(self, key: KeptKey) -> KeptKey:
        secret = await self._kek.unwrap(key.wrapped, key.id.encode(), key.kek)
        kek, wrapped = await self._kek.wrap(secret, key.id.encode())
        return KeptKey(key.id, key.holder, wrapped, kek, key.made_at)

    async def _made(self, holder: str) -> KeptKey:
        key_id = ciphering.make_key()[:12].hex()
        kek, wrapped = await self._kek.wrap(ciphering.make_key(), key_id.encode())
        return KeptKey(key_id, holder, wrapped, kek, self._clock.now())

    async def _remember(self, holders: Sequence[str] = (), ids: Sequence[str] = ()) -> dict[KeptKey, bool]:
        """The keys that are in the ring, and whether they could be unwrapped."""
        found: dict[KeptKey, bool] = {}
        for key, secret in await self._opened(await self.ring.find(holders, ids)):
            found[key] = secret is not None
            self._by_id[key.id] = None if secret is None else Known(secret, key.holder)
            if secret is not None:
                self._by_holder[key.holder] = DataKey(key.id, secret)
        return found

    async def _opened(self, keys: Sequence[KeptKey]) -> list[tuple[KeptKey, bytes | None]]:
        """Keys with what they were before they were wrapped."""
        if self._kek.at_once == 1:
            return [(key, await self._unwrapped(key)) for key in keys]
        opened: list[tuple[KeptKey, bytes | None]] = []
        for some in self._in_turns(keys):
            opened += zip(some, await asyncio.gather(*map(self._unwrapped, some)), strict=True)
        return opened

    async def _unwrapped(self, key: KeptKey) -> bytes | None:
        try:
            return await self._kek.unwrap(key.wrapped, key.id.encode(), key.kek)
        except UnknownKek:
            return None


async def wrapped_by(ring: KeyRing) -> dict[str, int]:
    """How many keys of a ring each key-encryption key wraps."""
    counts: dict[str, int] = {}
    after = ""
    while page := await ring.list(after):
        after = page[-1].id
        for key in page:
            counts[key.kek] = counts.get(key.kek, 0) + 1
    return counts
