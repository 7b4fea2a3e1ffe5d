"""Spatial ids (空間ID, ZFXY): `z/f/x/y` ↔ voxel ↔ box and heights, neighbours, parents, children, voxels over a box.

x and y are those of web map tiles (Web Mercator, y from the north); f counts floors of 2^25 / 2^z metres from the height 0 (標高), below it
the numbers are negative. A voxel of z = 25 is 1 m high; the voxel above a voxel has half its numbers. A voxel holds its western and its
northern edge and its lower face. What says no height is at 0 m, so in floor 0. Without a floor, `z/x/y` is the ground alone: the web map
tile with all that is over and under it.

Source: unvt/zfxy-spec (f = ⌊2^z·h / 2^25⌋); 4次元時空間情報利活用のための空間IDガイドライン 1.0版 (デジタル庁, IPA), 2 章.
"""

from __future__ import annotations

import math
import re
from typing import Final

import msgspec

from kaiteki.model.place import Bounds
from kaiteki.model.problem import Problem

ZOOM_MAX: Final = 30
"""Voxels of 3 cm; beyond, positions in degrees have no more digits to tell them by than ids need."""
METRE_ZOOM: Final = 25
LATITUDE_MAX: Final = math.degrees(math.atan(math.sinh(math.pi)))
FIELD: Final = "zfxy"
"""The parameter that refusals name, where the caller names none."""
_TEXT: Final = re.compile(r"/?(\d{1,2})/(?:(-?\d{1,10})/)?(\d{1,10})/(\d{1,10})", re.ASCII)


class SpatialId(msgspec.Struct, frozen=True):
    """A voxel by its zoom, floor (None: the ground with all heights), column from 180° W and row from the north."""

    z: int
    f: int | None
    x: int
    y: int

    @property
    def code(self) -> str:
        """`z/f/x/y`, or `z/x/y` for the ground with all heights."""
        floor = "" if self.f is None else f"{self.f}/"
        return f"{self.z}/{floor}{self.x}/{self.y}"

    @property
    def box(self) -> Bounds:
        """West, south, east, north in degrees."""
        return _lon(self.x, self.z), _lat(self.y + 1, self.z), _lon(self.x + 1, self.z), _lat(self.y, self.z)

    @property
    def inside(self) -> Bounds:
        """The closed box of exactly the points that lie in it: without its eastern and southern edge."""
        west, south, east, north = self.box
        return west, math.nextafter(south, north), math.nextafter(east, west), north

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of the middle of its ground: the corner that its four children share."""
        return _lon(2 * self.x + 1, self.z + 1), _lat(2 * self.y + 1, self.z + 1)

    @property
    def heights(self) -> tuple[float, float] | None:
        """From which height in metres on (included) up to which (not included); None for all."""
        if self.f is None:
            return None
        return self.f * 2.0 ** (METRE_ZOOM - self.z), (self.f + 1) * 2.0 ** (METRE_ZOOM - self.z)

    def within(self, z: int) -> SpatialId:
        """The voxel of a smaller zoom that holds it."""
        up = self.z - z
        return SpatialId(z, None if self.f is None else self.f >> up, self.x >> up, self.y >> up)

    def parent(self) -> SpatialId | None:
        """The voxel of the zoom above that holds it; None for zoom 0."""
        return self.within(self.z - 1) if self.z else None

    def children(self) -> tuple[SpatialId, ...]:
        """The eight voxels (four tiles of the ground) into which it is divided, floor by floor, row by row from the north-west; none at the last zoom."""
        if self.z == ZOOM_MAX:
            return ()
        return tuple(
            SpatialId(self.z + 1, f, 2 * self.x + x, 2 * self.y + y)
            for f in ((None,) if self.f is None else (2 * self.f, 2 * self.f + 1))
            for y in (0, 1)
            for x in (0, 1)
        )

    def neighbours(self) -> tuple[SpatialId, ...]:
        """The voxels around it (26, over 180° as well; 8 tiles of the ground), floor by floor; fewer at the poles, top and bottom."""
        size = 1 << self.z
        floors = (None,) if self.f is None else (self.f - 1, self.f, self.f + 1)
        around = (
            SpatialId(self.z, f, (self.x + x) % size, self.y + y)
            for f in floors
            for y in (-1, 0, 1)
            for x in (-1, 0, 1)
            if (f is None or -size <= f < size) and 0 <= self.y + y < size
        )
        return tuple(one for one in dict.fromkeys(around) if one != self)


def _lon(column: int, z: int) -> float:
    return column * 360 / (1 << z) - 180


def _lat(row: int, z: int) -> float:
    return math.degrees(math.atan(math.sinh(math.pi - row * 2 * math.pi / (1 << z))))


def read_spatial_id(text: str, field: str = FIELD) -> SpatialId:
    """The voxel of an id `z/f/x/y` (or `z/x/y`, the ground), with or without a slash before it. Raises BadRequestData that says what is wrong with it."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise Problem(
            "BadRequestData",
            f"{text[:60]!r} is no spatial id: z/f/x/y such as 18/0/232837/103229, or z/x/y",
            field,
        )
    z, x, y = int(found[1]), int(found[3]), int(found[4])
    f = None if found[2] is None else int(found[2])
    check_zoom(z, field)
    size = 1 << z
    if not (-size <= (f or 0) < size and x < size and y < size):
        raise Problem(
            "BadRequestData",
            f"at zoom {z} f lies in {-size}…{size - 1}, x and y in 0…{size - 1} ({text[:60]!r})",
            field,
        )
    return SpatialId(z, f, x, y)


