"""The layers of the map that show a collection: whatever type plays the part, met as an entity."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.adapters.ogc.bound import Desk
from kaiteki.adapters.ogc.collections import Collection
from kaiteki.adapters.ogc.links import part
from kaiteki.kit.views import where
from kaiteki.model.query import Query
from kaiteki.model.words import Words

LAYER: Final = "map_layer"
"""What a type plays whose entities are layers of a map."""
LAYERS_MAX: Final = 5
"""Layers that the page of a collection names."""


class LayerSeen(msgspec.Struct, frozen=True):
    """A layer as far as this adapter knows it."""

    id: str
    title: Words = Words("", "")
    collection: str = ""


async def maps_of(desk: Desk, one: Collection, page: str) -> list[tuple[str, str]]:
    """Names of the layers that show a collection, and the addresses of their pages (`page` with `{id}`, below the area)."""
    if not page:
        return []
    wanted = Query(q=where(LayerSeen, "collection", "==", one.id), limit=LAYERS_MAX)
    met = await desk.city.playing(LAYER, LayerSeen, wanted)
    below = f"/{desk.area.name}/{page}"
    return [(desk.say(each.seen.title), below.replace("{id}", part(each.seen.id))) for each in met]
