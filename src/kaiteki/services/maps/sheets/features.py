"""What of the layers lies on a sheet: read as whoever asks may see it, turned into outlines and lettering in millimetres.

```
Sheet ─► box in degrees ─► one query a layer (filters.narrowed) ─► plane system ─► millimetres, cut at the frame ─► Drawing.inside
```
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec
import numpy as np
import shapely

from kaiteki.kit.pages import PageAsk, part_of_path
from kaiteki.kit.views import attribute
from kaiteki.model.entity import Json
from kaiteki.model.place import shape_of
from kaiteki.model.plane import metres_of
from kaiteki.model.query import PAGE_SIZE_MAX, GeoFilter, Query
from kaiteki.model.words import Words
from kaiteki.services.maps.filters import narrowed
from kaiteki.services.maps.model import Item, MapLayer, Sort
from kaiteki.services.maps.sheets.drawing import Lettering, Outline
from kaiteki.services.maps.sheets.hatching import hatched
from kaiteki.services.maps.sheets.looks import area, line, mark, mark_side
from kaiteki.services.maps.sheets.naming import Names
from kaiteki.services.maps.sheets.papers import Frame, Point, Sheet
from kaiteki.services.maps.shown import Collection, DataSetSeen, collection_of
from kaiteki.services.maps.signs import Sign, signs_of
from kaiteki.services.maps.sorts import EVERY, SORTS
from kaiteki.services.maps.viewport import is_drawn

FEATURES_MAX: Final = 3_000
"""Features of a layer on one sheet."""
NAMES_MAX: Final = 150
"""Features of a layer that are named on the map; among more, names would hide it."""
STEP_MM: Final = 0.03
"""What lies closer together than a printer can tell."""
BEYOND_MM: Final = 3.0
"""So much beyond the frame is kept, so that outlines do not run along it."""
NAMED: Final = ("number", "title")
"""The roles of the values by which a feature is named on the map, the shorter one first."""


class Feature(msgspec.Struct, frozen=True):
    """A feature on the sheet: what it is called, on the map and in a list, the page on which people read it, its shape in millimetres."""

    name: str
    title: str
    path: str
    sign: Sign | None
    shape: Any


class OnSheet(msgspec.Struct, frozen=True):
    """What of a layer lies on the sheet; `more`: not all of it was taken. `there`: whether its data are there at all; `fits`: whether the
    layer is drawn at this scale (its `zooms`)."""

    layer: MapLayer
    signs: Sequence[Sign]
    features: Sequence[Feature]
    more: bool = False
    there: bool = True
    fits: bool = True
    data_set: DataSetSeen | None = None

    @property
    def signs_there(self) -> list[Sign]:
        """Those of its signs that stand on the sheet, in the order of the legend; the first one where none does, none where it is not
        drawn."""
        if not self.fits:
            return []
        used = {id(one.sign) for one in self.features}
        return [one for one in self.signs if id(one) in used] or list(self.signs[:1])

    def sorts_of(self, sign: Sign) -> Sequence[Sort]:
        """What stands under a sign (areas, lines, points), as its legend draws it; where nothing does, what the layer may have."""
        if self.layer.geometry != "any":
            return (self.layer.geometry,)
        there = {str(one.shape.geom_type).removeprefix("Multi") for one in self.features if one.sign == sign}
        return [sort for kind, sort in SORTS.items() if kind in there] or EVERY


async def read_features(ask: PageAsk, sheet: Sheet) -> list[OnSheet]:
    """The features of each layer that touch the frame."""
    return [
        await _of_layer(ask, sheet, one, number)
        for one, number in zip(sheet.layers, sheet.numbers, strict=True)
    ]


async def _of_layer(ask: PageAsk, sheet: Sheet, layer: MapLayer, number: int) -> OnSheet:
    signs = signs_of(layer, number)
    if not is_drawn(layer, sheet.zoom):
        return OnSheet(layer, signs, (), fits=False)
    collection = await collection_of(ask.city, layer.collection)
    wanted = None if collection is None else narrowed(layer, collection, _asked(collection, sheet))
    if collection is None or wanted is None:
        return OnSheet(layer, signs, (), there=False)
    features: list[Feature] = []
    reader = _Reader(layer, collection, signs, ask.language, sheet)
    more = True
    while more and len(features) < FEATURES_MAX:
        # what goes to print is what everybody sees, whoever prints it
        found = await ask.city.published.find(collection.declared.view, wanted)
        features += [one for seen in found.items if (one := reader.read(seen)) is not None]
        more = found.more and bool(found.items)
        if more:
            wanted = msgspec.structs.replace(wanted, after_id=found.items[-1].id)
    cut = more or len(features) > FEATURES_MAX
    return OnSheet(layer, signs, features[:FEATURES_MAX], cut, data_set=collection.data_set)


def _asked(collection: Collection, sheet: Sheet) -> Query:
    west, south, east, north = sheet.degrees
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    window = cast("dict[str, Json]", {"type": "Polygon", "coordinates": [ring]})
    place = attribute(collection.declared.view, collection.place)
    return Query(geo=GeoFilter("intersects", window, place), limit=PAGE_SIZE_MAX)


class _Reader(msgspec.Struct, frozen=True):
    """Reads the entities of a layer as its features, in a language."""

    layer: MapLayer
    collection: Collection
    signs: Sequence[Sign]
    language: str
    sheet: Sheet

    def read(self, seen: Any) -> Feature | None:
        """One entity; None where nothing of it lies in the frame."""
        place = getattr(seen, self.collection.place)
        shape = None if place is None else on_paper(place, self.sheet)
        if shape is None or shape.is_empty:
            return None
        declared = self.collection.declared
        part = part_of_path(seen.id)
        own = "{id}" in declared.page
        names = {one.role: text for one in self.layer.items if (text := self._told(seen, one))}
        title = names.get("title") or _said(getattr(seen, declared.title, ""), self.language)
        sign = self._sign(seen)
        name = next((names[role] for role in NAMED if role in names), title)
        if sign is not None and sign.values and name == sign.words.ja:
            # what is called by its class has the words of the legend, in the language of the sheet
            name = title = sign.words.say(self.language)
        return Feature(
            name=name,
            title=title or (sign.words if sign is not None else self.layer.title).say(self.language),
            path=declared.page.replace("{id}", part) if own else f"things/{declared.name}/{part}",
            sign=sign,
            shape=shape,
        )

    def _told(self, seen: Any, item: Item) -> str:
        return (
            _said(self.collection.value_of(seen, item.property), self.language) if item.role in NAMED else ""
        )

    def _sign(self, seen: Any) -> Sign | None:
        by = self.layer.style.by
        value = self.collection.value_of(seen, by) if by else None
        return next((one for one in self.signs if one.is_of(value)), None)


def on_paper(place: dict[str, Json], sheet: Sheet) -> Any:
    """A geometry in millimetres on the paper, as far as it lies in the frame and a little beyond."""
    east, north = sheet.middle
    frame, times = sheet.frame, 1000 / sheet.scale
    middle = np.array([frame.x + frame.width / 2, frame.y + frame.height / 2])

    def move(positions: Any) -> Any:
        metres = metres_of(positions, sheet.system) - np.array([east, north])
        return metres * np.array([times, -times]) + middle

    tools = cast(Any, shapely)
    moved = tools.transform(shape_of(place), move)
    edges = (frame.x - BEYOND_MM, frame.y - BEYOND_MM, frame.right + BEYOND_MM, frame.bottom + BEYOND_MM)
    return tools.simplify(tools.clip_by_rect(moved, *edges), STEP_MM, preserve_topology=False)


# Outlines and names -----------------------------------------------------------------------------------------------


def draw_features(on_sheet: Sequence[OnSheet], frame: Frame) -> list[Outline | Lettering]:
    """All layers: areas below lines below points, so that no fill tints what the legend shows otherwise; among those of a kind the first
    layer on top; names over everything."""
    parts = [
        part
        for one in reversed(on_sheet)
        for feature in one.features
        for part in _outlines(feature, one.layer)
    ]
    drawn = [outline for _, outline in sorted(parts, key=lambda part: part[0])]
    names = Names(frame, [spot for one in on_sheet for feature in one.features for spot in _marks(feature)])
    for one in on_sheet:
        if len(one.features) <= NAMES_MAX:
            names.put([(feature.name, feature.shape) for feature in one.features if feature.sign is not None])
    return [*drawn, *names.placed]


def _marks(feature: Feature) -> list[Frame]:
    """What the marks of the points of a feature cover."""
    if feature.sign is None:
        return []
    half = mark_side(feature.sign) / 2
    points = [rings[0][0] for kind, rings in _parts(feature.shape) if kind == "Point"]
    return [Frame(x - half, y - half, 2 * half, 2 * half) for x, y in points]


def _outlines(feature: Feature, layer: MapLayer) -> list[tuple[int, Outline]]:
    """The outlines of a feature with their rank: 0 areas, 1 lines, 2 points."""
    sign = feature.sign
    if sign is None:
        return []
    found: list[tuple[int, Outline]] = []
    for kind, rings in _parts(feature.shape):
        if kind == "Point":
            found.append((2, mark(sign, rings[0][0])))
        elif kind == "LineString":
            found.append((1, line(sign, rings)))
        else:
            found += [(0, area(sign, rings)), *((0, one) for one in hatched(sign, rings))]
    return found


def _parts(shape: Any) -> list[tuple[str, Sequence[Sequence[Point]]]]:
    """The points, lines and polygons of a shape, each as its rings."""
    if shape.is_empty:
        return []
    if hasattr(shape, "geoms"):
        return [part for one in shape.geoms for part in _parts(one)]
    if shape.geom_type == "Polygon":
        return [("Polygon", [list(ring.coords) for ring in (shape.exterior, *shape.interiors)])]
    return [("Point" if shape.geom_type == "Point" else "LineString", [list(shape.coords)])]


def _said(value: Any, language: str) -> str:
    """A name as text; nothing for what is none."""
    if isinstance(value, Words):
        return value.say(language)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
