"""What the features of a layer are (points, lines, areas), where the layer leaves it to its data: by a sample of them.

The map draws every kind that there is, whatever the sample has; the sample decides only which signs a legend shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from kaiteki.kit.pages import City
from kaiteki.model.query import Query
from kaiteki.services.maps.filters import narrowed
from kaiteki.services.maps.model import MapLayer, Sort
from kaiteki.services.maps.shown import Collection, Located, collection_of, located_types

SAMPLE_MAX: Final = 50
"""Features that are looked at."""
SORTS: Final[Mapping[str, Sort]] = {"Polygon": "area", "LineString": "line", "Point": "point"}
"""By the types of GeoJSON, in the order in which they are drawn."""
EVERY: Final = tuple(SORTS.values())


async def sorts_of(
    city: City, layers: Sequence[MapLayer], known: Located | None = None
) -> dict[str, tuple[Sort, ...]]:
    """By the id of each layer the kinds that its legend shows; all of them where nothing tells."""
    located = located_types(city) if known is None else known
    found: dict[str, tuple[Sort, ...]] = {}
    for layer in layers:
        if layer.geometry != "any":
            found[layer.id] = (layer.geometry,)
            continue
        found[layer.id] = (
            await sampled(city, layer, await collection_of(city, layer.collection, located)) or EVERY
        )
    return found


async def sampled(city: City, layer: MapLayer, collection: Collection | None) -> tuple[Sort, ...]:
    """The kinds among the first SAMPLE_MAX features of a layer; none where there is no feature."""
    wanted = None if collection is None else narrowed(layer, collection, Query(limit=SAMPLE_MAX))
    if collection is None or wanted is None:
        return ()
    seen = (await city.find(collection.declared.view, wanted)).items
    places: list[Any] = [getattr(one, collection.place) for one in seen]
    there = {sort for place in places if place is not None for sort in _kinds(place)}
    return tuple(one for one in EVERY if one in there)


def sort_of(geometry: Mapping[str, Any]) -> Sort:
    """What a geometry is; the first of its parts says it."""
    first: Sort | None = next(_kinds(geometry), None)
    return first or "any"


def _kinds(geometry: Mapping[str, Any]) -> Iterator[Sort]:
    if geometry["type"] == "GeometryCollection":
        for one in geometry["geometries"]:
            yield from _kinds(one)
    else:
        yield SORTS[str(geometry["type"]).removeprefix("Multi")]
