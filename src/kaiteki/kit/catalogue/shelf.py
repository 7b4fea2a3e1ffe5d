"""Holds the catalogues of a node in memory, each right up to the newest event: read whole once, then what events name is read again.

asked ─► events behind the last one seen ─► tables that changed, types whose entities changed ─► read as nobody ─► a new catalogue
                                                └► tables whose records changed ─► counted again

How many records a table has is so always as it is now. To ask for it again costs nothing while nothing is written; after a change of a
type of records its tables are counted once in an index (30 ms for 100,000 records), whoever asks meanwhile waits for the same count.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from kaiteki.kit.catalogue.entries import Entry
from kaiteki.kit.catalogue.listing import (
    TABLES,
    VIEWS,
    Ground,
    Openness,
    entry_of_type,
    find_entry,
    list_tables,
    open_types,
    types_playing,
)
from kaiteki.kit.catalogue.seeking import Catalogue, catalogue_of
from kaiteki.kit.catalogue.settings import CatalogueOfArea
from kaiteki.kit.catalogue.sizes import Sizes
from kaiteki.kit.engine import Engine
from kaiteki.kit.views import expand_name
from kaiteki.model.instant import Instant
from kaiteki.ports.events import Events

EVENTS_MAX: Final = 20_000
"""Events that are read to keep a catalogue right; where more were missed, it is read whole."""
EVENTS_PAGE: Final = 500
CHANGED_MAX: Final = 500
"""Changed tables that are read one by one; where more changed, all are."""
RECOUNT_US: Final = 60_000_000
"""So long the number of the entities of a type, and when one last changed, may be old."""


class Shelf(msgspec.Struct, frozen=True):
    """The catalogue of one area as of an event: entries of tables by id, of types by name, which of these changed since they were counted."""

    number: int
    tables: Mapping[str, Entry]
    types: Mapping[str, Entry]
    counted_at: Instant
    stale: frozenset[str]
    catalogue: Catalogue


class _News(msgspec.Struct, frozen=True):
    number: int
    tables: Mapping[str, str]
    """Changed tables and releases by id: the part that they play."""
    types: frozenset[str]


class Shelves:
    """The catalogues of a node, one an area. Without an event log (`events` None) each is read anew each time."""

    def __init__(
        self,
        nobody: Callable[[str], Ground],
        engine: Engine,
        events: Events | None = None,
    ) -> None:
        self._nobody, self._engine, self._events = nobody, engine, events
        self._kept: dict[str, Shelf] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self.sizes = Sizes()
        self._forms: frozenset[str] = frozenset()

    def offer(self, forms: frozenset[str]) -> None:
        """In these forms of tables (kit.tables) the node writes, so data sets are listed in them; in none until it is said."""
        self._forms = forms
        self._kept.clear()

    def _settings(self, area: str) -> CatalogueOfArea:
        """What an area decides about its catalogue: the settings of the service that keeps one."""
        told = (self._engine.settings(service, area) for service in self._engine.services.values())
        return next((one for one in told if isinstance(one, CatalogueOfArea)), CatalogueOfArea())

    async def of(self, area: str) -> Catalogue:
        """The catalogue of an area as of now."""
        async with self._locks.setdefault(area, asyncio.Lock()):
            # in a task of its own: who reads is known by the context, and here nobody does in the place of whoever asks
            self._kept[area] = await asyncio.create_task(self._renewed(area, self._kept.get(area)))
            return self._kept[area].catalogue

    async def _renewed(self, area: str, kept: Shelf | None) -> Shelf:
        last = await self._events.last() if self._events is not None else 0
        news = await self._news(area, kept.number, last) if kept is not None else None
        if kept is None or news is None or len(news.tables) > CHANGED_MAX:
            return await self._whole(area, last)
        return await self._changed(area, kept, news)

    async def _news(self, area: str, after: int, last: int) -> _News | None:
        """What changed in an area since an event; None where that is too much to read."""
        if self._events is None or last - after > EVENTS_MAX:
            return None
        services = self._nobody(area).services
        parts = {kind: part for part in VIEWS for kind in types_playing(services, part)}
        named = {expand_name(name): name for name in open_types(services, self._settings(area))}
        tables: dict[str, str] = {}
        types: set[str] = set()
        while after < last:
            events = await self._events.read(after, EVENTS_PAGE)
            if not events:
                break
            after = events[-1].number
            for event in events:
                if event.area == area:
                    playing = next((parts[kind] for kind in event.types if kind in parts), "")
                    tables |= dict.fromkeys((event.entity_id,) if playing else (), playing)
                    types |= {named[kind] for kind in event.types if kind in named}
        return _News(after, tables, frozenset(types))

    async def _whole(self, area: str, number: int) -> Shelf:
        city, settings = self._nobody(area), self._settings(area)
        tables = {one.id: self._offered(one) async for one in list_tables(city, settings)}
        known = open_types(city.services, settings)
        types = {
            name: self._offered(one)
            for name, of in known.items()
            if (one := await entry_of_type(city, of, settings)) is not None
        }
        made = self._whose(area, _catalogue(tables, types, known, None), settings)
        return Shelf(number, tables, types, self._engine.clock.now(), frozenset(), made)

    async def _changed(self, area: str, kept: Shelf, news: _News) -> Shelf:
        city, settings = self._nobody(area), self._settings(area)
        known = open_types(city.services, settings)
        in_tables = {
            name
            for name in {one.record_type for one in kept.tables.values()}
            if name in known and known[name].told.in_tables
        }
        stale = kept.stale | news.types - in_tables
        moved = (one.id for one in kept.tables.values() if one.record_type in news.types & in_tables)
        changed = dict.fromkeys(moved, TABLES) | dict(news.tables)
        now = self._engine.clock.now()
        # a type that was not there, or is small, is counted at once: somebody has just written what they now look for
        due = {
            name for name in stale if now - kept.counted_at >= RECOUNT_US or _is_small(kept.types.get(name))
        }
        if not changed and not due:
            return replace(kept, number=news.number, stale=stale)
        tables, types = dict(kept.tables), dict(kept.types)
        for entry_id, part in changed.items():
            one = await find_entry(city, part, entry_id, known, settings)
            _put(tables, entry_id, one and self._offered(one))
        for name in due & known.keys():
            one = await entry_of_type(city, known[name], settings)
            _put(types, name, one and self._offered(one))
        if not due and all(tables.get(one) is kept.tables.get(one) for one in changed):
            return replace(kept, number=news.number, stale=stale)
        made = self._whose(area, _catalogue(tables, types, known, kept.catalogue), settings)
        counted_at = now if due else kept.counted_at
        return Shelf(news.number, tables, types, counted_at, stale - due, made)

    def _offered(self, one: Entry) -> Entry:
        """An entry in the forms that this node writes."""
        parts = tuple(
            part for part in one.distributions if not part.form.writer or part.form.writer in self._forms
        )
        return one if len(parts) == len(one.distributions) else replace(one, distributions=parts)

    def _whose(self, area: str, made: Catalogue, settings: CatalogueOfArea) -> Catalogue:
        return replace(made, settings=settings, area=area, sizes=self.sizes)


def _catalogue(
    tables: Mapping[str, Entry],
    types: Mapping[str, Entry],
    known: Mapping[str, Openness],
    before: Catalogue | None,
) -> Catalogue:
    """Everything that is listed: a type whose records stand in tables only where there is none of these, a layer where what it shows is open."""
    in_tables = {one.record_type for one in tables.values()}
    listed = [one for one in tables.values() if one.kind != "layer" or _is_open(one, tables, types)]
    shown = [one for name, one in types.items() if not (known[name].told.in_tables and name in in_tables)]
    return catalogue_of([*listed, *shown], before)


def _is_open(layer: Entry, tables: Mapping[str, Entry], types: Mapping[str, Entry]) -> bool:
    """Whether a layer shows a type or a table that is open data itself, with a place."""
    shown = types.get(layer.shows) or tables.get(f"urn:ngsi-ld:DataSet:{layer.shows}")
    return shown is not None and shown.located


def _is_small(entry: Entry | None) -> bool:
    return entry is None or (entry.records or 0) <= 1000


def _put(kept: dict[str, Entry], name: str, entry: Entry | None) -> None:
    """Keep what is there now, forget what is not; what is as it was stays the very same."""
    if entry is None:
        kept.pop(name, None)
    elif entry != kept.get(name):
        kept[name] = entry
