"""Grid squares of Japanese statistics (地域メッシュ, JIS X 0410): code ↔ cell ↔ box, neighbours, parents, children, cells over a box.

All sizes are whole multiples of the eighth of the basic grid square (3.75″ of latitude, 5.625″ of longitude), so a cell is counted in
these units: 1/960° to the north from the equator, 1/640° to the east from 100° E. A cell holds its southern and its western edge and
not the other two; edges are computed from the same whole numbers by all cells that share them, so there is neither gap nor overlap.

Source: JIS X 0410:2002; 昭和48年行政管理庁告示第143号 (basic squares and their halves); 総務省統計局「地域メッシュ統計の特質・沿革」1章4.
"""

from __future__ import annotations

import math
import re
from typing import Final

import msgspec

from kaiteki.model.place import Bounds
from kaiteki.model.problem import Problem
from kaiteki.model.words import Words

ROWS_PER_DEGREE: Final = 960
COLUMNS_PER_DEGREE: Final = 640
WEST_DEGREES: Final = 100
ROWS: Final = 100 * 640
"""From the equator to 66°40′ N: two digits of 40′."""
COLUMNS: Final = 80 * 640
"""From 100° E to 180°."""
FIELD: Final = "mesh"
"""The parameter that refusals name, where the caller names none."""


class Level(msgspec.Struct, frozen=True):
    """A size of cells: its short name, digits of its codes, side in units, the level above, what people call it."""

    name: str
    digits: int
    side: int
    above: str
    words: Words


LEVELS: Final[dict[str, Level]] = {
    one.name: one
    for one in (
        Level("1", 4, 640, "", Words("第1次地域区画（約80km）", "first-order square (about 80 km)")),
        Level("2", 6, 80, "1", Words("第2次地域区画（約10km）", "second-order square (about 10 km)")),
        Level("5km", 7, 40, "2", Words("5倍地域メッシュ（約5km）", "fivefold square (about 5 km)")),
        Level("2km", 9, 16, "2", Words("2倍地域メッシュ（約2km）", "twofold square (about 2 km)")),
        Level("3", 8, 8, "2", Words("基準地域メッシュ（約1km）", "basic square (about 1 km)")),
        Level("4", 9, 4, "3", Words("2分の1地域メッシュ（約500m）", "half square (about 500 m)")),
        Level("5", 10, 2, "4", Words("4分の1地域メッシュ（約250m）", "quarter square (about 250 m)")),
        Level("6", 11, 1, "5", Words("8分の1地域メッシュ（約125m）", "eighth square (about 125 m)")),
    )
}
"""By name: 1 to 6 are 第1次 to 第6次 (the halves), 5km and 2km the integrated ones (統合地域メッシュ; 10倍 is the second order)."""
_BELOW: Final = {"1": "2", "2": "3", "5km": "3", "2km": "3", "3": "4", "4": "5", "5": "6"}
"""The level into which a cell is divided; 5 km and 2 km are made of basic squares."""
_CODE: Final = re.compile(
    r"(\d{2})(\d{2})(?:-?([0-7])([0-7])(?:-?(\d)(\d))?)?(?:-?([1-5](?:-?[1-4]){0,2}))?", re.ASCII
)


