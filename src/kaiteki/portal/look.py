"""What an area lends to the look of its pages: its colour, and the outline of its wards for the maps."""

from __future__ import annotations

from typing import Any

from kaiteki.model.area import Area


def look_of(area: Area) -> str:
    """The style sheet that gives the pages the accent of the area, and a light ground of it."""
    red, green, blue = (int(area.accent[at : at + 2], 16) for at in (1, 3, 5))
    soft = ",".join(str(round(255 - (255 - part) * 0.06)) for part in (red, green, blue))
    return f":root{{--area:{area.accent};--area-soft:rgb({soft})}}\n"


def outline_of(area: Area) -> dict[str, Any]:
    """The wards with a polygon as GeoJSON; empty where the area's data have none."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": ward.code,
                "properties": {"name": ward.words.ja, "name:en": ward.words.en},
                "geometry": {"type": "Polygon", "coordinates": [[list(point) for point in ward.polygon]]},
            }
            for ward in area.wards
            if ward.polygon
        ],
    }
