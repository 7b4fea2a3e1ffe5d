"""The layers of a node: each made when it is first asked for, a page at a time so that nobody waits, and kept right by the event log.

A large one is then put on the shelf (`keeping`), from which it comes back after a start, or when it was left behind.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextvars import Context
from typing import Final, NamedTuple

import msgspec
import numpy as np
from starlette.concurrency import run_in_threadpool

from kaiteki.adapters.ogc.bound import Ground, Parts
from kaiteki.adapters.ogc.collections import Collection, place_of
from kaiteki.adapters.ogc.tiles.keeping import KEPT_AFTER, Shelving, state_of
from kaiteki.adapters.ogc.tiles.layer import Layer, Placed, order_of
from kaiteki.adapters.ogc.tiles.making import ID_LENGTH_MAX, shapes_of
from kaiteki.adapters.ogc.tiles.ranking import Measured, measure
from kaiteki.kit.views import expand_name
from kaiteki.model.entity import Entity, Json
from kaiteki.model.problem import Problem

FEATURES_MAX: Final = 1_000_000
"""Features of all layers together that are kept in memory, some 100 bytes each; the layers that nobody asks for go first."""
PAGE: Final = 250
"""Features that are read at a time: 5 ms of the event loop."""
EVENTS_AT_ONCE: Final = 500
BEHIND_MAX: Final = 20_000
"""Events; a layer that is further behind is made anew."""
WAIT_S: Final = 3.0
"""How long a question waits for a layer that is being made."""


class _Live(NamedTuple):
    """A layer, and what it was made of."""

    layer: Layer
    collection: Collection
    area: str


class _Shelved(NamedTuple):
    """What lies on the shelf of a layer: at which version it is, and how many events there were."""

    version: int
    number: int


Key = tuple[str, str]
"""Area and collection."""


class Layers:
    """The layers that are in memory. Each method is for the event loop."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._shelf = Shelving(parts)
        self._shelving: asyncio.Task[None] | None = None
        self._live: OrderedDict[Key, _Live] = OrderedDict()
        self._making: dict[Key, asyncio.Task[None]] = {}
        self._shelved: dict[Key, _Shelved] = {}
        self._number = 0
        self._following = asyncio.Lock()

    async def layer(self, area: str, collection: Collection) -> Layer | None:
        """The layer of a collection as it is now; None while it is still being made. Raises TooManyResults for one that is too large."""
        await self._follow()
        key = (area, collection.id)
        live = self._live.get(key)
        if live is None or not live.collection.shows_as(collection):
            task = self._making.get(key)
            if task is None:
                task = self._making[key] = asyncio.create_task(self._make(key, collection), context=Context())
            done, _ = await asyncio.wait({task}, timeout=WAIT_S)
            if not done:
                return None
            task.result()
            await self._follow()
            live = self._live.get(key)
        if live is None:
            return None
        self._live.move_to_end(key)
        return live.layer

    async def _city(self, area: str) -> Ground:
        """The city as those see it who show nothing that says who they are."""
        return self._parts.city(area, await self._parts.who({}, area))

    async def _make(self, key: Key, collection: Collection) -> None:
        try:
            area, _ = key
            city = await self._city(area)
            # (asked before anything is read: what is read may be newer, never older)
            state = await state_of(city, collection, self._parts.events)
            found = await self._shelf.find(area, collection, state, BEHIND_MAX)
            if found is None:
                order = await run_in_threadpool(order_of, await read_features(city, collection))
                await self._shelf.put(area, collection, state, order)
                began = state.number
            else:
                began, order = found
            live = _Live(Layer(order), collection, area)
            self._shelved[key] = _Shelved(live.layer.version, began)
            async with self._following:
                # what changed while it was made
                last = await self._parts.events.last()
                reached = await self._catch_up([live], began, last)
                if self._live:
                    reached = min(
                        reached, await self._catch_up(list(self._live.values()), self._number, last)
                    )
                self._number = reached
                self._live[key] = live
                self._drop()
        finally:
            del self._making[key]

    def _begin_shelving(self) -> None:
        """Have kept anew what changed since it was kept, where many events are behind that; one layer at a time."""
        if self._shelving is not None and not self._shelving.done():
            return
        for key, live in self._live.items():
            shelved = self._shelved[key]
            is_old = self._number - shelved.number >= KEPT_AFTER and live.layer.version != shelved.version
            if is_old and self._shelf.wants(live.collection, len(live.layer)):
                self._shelving = asyncio.create_task(self._shelve(key, live), context=Context())
                return

    async def _shelve(self, key: Key, live: _Live) -> None:
        """Keep a layer as it is now; it goes on meanwhile."""
        async with self._following:
            state = await state_of(await self._city(live.area), live.collection, self._parts.events)
            self._number = await self._catch_up(list(self._live.values()), self._number, state.number)
            version = live.layer.version
            placed = await run_in_threadpool(live.layer.placed)
        order = await run_in_threadpool(order_of, placed)
        await self._shelf.put(live.area, live.collection, state, order)
        self._shelved[key] = _Shelved(version, state.number)

    def _drop(self) -> None:
        while len(self._live) > 1 and sum(len(one.layer) for one in self._live.values()) > FEATURES_MAX:
            self._live.popitem(last=False)

    async def _follow(self) -> None:
        """Bring every layer to the newest event."""
        if not self._live:
            return
        last = await self._parts.events.last()
        if last == self._number:
            return
        async with self._following:
            if last - self._number > BEHIND_MAX:
                self._live.clear()
            else:
                self._number = await self._catch_up(list(self._live.values()), self._number, last)
                self._begin_shelving()

    async def _catch_up(self, lives: Sequence[_Live], number: int, last: int) -> int:
        """Take in the events behind a number, up to another one at least; the answer is the newest of them."""
        while number < last:
            events = await self._parts.events.read(number, EVENTS_AT_ONCE)
            if not events:
                break
            for live in lives:
                ids = dict.fromkeys(
                    one.entity_id
                    for one in events
                    if one.area == live.area and (_is_of(live, one.types) or live.layer.holds(one.entity_id))
                )
                if ids:
                    await self._renew(live, tuple(ids))
            number = events[-1].number
        return number

    async def _renew(self, live: _Live, ids: tuple[str, ...]) -> None:
        """Look at some entities again, as everybody sees them."""
        city = await self._city(live.area)
        found = await city.rows(
            live.collection.type, msgspec.structs.replace(live.collection.every, ids=ids, limit=len(ids))
        )
        entities = found[0] if found is not None else []
        placed = await run_in_threadpool(_placed, *_seen(city, live.collection, entities))
        for gone in set(ids) - set(placed.ids):
            live.layer.remove(gone)
        live.layer.put(placed)
        if live.layer.is_worn:
            live.layer.renew(await run_in_threadpool(order_of, live.layer.placed()))