class Mesh(msgspec.Struct, frozen=True, order=True):
    """A cell: the name of its level, its row from the equator and its column from 100° E, counted in cells of the level."""

    level: str
    row: int
    column: int

    @property
    def side(self) -> int:
        """Units of a side."""
        return LEVELS[self.level].side

    @property
    def box(self) -> Bounds:
        """West, south, east, north in degrees."""
        side = self.side
        return (
            _lon(self.column * side),
            _lat(self.row * side),
            _lon((self.column + 1) * side),
            _lat((self.row + 1) * side),
        )

    @property
    def inside(self) -> Bounds:
        """The closed box of exactly the points that lie in the cell: without its eastern and northern edge."""
        west, south, east, north = self.box
        return west, south, math.nextafter(east, west), math.nextafter(north, south)

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of the middle."""
        west, south, east, north = self.box
        return (west + east) / 2, (south + north) / 2

    @property
    def code(self) -> str:
        """Its code: 4 to 11 digits."""
        row, column = self.row * self.side, self.column * self.side
        parts = [f"{row // 640:02}{column // 640:02}"]
        if self.level != "1":
            parts.append(f"{row % 640 // 80}{column % 640 // 80}")
        match self.level:
            case "1" | "2":
                pass
            case "5km":
                parts.append(_quarter(row % 80 // 40, column % 80 // 40))
            case "2km":
                parts.append(f"{row % 80 // 16 * 2}{column % 80 // 16 * 2}5")
            case _:
                parts.append(f"{row % 80 // 8}{column % 80 // 8}")
                halves = (half for half in (4, 2, 1) if half >= self.side)
                parts += [_quarter(row % (2 * half) // half, column % (2 * half) // half) for half in halves]
        return "".join(parts)

    def parent(self) -> Mesh | None:
        """The cell of the level above that holds it; None for a first-order square."""
        above = LEVELS[self.level].above
        return self.within(above) if above else None

    def within(self, level: str) -> Mesh:
        """The cell of a larger level in which its south-western corner lies."""
        side = LEVELS[level].side
        return Mesh(level, self.row * self.side // side, self.column * self.side // side)

    def children(self) -> tuple[Mesh, ...]:
        """The cells of the level below into which it is divided, row by row from the south-west; none for an eighth square."""
        below = _BELOW.get(self.level)
        if below is None:
            return ()
        times = self.side // LEVELS[below].side
        row, column = self.row * times, self.column * times
        return tuple(Mesh(below, row + r, column + c) for r in range(times) for c in range(times))

    def neighbours(self) -> tuple[Mesh, ...]:
        """The cells around it, row by row from the south-west; fewer at the edge of what has codes."""
        rows, columns = ROWS // self.side, COLUMNS // self.side
        return tuple(
            Mesh(self.level, self.row + r, self.column + c)
            for r in (-1, 0, 1)
            for c in (-1, 0, 1)
            if (r, c) != (0, 0) and 0 <= self.row + r < rows and 0 <= self.column + c < columns
        )


def _quarter(north: int, east: int) -> str:
    return str(1 + 2 * north + east)


def _lat(units: int) -> float:
    return units / ROWS_PER_DEGREE


def _lon(units: int) -> float:
    return WEST_DEGREES + units / COLUMNS_PER_DEGREE


def read_mesh(text: str, field: str = FIELD) -> Mesh:
    """The cell of a code, with or without hyphens between its orders. Raises BadRequestData that says what is wrong with it."""
    found = _CODE.fullmatch(text)
    digits = text.replace("-", "")
    if found is None or int(found[2]) >= COLUMNS // 640:
        raise Problem(
            "BadRequestData",
            f"{text[:40]!r} is no code of a grid square (JIS X 0410): 4 to 11 digits such as 5339, 533946, 53394611 or 5339461111",
            field,
        )
    row, column = int(found[1]) * 640, int(found[2]) * 640
    if found[3] is not None:
        row, column = row + int(found[3]) * 80, column + int(found[4]) * 80
    r, w = (int(found[5]), int(found[6])) if found[5] is not None else (0, 0)
    tail = digits[8:] if found[5] is not None else digits[6:] if found[3] is not None else digits[4:]
    level = _level_of(digits, tail)
    if level is None or (level == "2km" and (r % 2 or w % 2)):
        raise Problem("BadRequestData", f"{text[:40]!r} ends in digits that no grid square has", field)
    row, column = row + r * 8, column + w * 8
    if level == "5km":
        row, column = row + (int(tail) - 1) // 2 * 40, column + (int(tail) - 1) % 2 * 40
    elif level in ("4", "5", "6"):
        for half, digit in zip((4, 2, 1), tail, strict=False):
            row, column = row + (int(digit) - 1) // 2 * half, column + (int(digit) - 1) % 2 * half
    side = LEVELS[level].side
    return Mesh(level, row // side, column // side)


def _level_of(digits: str, tail: str) -> str | None:
    """The level of a code by its length, and by its last digit where two have the same length; None where none has."""
    if len(digits) == 9 and tail == "5":
        return "2km"
    if "5" in tail:
        return None
    return {4: "1", 6: "2", 7: "5km", 8: "3", 9: "4", 10: "5", 11: "6"}.get(len(digits))


def level_of(name: str, field: str = FIELD) -> Level:
    """A level by its name. Raises BadRequestData."""
    found = LEVELS.get(name)
    if found is None:
        raise Problem("BadRequestData", f"{field} is one of {', '.join(LEVELS)}", field)
    return found


def mesh_at(lon: float, lat: float, level: str, field: str = FIELD) -> Mesh:
    """The cell of a level in which a point lies. Raises BadRequestData outside of what has codes (100° to 180° E, 0° to 66°40′ N)."""
    row, column = _unit(lat, 0, ROWS_PER_DEGREE), _unit(lon, WEST_DEGREES, COLUMNS_PER_DEGREE)
    if not (0 <= row < ROWS and 0 <= column < COLUMNS):
        raise Problem(
            "BadRequestData", "grid squares have codes from 100° to 180° E and from 0° to 66°40′ N", field
        )
    side = LEVELS[level].side
    return Mesh(level, row // side, column // side)


def _unit(degrees: float, origin: int, per_degree: int) -> int:
    """The unit in which a coordinate lies, by the very edges that boxes are told with (a product may be rounded over one)."""
    unit = math.floor((degrees - origin) * per_degree)
    while degrees < origin + unit / per_degree:
        unit -= 1
    while degrees >= origin + (unit + 1) / per_degree:
        unit += 1
    return unit


def meshes_over(box: Bounds, level: str, most: int, field: str = FIELD) -> list[Mesh]:
    """The cells of a level that hold a point of a box, row by row. Raises BadRequestData where there are more than `most`."""
    west, south, east, north = box
    edge = math.nextafter(WEST_DEGREES + COLUMNS / COLUMNS_PER_DEGREE, 0)
    first = mesh_at(max(west, WEST_DEGREES), max(south, 0.0), level, field)
    last = mesh_at(min(east, edge), min(north, math.nextafter(ROWS / ROWS_PER_DEGREE, 0)), level, field)
    rows, columns = range(first.row, last.row + 1), range(first.column, last.column + 1)
    if len(rows) * len(columns) > most:
        raise Problem(
            "BadRequestData",
            f"{field}: there are {len(rows) * len(columns)} cells in this box, at most {most} are told; ask for larger cells or a smaller box",
            field,
        )
    return [Mesh(level, row, column) for row in rows for column in columns]
