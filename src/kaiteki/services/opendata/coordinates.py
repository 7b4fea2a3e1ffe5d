"""Positions of Japan in any of its coordinate systems, as WGS84 longitude and latitude."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import pyproj
import shapely

from kaiteki.model.entity import Json
from kaiteki.services.opendata.values import narrow

if TYPE_CHECKING:
    import pyproj.exceptions
    import shapely.geometry

Place: TypeAlias = tuple[float, float]
"""(longitude, latitude) in degrees."""
Convert: TypeAlias = Callable[[float, float], Place]

WEST, SOUTH, EAST, NORTH = 122.0, 20.0, 154.5, 46.5
"""The box around Japan, in degrees; a position outside of it is not believed."""
NESTING_MAX: Final = 4
"""Lists within each other in the coordinates of a MultiPolygon, the deepest geometry of RFC 7946."""
DECIMALS: Final = 7
"""Kept decimals of a degree: about one centimetre."""
_SAME_DATUM: Final = ("WGS 84", "WGS_1984", "JGD2011", "JGD_2011", "JGD2000", "JGD_2000", "GRS80")
"""Systems that agree within a metre away from earthquakes; GSI gives no general shift between them."""

_DMS: Final = re.compile(
    r"([NSEW北南東西])?[緯経]?\s*(\d{1,3})\s*[°度]\s*(\d{1,2})\s*['′’分]\s*(\d{1,2}(?:\.\d+)?)\s*(?:[\"″”秒]|''|′′)?\s*([NSEW])?",
    re.I,
)
_SPACED: Final = re.compile(r"(\d{1,3})[:\s](\d{1,2})[:\s](\d{1,2}(?:\.\d+)?)")


def read_angle(text: str) -> tuple[float, bool] | None:
    """Degrees as a number, or degrees, minutes and seconds (35°36′10″, 北緯35度36分10秒, 35:36:10); and whether rewritten."""
    slim = narrow(text).replace("´", "'").strip()
    try:
        value = float(slim.rstrip("°度"))
    except ValueError:
        found = _DMS.fullmatch(slim)
        spaced = _SPACED.fullmatch(slim)
        if not found and not spaced:
            return None
        parts = (
            (found[2], found[3], found[4]) if found else (spaced[1], spaced[2], spaced[3]) if spaced else ()
        )
        degrees, minutes, seconds = (float(part) for part in parts)
        if minutes >= 60 or seconds >= 60:
            return None
        return round(degrees + minutes / 60 + seconds / 3600, DECIMALS), True
    return (value, slim != text) if math.isfinite(value) else None


def in_japan(place: Place) -> bool:
    """Whether the position lies in the box around Japan."""
    return WEST <= place[0] <= EAST and SOUTH <= place[1] <= NORTH


def place_of(longitude: float, latitude: float) -> tuple[Place, bool] | None:
    """The position and whether the two had to be swapped; None when it is not in Japan either way."""
    if in_japan((longitude, latitude)):
        return (round(longitude, DECIMALS), round(latitude, DECIMALS)), False
    if in_japan((latitude, longitude)):
        return (round(latitude, DECIMALS), round(longitude, DECIMALS)), True
    return None


@lru_cache(maxsize=64)
def converter(crs: str) -> Convert | None:
    """From a system (WKT, `EPSG:6676`, `6676`, empty for degrees) to longitude and latitude; None when it is unknown."""
    if not crs:
        return _keep
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            system = cast(Any, pyproj.CRS).from_user_input(int(crs) if crs.isdigit() else crs)
    except pyproj.exceptions.CRSError:
        return None
    if system.is_geographic and any(name in str(system.datum or system.name) for name in _SAME_DATUM):
        return _keep
    transformer = pyproj.Transformer.from_crs(system, 4326, always_xy=True)

    def convert(x: float, y: float) -> Place:
        longitude, latitude = transformer.transform(x, y)
        return float(longitude), float(latitude)

    return convert


@lru_cache(maxsize=64)
def is_plane(crs: str) -> bool:
    """Whether a known system counts in metres on a plane."""
    if not crs or converter(crs) is None:
        return False
    return bool(cast(Any, pyproj.CRS).from_user_input(int(crs) if crs.isdigit() else crs).is_projected)


def _keep(x: float, y: float) -> Place:
    return x, y


def place_geometry(geometry: dict[str, Json], crs: str) -> tuple[dict[str, Json], tuple[str, ...]] | str:
    """A geometry in WGS84 with valid areas, and codes of what was mended; a code alone when it cannot be used."""
    convert = converter(crs)
    if convert is None:
        return "unknown_crs"
    try:
        placed = _walk(geometry.get("coordinates"), convert, NESTING_MAX)
        shape: Any = shapely.geometry.shape({"type": geometry.get("type"), "coordinates": placed})
    except (
        pyproj.exceptions.ProjError,
        shapely.GEOSException,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        KeyError,
    ):
        return "broken_geometry"
    if shape.is_empty or not all(math.isfinite(bound) for bound in shape.bounds):
        return "broken_geometry"
    notes: list[str] = []
    west, south, east, north = (float(bound) for bound in shape.bounds)
    if not (in_japan((west, south)) and in_japan((east, north))):
        if not (in_japan((south, west)) and in_japan((north, east))):
            return "not_in_japan"
        shape = cast(Any, shapely).transform(shape, _swap)
        notes.append("swapped_position")
    if not shape.is_valid:
        shape = _areas(shapely.make_valid(shape), shape.geom_type)
        notes.append("mended_geometry")
        if shape is None:
            return "broken_geometry"
    elif "Polygon" in shape.geom_type:
        shape = _turned(shape)
    return _plain(shapely.geometry.mapping(shape)), tuple(notes)


def _swap(points: Any) -> Any:
    return points[:, ::-1]


def _walk(coordinates: Any, convert: Convert, deeper: int) -> Any:
    """Coordinates in degrees; TypeError for what is no list of numbers or of such lists, at most `deeper` within each other."""
    if not isinstance(coordinates, list | tuple) or not deeper:
        raise TypeError
    listed = cast("Sequence[Any]", coordinates)
    if isinstance(listed[0], int | float):
        x, y = convert(float(listed[0]), float(listed[1]))
        return round(x, DECIMALS), round(y, DECIMALS)
    return [_walk(part, convert, deeper - 1) for part in listed]


def _areas(shape: Any, kind: str) -> Any:
    """The part of a mended geometry that is still of its kind; a collection loses its stray lines and points."""
    if shape.geom_type != "GeometryCollection":
        return _turned(shape) if "Polygon" in shape.geom_type else shape
    wanted = kind.removeprefix("Multi")
    parts = [part for part in shape.geoms if part.geom_type.removeprefix("Multi") == wanted]
    return _turned(shapely.union_all(parts)) if parts else None


def _turned(shape: Any) -> Any:
    """Outer rings counter-clockwise, holes clockwise, as RFC 7946 section 3.1.6 wants it."""
    return cast(Any, shapely).orient_polygons(shape)


def _plain(mapping: Any) -> dict[str, Json]:
    def listed(value: Any) -> Any:
        return [listed(part) for part in cast(list[Any], value)] if isinstance(value, tuple | list) else value

    return {"type": mapping["type"], "coordinates": listed(mapping["coordinates"])}
