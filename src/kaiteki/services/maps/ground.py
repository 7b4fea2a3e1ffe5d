"""What lies under the layers: the wards of an area, or, where it has none, the data sets that its settings name (`[ground]` of maps.toml).

```
wards of city.toml ──────────────────────────────────────────┐
[ground] outline (lines or areas), areas (with names) ─(read as everybody sees them, cut to the window)─► Ground
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, cast
from urllib.parse import quote

import msgspec
import shapely

from kaiteki.kit.pages import PageAsk
from kaiteki.kit.views import attribute
from kaiteki.model.area import Position, Ward
from kaiteki.model.entity import Json
from kaiteki.model.place import shape_of
from kaiteki.model.query import GeoFilter, Query
from kaiteki.model.words import Words
from kaiteki.services.maps.filters import narrowed
from kaiteki.services.maps.in_view import paths_of
from kaiteki.services.maps.model import Layer
from kaiteki.services.maps.settings import Settings
from kaiteki.services.maps.shown import Collection, collection_of
from kaiteki.services.maps.viewport import View

PARTS_MAX: Final = 200
"""Features of a data set that lie under the layers at once."""
BEYOND: Final = 0.05
"""So much of the window is kept around it, that no edge of a cut shows."""
_NOWHERE: Final = Words("", "")
_ALL: Final = Layer(title=_NOWHERE)
"""All that a collection has."""


class Ground(msgspec.Struct, frozen=True):
    """`areas` and `lines` are paths of the picture (SVG); an area has its edge drawn where there are no lines. `parts` have the names.
    `names`: where those of the whole town stand (longitude, latitude)."""

    areas: str = ""
    lines: str = ""
    parts: Sequence[Ward] = ()
    names: Sequence[tuple[str, Position]] = ()


async def ground_of(ask: PageAsk, view: View) -> Ground:
    """What lies under the layers of the drawn map. Nothing where the area has no wards and names no data set that there is."""
    wards = ask.town.wards if ask.town is not None else ()
    said = ask.settings.ground if isinstance(ask.settings, Settings) else None
    if wards or said is None:
        rings = [{"type": "Polygon", "coordinates": [ward.polygon]} for ward in wards if ward.polygon]
        return Ground(paths_of(view, rings)[0], "", wards)
    outline = [shape for shape, _ in _cut(await _shapes(ask, said.outline, view), view)]
    everywhere = await _shapes(ask, said.areas, None)
    named = _cut(everywhere, view)
    edges, lines = paths_of(view, map(_written, outline))
    areas, _ = paths_of(view, (_written(shape) for shape, _ in named))
    parts = [part for shape, title in named for part in _parts(shape, said.called(title))]
    # areas of an outline have their edge drawn as a line; the named ones only tell the town from what is around it
    spots = [(said.called(title), shape.representative_point()) for shape, title in everywhere]
    names = [(text, (round(at.x, 6), round(at.y, 6))) for text, at in spots if text]
    return Ground(areas, lines + edges, parts, names)


async def tell_ground(ask: PageAsk, ground: Ground) -> dict[str, Any]:
    """The same for the map that moves: the tiles of both data sets, and where the names stand. Wards it knows already."""
    said = ask.settings.ground if isinstance(ask.settings, Settings) else None
    if said is None or (ask.town is not None and ask.town.wards):
        return {}
    known = [
        (kind, table)
        for kind, table in (("fill", said.areas), ("line", said.outline))
        if table and await collection_of(ask.city, table) is not None
    ]
    return {
        "tables": [
            {"kind": kind, "table": table, "tiles": tiles_of(ask.area, table)} for kind, table in known
        ],
        "names": [{"text": text, "at": at} for text, at in ground.names],
    }


def tiles_of(area: str, table: str) -> str:
    """The address of the vector tiles of a collection, with `{z}`, `{y}` and `{x}` in it."""
    return f"/{area}/ogc/collections/{quote(table, safe='')}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}?f=mvt"


async def _shapes(ask: PageAsk, table: str, view: View | None) -> list[tuple[Any, str]]:
    """The shapes of a data set that lie in a window (None: all), with their titles."""
    collection = await collection_of(ask.city, table) if table else None
    if collection is None:
        return []
    wanted = _asked(collection, view)
    if wanted is None:
        return []
    found = await ask.city.published.find(collection.declared.view, wanted)
    places = ((getattr(one, collection.place), one) for one in found.items)
    title = collection.declared.title
    return [(shape_of(dict(place)), str(getattr(one, title, "") or "")) for place, one in places if place]


def _cut(shapes: Sequence[tuple[Any, str]], view: View) -> list[tuple[Any, str]]:
    """What of shapes lies in a window and a little around it."""
    west, south, east, north = view.window
    wide, high = (east - west) * BEYOND, (north - south) * BEYOND
    tools = cast(Any, shapely)
    cut = [
        (tools.clip_by_rect(shape, west - wide, south - high, east + wide, north + high), name)
        for shape, name in shapes
    ]
    return [(shape, name) for shape, name in cut if not shape.is_empty]


def _asked(collection: Collection, view: View | None) -> Query | None:
    own = collection.declared.view
    window = None
    if view is not None:
        place = attribute(own, collection.place)
        window = GeoFilter("intersects", cast("dict[str, Json]", view.place), place)
    return narrowed(_ALL, collection, Query(geo=window, limit=PARTS_MAX))


def _written(shape: Any) -> dict[str, Any]:
    return msgspec.json.decode(cast(Any, shapely).to_geojson(shape), type=dict[str, Any])


def _parts(shape: Any, text: str) -> Iterator[Ward]:
    """A named part as a ward is one: its name at a point that surely lies on the largest area of it, within the outer ring of that."""
    areas = [one for one in cast(Any, shapely).get_parts(shape) if one.geom_type == "Polygon"]
    if not text or not areas:
        return
    largest = max(areas, key=lambda one: one.area)
    middle = largest.representative_point()
    ring: tuple[Position, ...] = tuple((x, y) for x, y, *_ in largest.exterior.coords)
    yield Ward("", Words(text, text, text), _NOWHERE, (middle.x, middle.y), ring)