def _is_of(live: _Live, types: Sequence[str]) -> bool:
    return expand_name(live.collection.type.name) in types


async def read_features(
    city: Ground, collection: Collection, note: Callable[[Sequence[Entity]], None] | None = None
) -> Placed:
    """All features of a collection, as everybody sees them; `note` is told each page of them. Raises TooManyResults."""
    pages: list[Placed] = []
    count = 0
    # (who looks at everything once may look as far as it goes)
    query = msgspec.structs.replace(collection.every, limit=PAGE, looked_max=None)
    while True:
        found = await city.rows(collection.type, query)
        entities, more, _ = found if found is not None else ([], False, None)
        if note is not None:
            note(entities)
        pages.append(await run_in_threadpool(_placed, *_seen(city, collection, entities)))
        count += len(pages[-1].ids)
        if count > FEATURES_MAX:
            raise Problem(
                "TooManyResults", f"tiles are made of up to {FEATURES_MAX} features", "collectionId"
            )
        if not more or not entities:
            return await run_in_threadpool(_joined, pages)
        query = msgspec.structs.replace(query, after_id=entities[-1].id)


def _seen(
    city: Ground, collection: Collection, entities: Sequence[Entity]
) -> tuple[list[str], list[dict[str, Json]]]:
    """The ids and places that may be seen."""
    ids: list[str] = []
    places: list[dict[str, Json]] = []
    for entity in entities:
        seen = city.open_to(entity)
        place = place_of(entity, collection.place) if seen is None or collection.place in seen else None
        if place is not None and len(entity.id.encode()) <= ID_LENGTH_MAX:
            ids.append(entity.id)
            places.append(place)
    return ids, places


def _placed(ids: Sequence[str], places: Sequence[dict[str, Json]]) -> Placed:
    return Placed(ids, np.zeros(len(ids)), measure(ids, shapes_of(places)))


def _joined(pages: Sequence[Placed]) -> Placed:
    columns = zip(*(one.measured for one in pages), strict=True)
    return Placed(
        [name for one in pages for name in one.ids],
        np.concatenate([one.importance for one in pages]),
        Measured(*(np.concatenate(column) for column in columns)),
    )
