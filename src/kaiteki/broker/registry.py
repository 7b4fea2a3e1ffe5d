"""The registrations of a node in memory, in front of their register, with how asking the sources goes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from kaiteki.broker.plane import Plane
from kaiteki.model.sources.registration import Registration, SourceStanding
from kaiteki.ports.sources import KeptSource, SourceKey

LOADED_AT_ONCE: Final = 1000
SETTLE_S: Final = 5.0
"""How often it is kept how asking the sources went, and looked for what other nodes on the same store have registered."""
SHARED_S: Final = 1.0
"""How often that is looked for where the store tells whether there is anything."""
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
        self._by_type: dict[tuple[str, str], set[str]] = {}
        """Ids of registrations by area and type; those that name no types stand under the empty one."""
        self._changes = 0
        """Steps of changes made here, so that a look at the register from before one is known."""
        self._loading: asyncio.Task[None] | None = None
        self._is_loaded = False
        self._revision: int | None = None
        """The revision of the register that is in memory; None where the store does not tell."""
        self.generation = 0
        """Moves whenever a registration in memory comes, changes or goes."""
        self.news = asyncio.Event()
        """Set when it moves."""
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
            if await self._is_behind():
                await self.refresh()
            return
        if self._loading is None:
            self._loading = asyncio.create_task(self._load())
        if not self._loading.done():
            await asyncio.shield(self._loading)
        if self._loading.exception() is not None:
            failed, self._loading = self._loading, None
            failed.result()

    async def _is_behind(self) -> bool:
        """Whether the store tells that another node has changed the register since."""
        return self._revision is not None and await self.plane.sources.revision() != self._revision

    async def _load(self) -> None:
        await self.refresh()
        self._is_loaded = True

    async def refresh(self) -> None:
        """Take over what the register has: another node on the same store may have changed it."""
        changes, found = self._changes, dict[SourceKey, KeptSource]()
        revision = await self.plane.sources.revision()
        after: SourceKey = ("", "")
        while page := await self.plane.sources.list(after, LOADED_AT_ONCE):
            found |= {kept.key: kept for kept in page}
            after = page[-1].key
        if self._changes != changes:
            # what was read may be older than what has been changed here meanwhile
            return
        for key in [kept.key for kept in self.all() if kept.key not in found]:
            self._forget(key)
        for key, kept in found.items():
            known = self.get(key)
            if known is None or known.registration != kept.registration:
                self._take(kept)
            if key not in self._unsettled:
                self.standings[key] = kept.standing
        self._revision = revision

    def _take(self, kept: KeptSource) -> None:
        self._drop(kept.key)
        self._tell()
        self._kept.setdefault(kept.area, {})[kept.registration.id] = kept
        for name in types_of(kept.registration):
            self._by_type.setdefault((kept.area, name), set()).add(kept.registration.id)

    def _tell(self) -> None:
        self.generation += 1
        self.news.set()
        self.news = asyncio.Event()

    def _drop(self, key: SourceKey) -> None:
        area, registration_id = key
        kept = self.get(key)
        if kept is None:
            return
        for name in types_of(kept.registration):
            ids = self._by_type[area, name]
            ids.discard(registration_id)
            if not ids:
                del self._by_type[area, name]
        del self._kept[area][registration_id]
        if not self._kept[area]:
            del self._kept[area]

    def about(self, area: str, types: Iterable[str] | None) -> Iterable[KeptSource]:
        """The registrations that may be about entities of some types, by id; all of them where the types are not known."""
        standing = self.of(area)
        if types is None:
            return [standing[one] for one in sorted(standing)]
        found: set[str] = set()
        for name in ("", *types):
            found |= self._by_type.get((area, name), set())
        return [standing[one] for one in sorted(found)]

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
        self._changes += 1
        await self.plane.sources.put(msgspec.structs.replace(kept, standing=self.standing(kept.key)))
        self._changes += 1
        self._take(kept)

    async def remove(self, key: SourceKey) -> bool:
        """Forget a registration; whether there was one."""
        self._changes += 1
        was = await self.plane.sources.remove(key)
        self._changes += 1
        self._forget(key)
        return was

    def _forget(self, key: SourceKey) -> None:
        self._drop(key)
        self._tell()
        self.standings.pop(key, None)
        self._unsettled.discard(key)

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
        """Know the registrations as they stand, and keep how asking goes, until cancelled; then once more. A store that fails is tried again."""
        try:
            while True:
                try:
                    await self.ready()
                    if self._unsettled:
                        await self.settle()
                    await asyncio.sleep(SETTLE_S if self._revision is None else SHARED_S)
                    if self._revision is None or await self._is_behind():
                        await self.refresh()
                except Exception as failure:
                    # whatever the store says, the register is read again: until then it stands as it was
                    failed(failure)
                    await asyncio.sleep(RETRY_S)
        finally:
            if self._unsettled:
                await self.settle()

    def counts(self) -> Mapping[str, int]:
        """How many registrations each area has."""
        return Counter(kept.area for kept in self.all())


def types_of(one: Registration) -> frozenset[str]:
    """The types that a registration names; the empty one where a part of it names none."""
    named = {name for part in one.information for entity in part.entities for name in entity.types}
    every = all(part.entities and all(entity.types for entity in part.entities) for part in one.information)
    return frozenset(named if every else {*named, ""})
