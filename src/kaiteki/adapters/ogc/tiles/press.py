"""Makes tiles: reads what of a collection lies in one as whoever asks sees it, chooses, draws, off the event loop."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from starlette.concurrency import run_in_threadpool

from kaiteki.adapters.ogc.bound import Desk, Told
from kaiteki.adapters.ogc.collections import Collection
from kaiteki.adapters.ogc.tiles.grid import Tile
from kaiteki.adapters.ogc.tiles.making import FEATURES_MAX, chosen_of, make_tile
from kaiteki.model.query import GeoFilter, Query

_FRESH: Final = "no-cache"
"""A browser keeps a tile and asks whether it is still right each time, so a change is seen at once."""


class Press:
    """Makes the tiles of a node."""

    async def tile(self, desk: Desk, layers: Sequence[Collection], tile: Tile) -> Told:
        """The tile with these layers; 204 where nothing lies in it."""
        body = b"".join([await self._layer(desk, one, tile, len(layers)) for one in layers])
        etag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        headers = {"etag": etag, "cache-control": _FRESH, "vary": "Authorization, X-Api-Key"}
        return Told(body, "mvt", headers, 200 if body else 204)

    async def _layer(self, desk: Desk, collection: Collection, tile: Tile, share: int) -> bytes:
        west, south, east, north = tile.bounds
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        query = Query(
            q=collection.within,
            geo=GeoFilter("intersects", {"type": "Polygon", "coordinates": [ring]}, collection.place),
            limit=FEATURES_MAX // share,
        )
        found = await desk.city.rows(collection.type, query)
        entities = found[0] if found is not None else []
        chosen = [one for entity in entities if (one := chosen_of(desk.city, collection, entity)) is not None]
        return await run_in_threadpool(make_tile, collection.id, tile, chosen, share) if chosen else b""
