"""Makes tiles: which features one shows, as whoever asks sees them, and the bytes; what everybody is told is kept for the next one who asks.

Whoever shows no token or key is answered out of the layers in memory (`ground`). Who shows one may see more than everybody: their tile is
made of what they may see, read for them; it is not kept.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
from starlette.concurrency import run_in_threadpool

from kaiteki.adapters.ogc.bound import Desk, Ground, Parts, Told
from kaiteki.adapters.ogc.collections import Collection
from kaiteki.adapters.ogc.tiles.grid import Tile
from kaiteki.adapters.ogc.tiles.ground import Layers
from kaiteki.adapters.ogc.tiles.layer import POSITIONS_MAX, Layer, Placed, order_of
from kaiteki.adapters.ogc.tiles.making import BYTES_MAX, FEATURES_MAX, Chosen, chosen_of, make_tile, shapes_of
from kaiteki.adapters.ogc.tiles.ranking import measure, share_out
from kaiteki.model.entity import Entity
from kaiteki.model.problem import Problem
from kaiteki.model.query import GeoFilter

KEPT_BYTES_MAX: Final = 32_000_000
"""Tiles in memory, packed; those that nobody asks for go first."""
AT_ONCE_MAX: Final = 2
"""Tiles that are drawn at the same time; others wait."""
CANDIDATES_MAX: Final = 5_000
"""Features in a tile of which one is made for somebody who shows a token."""
PACKED_MIN_BYTES: Final = 1_000
PACKING_LEVEL: Final = 5
_PAGE: Final = 1_000
_FRESH: Final = "no-cache"
"""A browser keeps a tile and asks whether it is still right each time, so a change is seen at once."""


class Asked(NamedTuple):
    """What the headers of a question say: the ETags that are known, whether the answer may be packed (gzip)."""

    known: str
    may_pack: bool


class _Part(msgspec.Struct, frozen=True):
    """One layer of a tile: its bytes, and at which version of the layer they were made."""

    body: bytes
    layer: Layer | None
    version: int
    told: tuple[object, ...]


class _Kept(msgspec.Struct, frozen=True):
    """A tile that was made: its bytes (packed where that pays), its ETag, what it was made of."""

    body: bytes
    is_packed: bool
    etag: str
    parts: Sequence[_Part]


class Press:
    """Makes the tiles of a node."""

    def __init__(self, parts: Parts) -> None:
        self.layers = Layers(parts)
        self._kept: OrderedDict[tuple[object, ...], _Kept] = OrderedDict()
        self._kept_bytes = 0
        self._drawing = asyncio.Semaphore(AT_ONCE_MAX)

    async def tile(self, desk: Desk, collections: Sequence[Collection], tile: Tile, asked: Asked) -> Told:
        """The tile with these layers; 204 where nothing lies in it, 304 where it is the one that is known."""
        if not desk.is_public:
            parts = await self._own(desk, collections, tile)
            return _answer(await run_in_threadpool(_packed, parts), asked)
        layers = [await self.layers.layer(desk.area.name, one) for one in collections]
        key = (desk.area.name, tile, *(one.id for one in collections))
        kept = self._kept.get(key)
        if kept is not None and all(
            _is_right(part, layer, collection, tile)
            for part, layer, collection in zip(kept.parts, layers, collections, strict=True)
        ):
            self._kept.move_to_end(key)
            return _answer(kept, asked)
        async with self._drawing:
            parts = await self._parts(desk, collections, layers, tile)
            made = await run_in_threadpool(_packed, parts)
        if all(part.layer is not None for part in parts):
            self._keep(key, made)
        return _answer(made, asked)

    def _keep(self, key: tuple[object, ...], made: _Kept) -> None:
        before = self._kept.pop(key, None)
        self._kept_bytes += len(made.body) - (len(before.body) if before is not None else 0)
        self._kept[key] = made
        while self._kept_bytes > KEPT_BYTES_MAX:
            _, gone = self._kept.popitem(last=False)
            self._kept_bytes -= len(gone.body)

    async def _parts(
        self, desk: Desk, collections: Sequence[Collection], layers: Sequence[Layer | None], tile: Tile
    ) -> list[_Part]:
        """The layers of a tile for everybody. While one is still being made, tiles in which all its features have room are made without it."""
        ready = [layer for layer in layers if layer is not None]
        if len(ready) < len(layers):
            return [await self._waiting(desk, one, tile, len(collections)) for one in collections]
        versions = [layer.version for layer in ready]
        chosen = _choose(collections, ready, tile)
        total = sum(len(ids) for ids in chosen)
        return [
            _Part(
                await press_layer(desk.city, one, ids, tile, BYTES_MAX * len(ids) // max(1, total)),
                layer,
                version,
                _told(one),
            )
            for one, layer, version, ids in zip(collections, ready, versions, chosen, strict=True)
        ]

    async def _waiting(self, desk: Desk, collection: Collection, tile: Tile, share: int) -> _Part:
        """One layer out of the store, where all its features in the tile have room in its share."""
        entities, more = await _within(desk, collection, tile, FEATURES_MAX // share)
        if more:
            raise Problem("ServiceUnavailable", f"{collection.id} is being read; ask again", "collectionId")
        return _Part(await _drawn(desk.city, collection, entities, tile, BYTES_MAX // share), None, 0, ())

    async def _own(self, desk: Desk, collections: Sequence[Collection], tile: Tile) -> list[_Part]:
        """The layers of a tile for somebody who shows a token: the first of what they may see in it, by the same order."""
        found: list[list[Entity]] = []
        for collection in collections:
            entities, more = await _within(desk, collection, tile, CANDIDATES_MAX)
            if more:
                raise Problem(
                    "TooManyResults",
                    f"more than {CANDIDATES_MAX} features lie in the tile; ask without a token, or for a deeper level",
                    "tileMatrix",
                )
            found.append(entities)
        async with self._drawing:
            if sum(len(one) for one in found) > FEATURES_MAX:
                found = await run_in_threadpool(_first, desk, collections, found, tile)
            total = max(1, sum(len(one) for one in found))
            return [
                _Part(await _drawn(desk.city, one, own, tile, BYTES_MAX * len(own) // total), None, 0, ())
                for one, own in zip(collections, found, strict=True)
            ]


def _choose(collections: Sequence[Collection], layers: Sequence[Layer], tile: Tile) -> list[list[str]]:
    """The ids of what a tile shows of each of its collections."""
    if len(layers) == 1:
        return [layers[0].choose(tile, FEATURES_MAX)]
    found = [layer.candidates(tile, FEATURES_MAX) for layer in layers]
    return share_out(found, [one.importance for one in collections], FEATURES_MAX, POSITIONS_MAX)


async def press_layer(
    city: Ground, collection: Collection, ids: Sequence[str], tile: Tile, bytes_max: int = BYTES_MAX
) -> bytes:
    """The bytes of one layer of a tile with these features; each is read once more, as the city shows it."""
    query = msgspec.structs.replace(collection.every, ids=tuple(ids), limit=len(ids))
    found = await city.rows(collection.type, query) if ids else None
    by_id = {one.id: one for one in found[0]} if found is not None else {}
    entities = [by_id[one] for one in ids if one in by_id]
    return await _drawn(city, collection, entities, tile, bytes_max)


def _told(collection: Collection) -> tuple[object, ...]:
    """What a tile tells of a collection, and how important that is: with another one it is another tile."""
    return (collection.importance, *(one.name for one in collection.properties))


def _is_right(part: _Part, layer: Layer | None, collection: Collection, tile: Tile) -> bool:
    return (
        layer is not None
        and part.layer is layer
        and part.told == _told(collection)
        and layer.stands(tile, part.version)
    )


async def _within(desk: Desk, collection: Collection, tile: Tile, limit: int) -> tuple[list[Entity], bool]:
    """Up to so many of the entities in a tile that whoever asks may see, and whether there are more."""
    west, south, east, north = tile.bounds
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geo = GeoFilter("intersects", {"type": "Polygon", "coordinates": [ring]}, collection.place)
    entities: list[Entity] = []
    query = msgspec.structs.replace(collection.every, geo=geo, limit=min(limit, _PAGE))
    while True:
        found = await desk.city.rows(collection.type, query)
        page, more, _ = found if found is not None else ([], False, None)
        entities += page
        if not more or not page or len(entities) >= limit:
            return entities[:limit], more or len(entities) > limit
        query = msgspec.structs.replace(query, after_id=page[-1].id)


def _first(
    desk: Desk, collections: Sequence[Collection], found: Sequence[Sequence[Entity]], tile: Tile
) -> list[list[Entity]]:
    """Of each collection the first entities of the orders that are made of them alone."""
    layers: list[Layer] = []
    for collection, entities in zip(collections, found, strict=True):
        told = [one for entity in entities if (one := chosen_of(desk.city, collection, entity)) is not None]
        ids = [str(one.values["id"]) for one in told]
        measured = measure(ids, shapes_of([one.place for one in told]))
        layers.append(Layer(order_of(Placed(ids, measured.sizes * 0.0, measured))))
    chosen = [frozenset(ids) for ids in _choose(collections, layers, tile)]
    return [[one for one in own if one.id in ids] for own, ids in zip(found, chosen, strict=True)]


async def _drawn(
    city: Ground, collection: Collection, entities: Sequence[Entity], tile: Tile, bytes_max: int
) -> bytes:
    chosen: list[Chosen] = []
    for entity in entities:
        one = chosen_of(city, collection, entity)
        if one is not None:
            chosen.append(one)
    return await run_in_threadpool(make_tile, collection.id, tile, chosen, bytes_max) if chosen else b""


def _packed(parts: Sequence[_Part]) -> _Kept:
    body = b"".join(part.body for part in parts)
    etag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    if len(body) < PACKED_MIN_BYTES:
        return _Kept(body, False, etag, parts)
    return _Kept(gzip.compress(body, PACKING_LEVEL, mtime=0), True, etag, parts)


def _answer(kept: _Kept, asked: Asked) -> Told:
    """The answer, packed where whoever asks reads that."""
    headers = {
        "etag": kept.etag,
        "cache-control": _FRESH,
        "vary": "Authorization, X-Api-Key, Accept-Encoding",
    }
    if kept.etag in asked.known or asked.known.strip() == "*":
        return Told(b"", "mvt", headers, 304)
    if not kept.body:
        return Told(b"", "mvt", headers, 204)
    if kept.is_packed and asked.may_pack:
        return Told(kept.body, "mvt", {**headers, "content-encoding": "gzip"})
    return Told(gzip.decompress(kept.body) if kept.is_packed else kept.body, "mvt", headers)
