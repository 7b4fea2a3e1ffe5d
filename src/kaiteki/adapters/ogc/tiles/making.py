"""A tile out of the features that were chosen for it: within its bytes by coarser outlines, never by leaving a feature out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from kaiteki.adapters.ogc.bound import Ground
from kaiteki.adapters.ogc.collections import Collection, place_of
from kaiteki.adapters.ogc.tiles.drawing import GEOS, Shapes, draw
from kaiteki.adapters.ogc.tiles.encoding import Value, encode_tile
from kaiteki.adapters.ogc.tiles.grid import Tile
from kaiteki.model.entity import Entity, Json
from kaiteki.model.place import shape_of

BYTES_MAX: Final = 500_000
"""Bytes of a tile, before they are packed."""
FEATURES_MAX: Final = 1_000
"""Features of a tile."""
ID_LENGTH_MAX: Final = 200
"""Bytes of an id; features with a longer one stand in no tile (no address of a feature holds one either)."""
VALUES_MAX: Final = 20
"""Properties of a feature in a tile, in the order of its collection."""
TEXT_LENGTH_MAX: Final = 120
"""Characters of a text in a tile; longer ones are left to the feature's own address."""
_STEPS: Final = ((1.0, True), (4.0, True), (16.0, True), (16.0, False), (math.inf, False))
"""How coarse outlines may become, and whether properties stay, until the tile is small enough.

The last one always is: a feature then has an id and at most five points, less than BYTES_MAX / FEATURES_MAX.
"""


class Chosen(msgspec.Struct, frozen=True):
    """A feature for a tile: its place (GeoJSON), and what is told of it, `id` first."""

    place: dict[str, Json]
    values: Mapping[str, Value]


def chosen_of(city: Ground, collection: Collection, entity: Entity) -> Chosen | None:
    """What a tile tells of an entity; None where its place is not to be seen, or there is none."""
    seen = city.open_to(entity)
    if seen is not None and collection.place not in seen:
        return None
    place = place_of(entity, collection.place)
    if place is None or len(entity.id.encode()) > ID_LENGTH_MAX:
        return None
    values: dict[str, Value] = {"id": entity.id}
    # (there is room for some of the properties: first what it is drawn by)
    for one in sorted(collection.told_of(entity), key=lambda one: one.name != collection.drawn_by):
        if len(values) > VALUES_MAX:
            break
        if seen is None or one.attribute in seen:
            value = one.value_of(entity)
            if _is_small(value):
                values[one.name] = value
    return Chosen(place, values)


def _is_small(value: Json) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= TEXT_LENGTH_MAX
    return isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))


def make_tile(name: str, tile: Tile, chosen: Sequence[Chosen], bytes_max: int = BYTES_MAX) -> bytes:
    """The bytes of a layer, at most so many: at least BYTES_MAX / FEATURES_MAX for each feature."""
    shapes = shapes_of([one.place for one in chosen])
    full = [one.values for one in chosen]
    told = b""
    for coarseness, is_full in _STEPS:
        values = full if is_full else [{"id": one["id"]} for one in full]
        told = encode_tile(name, draw(tile, shapes, coarseness), values)
        if len(told) <= bytes_max:
            break
    return told


def shapes_of(places: Sequence[dict[str, Json]]) -> Shapes:
    """GeoJSON geometries as shapes, as they were drawn; rings that cross themselves are mended on the grid (`mending`)."""
    if all(one["type"] == "Point" for one in places):
        return GEOS.points(np.array([one["coordinates"][:2] for one in places]).reshape(-1, 2))
    read: Any = GEOS.from_geojson([msgspec.json.encode(one) for one in places], on_invalid="ignore")
    for at in np.flatnonzero(GEOS.is_missing(read)).tolist():
        # (its reader wants as many numbers in each position)
        read[at] = shape_of(places[at])
    return read
