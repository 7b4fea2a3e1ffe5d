"""The short way of reading what a city tells most: a plain property, a point."""

from __future__ import annotations

from typing import Final

from kaiteki.model.entity import Json, is_array
from kaiteki.model.instant import parse_instant
from kaiteki.model.representation.patch import NULL, AttributePatch

_NUMBERS: Final = (int, float)


def read_plain(raw: dict[str, Json]) -> AttributePatch | None:
    """A Property with a number, truth value or text and at most a unit or a time, or a place that is a point; None for all others.

    So are most of what a city tells. What is read here is not looked at further, so nothing may pass that would be refused.
    """
    value: Json = raw.get("value")
    sort = value.__class__
    members = len(raw)
    if sort is dict and members == 2 and raw.get("type") == "GeoProperty" and _is_point(value):
        return AttributePatch("GeoProperty", value)
    if not (sort is int or sort is float or sort is bool or (sort is str and value != NULL)):
        return None
    if members == 1:
        return AttributePatch("Property", value)
    if raw.get("type") != "Property":
        return None
    if members == 2:
        return AttributePatch("Property", value)
    if members == 3:
        unit = raw.get("unitCode")
        if unit.__class__ is str and unit != NULL:
            return AttributePatch("Property", value, unit_code=unit)
        told = raw.get("observedAt")
        moment = parse_instant(told) if isinstance(told, str) else None
        if moment is not None:
            return AttributePatch("Property", value, observed_at=moment)
    return None


def _is_point(value: dict[str, Json]) -> bool:
    """Whether an object is a point with two good numbers and nothing beside."""
    place = value.get("coordinates")
    if len(value) != 2 or value.get("type") != "Point" or not is_array(place) or len(place) != 2:
        return False
    lon, lat = place
    numbers = lon.__class__ in _NUMBERS and lat.__class__ in _NUMBERS
    return numbers and -180 <= lon <= 180 and -90 <= lat <= 90
