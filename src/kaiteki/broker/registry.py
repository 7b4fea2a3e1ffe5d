"""The registrations of a node in memory, in front of their register, with how asking the sources goes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from kaiteki.broker.plane import Plane
from kaiteki.model.sources.registration import SourceStanding
from kaiteki.ports.sources import KeptSource, SourceKey

LOADED_AT_ONCE: Final = 1000
SETTLE_S: Final = 5.0
"""How often it is kept how asking the sources went."""
RETRY_S: Final = 5.0
"""How long a store that fails is left alone."""
_NONE: Final[Mapping[str, KeptSource]] = {}


class Registry:
    """The registrations of all areas. One per node; everything that changes them goes through here."""

    def __init__(self, plane: Plane, name: str = "kaiteki") -> None:
        self.plane: Final = plane
        self._name = name
        self.began_at: Final = plane.clock.now()
        self._kept: dict[str, dict[str, KeptSource]] = {}
        self._loading: asyncio.Task[None] | None = None
        self._is_loaded = False
        self.standings: dict[SourceKey, SourceStanding] = {}
        """How asking goes, newer than what is kept."""
        self._unsettled: set[SourceKey] = set()

    def is_alone(self, area: str) -> bool:
        """Whether it is known that no source is registered in an area, so that nobody else has to be asked."""
        return self._is_loaded and area not in self._kept

    def alias(self, area: str) -> str:
        """The name by which other nodes know this one in an area (clause 5.2.40): no two nodes have the same."""
        return f"{self._name}.{area}"

    async def ready(self) -> None:
        """Wait until all registrations of the register are in memory."""
        if self._is_loaded:
            return
        if self._loading is None:
            self._loading = asyncio.create_task(self._load())
        if not self._loading.done():
            await asyncio.shield(self._loading)
        if self._loading.exception() is not None:
            failed, self._loading = self._loading, None
            failed.result()

    async def _load(self) -> None:
        after: SourceKey = ("", "")
        while page := await self.plane.sources.list(after, LOADED_AT_ONCE):
            for kept in page:
                self._kept.setdefault(kept.area, {})[kept.registration.id] = kept
                self.standings[kept.key] = kept.standing
            after = page[-1].key
        self._is_loaded = True

    def of(self, area: str) -> Mapping[str, KeptSource]:
        """The registrations of an area by id, also those that have expired."""
        return self._kept.get(area, _NONE)

    def get(self, key: SourceKey) -> KeptSource | None:
        """A registration that stands."""
        return self.of(key[0]).get(key[1])

    def all(self) -> Iterable[KeptSource]:
        """The registrations of all areas."""
        return (kept for area in self._kept.values() for kept in area.values())

    def standing(self, key: SourceKey) -> SourceStanding:
        """How asking a source went so far."""
        return self.standings.get(key, SourceStanding())

    async def put(self, kept: KeptSource) -> None:
        """Keep a registration, in place of one with its area and id."""
        await self.plane.sources.put(msgspec.structs.replace(kept, standing=self.standing(kept.key)))
        self._kept.setdefault(kept.area, {})[kept.registration.id] = kept

    async def remove(self, key: SourceKey) -> bool:
        """Forget a registration; whether there was one."""
        was = await self.plane.sources.remove(key)
        standing = self._kept.get(key[0], {})
        standing.pop(key[1], None)
        if not standing:
            self._kept.pop(key[0], None)
        self.standings.pop(key, None)
        self._unsettled.discard(key)
        return was

    def note(self, key: SourceKey, reason: str = "") -> None:
        """Take down how asking a source went; it is kept with the next settlement. A reason means that it failed."""
        if self.get(key) is not None:
            self.standings[key] = self.standing(key).after(self.plane.clock.now(), reason)
            self._unsettled.add(key)

    def regret(self, key: SourceKey, reason: str) -> None:
        """Take down that the last answer of a source, which has been noted, was of no use."""
        if self.get(key) is not None:
            self.standings[key] = self.standing(key).regretted(self.plane.clock.now(), reason)
            self._unsettled.add(key)

    async def settle(self) -> None:
        """Keep how asking the sources went."""
        settled, self._unsettled = self._unsettled, set()
        try:
            await self.plane.sources.note({key: self.standing(key) for key in settled})
        except BaseException:
            self._unsettled |= settled
            raise

    async def run(self, failed: Callable[[BaseException], None]) -> None:
        """Know the registrations, and keep how asking goes, until cancelled; then once more. A store that fails is tried again."""
        try:
            while True:
                try:
                    await self.ready()
                    if self._unsettled:
                        await self.settle()
                    await asyncio.sleep(SETTLE_S)
                except Exception as failure:
                    failed(failure)
                    await asyncio.sleep(RETRY_S)
        finally:
            if self._unsettled:
                await self.settle()

    def counts(self) -> Mapping[str, int]:
        """How many registrations each area has."""
        return Counter(kept.area for kept in self.all())
