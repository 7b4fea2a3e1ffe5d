"""Which collection a name means: a type, a layer of the map, or a data set; and all that there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kaiteki.adapters.ogc.bound import Ground
from kaiteki.adapters.ogc.collections import Collection
from kaiteki.adapters.ogc.layers import collection_of_layer, collections_of_layers, layer_by_name
from kaiteki.adapters.ogc.tables import collection_of_table, collections_of_tables
from kaiteki.kit.catalogue.entries import LAYER_PREFIX
from kaiteki.model.problem import Problem

NAME_LENGTH_MAX: Final = 200


async def every_collection(city: Ground, types: Mapping[str, Collection]) -> list[Collection]:
    """Types, then data sets, then layers, each kind in its order."""
    tables = await collections_of_tables(city, types)
    shown = {**types, **{name: one for name, one in tables.items() if not name.startswith(LAYER_PREFIX)}}
    layers = await collections_of_layers(city, shown)
    return [*shown.values(), *layers.values()]


async def collection_by_name(city: Ground, types: Mapping[str, Collection], name: str) -> Collection:
    """The collection of a name. Raises ResourceNotFound."""
    found = await _found(city, types, name) if len(name) <= NAME_LENGTH_MAX else None
    if found is None:
        raise Problem("ResourceNotFound", f"there is no collection {name[:60]}", "collectionId")
    return found


async def _found(city: Ground, types: Mapping[str, Collection], name: str) -> Collection | None:
    if not name.startswith(LAYER_PREFIX):
        return types.get(name) or await collection_of_table(city, types, name)
    layer = await layer_by_name(city, name)
    if layer is None or layer.collection.startswith(LAYER_PREFIX):
        return None
    return collection_of_layer(layer, await _found(city, types, layer.collection))
