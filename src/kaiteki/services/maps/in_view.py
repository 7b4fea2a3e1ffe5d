"""The features of layers that lie in a window: as rows of a list, and as shapes of the drawn map. Read as everybody may see them,
whoever asks: the tiles of the map that moves are the same for all, and a list that counts what is not drawn tells of nothing.

```
View (viewport) ─► layers ─► one query each (filters.narrowed, the window) ─► InView ─► rows of the list, shapes of the drawing
```
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

import msgspec
import numpy as np

from kaiteki.kit.pages import PageAsk, part_of_path
from kaiteki.kit.views import attribute
from kaiteki.model.entity import Json
from kaiteki.model.query import GeoFilter, Query
from kaiteki.model.words import Words
from kaiteki.services.maps.filters import narrowed
from kaiteki.services.maps.model import Item, MapLayer, Sort
from kaiteki.services.maps.shown import SEVERAL, Collection, collection_of
from kaiteki.services.maps.signs import Sign
from kaiteki.services.maps.sorts import sort_of
from kaiteki.services.maps.viewport import HEIGHT_PX, LATITUDE_MAX, WIDTH_PX, LonLat, View, across, down

DRAWN_MAX: Final = 400
"""Features of a layer that the drawn map has."""
ROWS_MAX: Final = 20
"""Features of a layer on a page of the list."""
COUNT_MAX: Final = 1_000
"""Features of a layer in a window are counted so far."""
ITEMS_TOLD_MAX: Final = 3
KNOWN_BY: Final = ("identifier", "category", "installationPosition", "fullAddress", "address")
"""The values by which people know a thing that has no name, the surest first."""
Placing: TypeAlias = Callable[[Sequence[Sequence[float]]], Any]
"""From positions in degrees to an array of pixels (n × 2)."""


class Feature(msgspec.Struct, frozen=True):
    """A feature of a layer: what it is called, what the layer tells of it, where, its sign, the page on which people read it."""

    id: str
    title: str
    text: str
    geometry: Mapping[str, Any]
    sign: Sign | None
    path: str
    where: str = ""
    """The ward in which it lies or its position, where another one of its list has the same name."""

    @property
    def sort(self) -> Sort:
        """What its geometry is."""
        return sort_of(self.geometry)


class InView(msgspec.Struct, frozen=True):
    """What of a layer lies in the window: the first features, how many there are (COUNT_MAX: so many or more)."""

    layer: MapLayer
    features: Sequence[Feature]
    total: int
    far: bool = False
    """Whether the view is farther away than the layer is shown from."""

    @property
    def uncounted(self) -> bool:
        """Whether there may be more than were counted."""
        return self.total >= COUNT_MAX


async def look(ask: PageAsk, layer: MapLayer, signs: Sequence[Sign], view: View, limit: int) -> InView:
    """The features of a layer that touch the window, at most `limit`; none where its collection is not there."""
    if view.zoom < layer.style.zooms[0]:
        # as on the map that moves: from so far away there are more than anybody can read
        return InView(layer, (), 0, far=True)
    collection = await collection_of(ask.city, layer.collection)
    wanted = None if collection is None else narrowed(layer, collection, _asked(collection, view, limit))
    if collection is None or wanted is None:
        return InView(layer, (), 0)
    found = await ask.city.published.find(collection.declared.view, wanted)
    features = [
        FeatureReader(layer, collection, signs, ask.language).read(one)
        for one in found.items
        if getattr(one, collection.place) is not None
    ]
    return InView(layer, features, found.total if found.total is not None else len(features))


def _asked(collection: Collection, view: View, limit: int) -> Query:
    place = attribute(collection.declared.view, collection.place)
    window = GeoFilter("intersects", cast("dict[str, Json]", view.place), place)
    return Query(geo=window, limit=limit, total=True, total_max=COUNT_MAX)


class FeatureReader(msgspec.Struct, frozen=True):
    """Reads the entities of a layer as its features, in a language."""

    layer: MapLayer
    collection: Collection
    signs: Sequence[Sign]
    language: str

    def read(self, seen: Any) -> Feature:
        """One entity."""
        layer, declared = self.layer, self.collection.declared
        part = part_of_path(seen.id)
        own = "{id}" in declared.page
        told = (
            self._told(one, self.collection.told_of(seen, one.property))
            for one in layer.items
            if one.role != "title"
        )
        return Feature(
            id=seen.id,
            title=self._title(seen),
            text="　".join([text for text in told if text][:ITEMS_TOLD_MAX]),
            geometry=getattr(seen, self.collection.place),
            sign=self._sign(seen),
            path=declared.page.replace("{id}", part) if own else f"things/{declared.name}/{part}",
        )

    def _title(self, seen: Any) -> str:
        titled = (self._value(seen, one.property) for one in self.layer.items if one.role == "title")
        own = getattr(seen, self.collection.declared.title, "")
        named = next((text for value in (*titled, own) if (text := said(value, self.language))), "")
        return named or self._known(seen)

    def _known(self, seen: Any) -> str:
        """What a thing without a name is called: its class, or its layer, with the first of what people know it by."""
        sign = self._sign(seen)
        words = sign.words if sign is not None and sign.values else self.layer.title
        known = (said(self._value(seen, name), self.language) for name in KNOWN_BY)
        return "　".join(filter(None, (words.say(self.language), next(filter(None, known), ""))))

    def _told(self, item: Item, value: Any) -> str:
        text = said(value, self.language)
        return f"{item.words.say(self.language)} {text}{item.unit}" if text else ""

    def _sign(self, seen: Any) -> Sign | None:
        value = self._value(seen, self.layer.style.by) if self.layer.style.by else None
        return next((one for one in self.signs if one.is_of(value)), None)

    def _value(self, seen: Any, name: str) -> Any:
        return self.collection.value_of(seen, name)


def said(value: Any, language: str) -> str:
    """A value as text, those of a list one after the other; nothing for what is not there and for what has other parts."""
    if isinstance(value, Words):
        return value.say(language)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, tuple):
        return SEVERAL.say(language).join(said(one, language) for one in cast("tuple[Any, ...]", value))
    return str(value) if isinstance(value, str | int) else ""


# The drawing -------------------------------------------------------------------------------------------------------


class Shape(msgspec.Struct, frozen=True):
    """A feature on the drawn map: paths of areas and lines (SVG, in pixels of the picture), or where its points lie."""

    feature: Feature
    areas: str = ""
    lines: str = ""
    points: Sequence[LonLat] = ()


def draw(view: View, features: Sequence[Feature]) -> list[Shape]:
    """The features in a picture of WIDTH_PX by HEIGHT_PX that shows the window of a view."""
    place = _placing(view)
    return [_shape(one, place) for one in features]


def paths_of(view: View, geometries: Iterable[Mapping[str, Any]]) -> tuple[str, str]:
    """The areas and the lines of geometries as one path each of the same picture."""
    place = _placing(view)
    shapes = [_shape(Feature("", "", "", one, None, ""), place) for one in geometries]
    return "".join(one.areas for one in shapes), "".join(one.lines for one in shapes)


def _placing(view: View) -> Placing:
    """From degrees to pixels of the picture (EPSG:3857), to half a pixel: what falls together there is not told apart."""
    west, south, east, north = view.window
    left, top = across(west), down(north)
    wide, high = WIDTH_PX / (across(east) - left), HEIGHT_PX / (down(south) - top)

    def place(positions: Sequence[Sequence[float]]) -> Any:
        degrees = np.array([one[:2] for one in positions], dtype=float)
        latitudes = np.radians(np.clip(degrees[:, 1], -LATITUDE_MAX, LATITUDE_MAX))
        x = (degrees[:, 0] / 360 + 0.5 - left) * wide
        y = (0.5 - np.arcsinh(np.tan(latitudes)) / (2 * np.pi) - top) * high
        return np.rint(np.column_stack((x, y)) * 2) / 2

    return place


def _shape(feature: Feature, place: Placing) -> Shape:
    areas: list[str] = []
    lines: list[str] = []
    points: list[LonLat] = []
    for kind, coordinates in _parts(feature.geometry):
        if kind == "Point":
            points.append(cast("LonLat", tuple(place([coordinates])[0].tolist())))
        elif kind == "LineString":
            lines.append(_path(place(coordinates), closed=False))
        else:
            areas += [_path(place(ring), closed=True) for ring in coordinates]
    return Shape(feature, "".join(areas), "".join(lines), points)


def _parts(geometry: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The points, lines and polygons of a geometry."""
    kind = str(geometry["type"])
    if kind == "GeometryCollection":
        for one in geometry["geometries"]:
            yield from _parts(one)
    elif kind.startswith("Multi"):
        for one in geometry["coordinates"]:
            yield kind.removeprefix("Multi"), one
    else:
        yield kind, geometry["coordinates"]


def _path(corners: Any, closed: bool) -> str:
    """A path without corners that fall together; a line has two at least."""
    moved = np.any(corners[1:] != corners[:-1], axis=1)
    kept = corners[np.concatenate(([True], moved))]
    if not closed and len(kept) == 1:
        kept = corners[[0, -1]]
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in kept.tolist()) + ("Z" if closed else "")
