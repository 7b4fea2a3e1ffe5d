"""Where a tile lies: the tile matrix set WebMercatorQuad (OGC 17-083r4, Annex D.1)."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from kaiteki.model.entity import Json

RADIUS_M: Final = 6_378_137.0
HALF_M: Final = math.pi * RADIUS_M
"""Half the side of the square that holds the world."""
LEVEL_MAX: Final = 18
"""The deepest level of which there are tiles (0.6 m a pixel, 4 cm a step); maps enlarge it for what is nearer."""
_MATRIX_LAST: Final = 24
"""The last level that the register describes."""
EXTENT: Final = 4096
"""Steps along the side of a tile."""
BUFFER: Final = 64
"""Steps beyond each side that are drawn as well, so that lines and outlines meet at the edge."""
LATITUDE_MAX: Final = 85.0511287798066
MATRIX_SET: Final = "WebMercatorQuad"
MATRIX_SET_URI: Final = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
_SCALE_0: Final = 559_082_264.028717
"""Scale denominator of level 0 (pixels of 0.28 mm)."""
_CELL_0: Final = 156_543.033928041
"""Metres of a pixel of level 0."""
_ORIGIN: Final = (-20_037_508.3427892, 20_037_508.3427892)
MATRIX_SET_TITLE: Final = "Google Maps Compatible for the World"
MATRIX_SET_CRS: Final = "http://www.opengis.net/def/crs/EPSG/0/3857"


class Tile(NamedTuple):
    """A tile by its level, column from the west, row from the north."""

    level: int
    column: int
    row: int

    @property
    def exists(self) -> bool:
        """Whether there is such a tile."""
        side = 1 << self.level if 0 <= self.level <= LEVEL_MAX else 0
        return 0 <= self.column < side and 0 <= self.row < side

    @property
    def side_m(self) -> float:
        """Metres of Web Mercator along its side."""
        return 2 * HALF_M / (1 << self.level)

    @property
    def corner(self) -> tuple[float, float]:
        """Its north-western corner in metres of Web Mercator."""
        return self.column * self.side_m - HALF_M, HALF_M - self.row * self.side_m

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees, with the buffer."""
        west, north = self.corner
        beyond = self.side_m * BUFFER / EXTENT
        south_m, east_m = north - self.side_m - beyond, west + self.side_m + beyond
        return (
            max(-180.0, math.degrees((west - beyond) / RADIUS_M)),
            _latitude(south_m),
            min(180.0, math.degrees(east_m / RADIUS_M)),
            _latitude(north + beyond),
        )


def _latitude(metres: float) -> float:
    return math.degrees(math.atan(math.sinh(metres / RADIUS_M)))


def tile_over(longitude: float, latitude: float, level: int) -> Tile:
    """The tile of a level in which a place lies."""
    side = 1 << level
    held = max(-LATITUDE_MAX, min(LATITUDE_MAX, latitude))
    column = math.floor((longitude + 180.0) / 360.0 * side)
    row = math.floor((1.0 - math.asinh(math.tan(math.radians(held))) / math.pi) / 2.0 * side)
    return Tile(level, min(max(column, 0), side - 1), min(max(row, 0), side - 1))


def matrix_set() -> dict[str, Json]:
    """The definition of the set, as its register tells it."""
    return {
        "id": MATRIX_SET,
        "title": MATRIX_SET_TITLE,
        "uri": MATRIX_SET_URI,
        "crs": MATRIX_SET_CRS,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [
            {
                "id": str(level),
                "scaleDenominator": _SCALE_0 / (1 << level),
                "cellSize": _CELL_0 / (1 << level),
                "cornerOfOrigin": "topLeft",
                "pointOfOrigin": list(_ORIGIN),
                "tileWidth": 256,
                "tileHeight": 256,
                "matrixWidth": 1 << level,
                "matrixHeight": 1 << level,
            }
            for level in range(_MATRIX_LAST + 1)
        ],
    }


def limits() -> list[Json]:
    """The tiles that there are: every one of each level to LEVEL_MAX (OGC 17-083r4, 6.3)."""
    return [
        {
            "tileMatrix": str(level),
            "minTileRow": 0,
            "maxTileRow": (1 << level) - 1,
            "minTileCol": 0,
            "maxTileCol": (1 << level) - 1,
        }
        for level in range(LEVEL_MAX + 1)
    ]