def check_zoom(z: int, field: str = FIELD) -> None:
    """Raise BadRequestData unless there are voxels of a zoom."""
    if not 0 <= z <= ZOOM_MAX:
        raise Problem("BadRequestData", f"the zoom of a spatial id is 0 to {ZOOM_MAX}", field)


def spatial_id_at(lon: float, lat: float, z: int, height_m: float = 0.0, field: str = FIELD) -> SpatialId:
    """The voxel in which a point lies. Raises BadRequestData beyond 85.0511° of latitude and 2^25 m of height."""
    if not (abs(lat) <= LATITUDE_MAX and abs(lon) <= 180 and -(2**METRE_ZOOM) <= height_m < 2**METRE_ZOOM):
        raise Problem(
            "BadRequestData", "spatial ids reach to 85.0511° of latitude and 33,554 km of height", field
        )
    size = 1 << z
    x = _column(lon, z)
    return SpatialId(z, math.floor(height_m * 2.0 ** (z - METRE_ZOOM)), x % size, _row(lat, z))


def _column(lon: float, z: int) -> int:
    """The column of a longitude, by the very edges that boxes are told with."""
    x = math.floor((lon + 180) / 360 * (1 << z))
    while lon < _lon(x, z):
        x -= 1
    while lon >= _lon(x + 1, z):
        x += 1
    return x


def _row(lat: float, z: int) -> int:
    """The row of a latitude, by the same edges."""
    size = 1 << z
    y = math.floor((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * size)
    y = min(max(y, 0), size - 1)
    while y > 0 and lat > _lat(y, z):
        y -= 1
    while y < size - 1 and lat <= _lat(y + 1, z):
        y += 1
    return y


def spatial_ids_over(box: Bounds, z: int, most: int, field: str = FIELD) -> list[SpatialId]:
    """The tiles of the ground that hold a point of a box, row by row from the north. Raises BadRequestData where there are more than `most`."""
    west, south, east, north = box
    first = spatial_id_at(west, min(north, LATITUDE_MAX), z, 0.0, field)
    last = spatial_id_at(min(east, math.nextafter(180, 0)), max(south, -LATITUDE_MAX), z, 0.0, field)
    rows, columns = range(first.y, last.y + 1), range(first.x, last.x + 1)
    if len(rows) * len(columns) > most:
        raise Problem(
            "BadRequestData",
            f"{field}: there are {len(rows) * len(columns)} cells in this box, at most {most} are told; ask for larger cells or a smaller box",
            field,
        )
    return [SpatialId(z, None, x, y) for y in rows for x in columns]
