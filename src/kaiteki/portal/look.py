"""What an area lends to the look of its pages: its colour, and the outline of its wards for the maps."""

from __future__ import annotations

from typing import Any

from kaiteki.model.area import Area, Ward
from kaiteki.model.words import LANGUAGES


def look_of(area: Area) -> str:
    """The style sheet that gives the pages the accent of the area, and a light ground of it."""
    red, green, blue = (int(area.accent[at : at + 2], 16) for at in (1, 3, 5))
    soft = ",".join(str(round(255 - (255 - part) * 0.06)) for part in (red, green, blue))
    return f":root{{--area:{area.accent};--area-soft:rgb({soft})}}\n"


def outline_of(area: Area) -> dict[str, Any]:
    """The wards as GeoJSON: a polygon where the area's data have one, and a point with the name where its office lies."""
    polygons = [
        _feature(ward, f"{ward.code}-outline", "Polygon", [[list(point) for point in ward.polygon]])
        for ward in area.wards
        if ward.polygon
    ]
    names = [_feature(ward, ward.code, "Point", list(ward.centre)) for ward in area.wards]
    return {"type": "FeatureCollection", "features": [*polygons, *names]}


def _feature(ward: Ward, code: str, kind: str, coordinates: list[Any]) -> dict[str, Any]:
    said = {f"name:{language}": ward.words.say(language) for language in LANGUAGES}
    return {
        "type": "Feature",
        "id": code,
        "properties": {"name": ward.words.ja, **said},
        "geometry": {"type": kind, "coordinates": coordinates},
    }
