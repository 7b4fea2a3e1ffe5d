"""Papers, scales and what of a sheet somebody asks for; where on the paper the map lies. All lengths in millimetres from the upper left."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from kaiteki.model.area import Area
from kaiteki.model.decision import Refused
from kaiteki.model.place import Bounds
from kaiteki.model.plane import Metres, degrees_over, metres_at
from kaiteki.model.position import read_position
from kaiteki.model.words import Words
from kaiteki.services.maps.model import MapLayer
from kaiteki.services.maps.viewport import EARTH_PX, is_drawn

Point: TypeAlias = tuple[float, float]
SCALES: Final = (500, 1_000, 2_500, 5_000, 10_000, 25_000)
SCALE_FIRST: Final = 2_500
LAYERS_MAX: Final = 12
PICTURE_PX: Final = (100, 1_200)
"""The least and the most pixels of a side of a picture for other pages."""
SIDES: Final = ("width", "height")
PX_MM: Final = 25.4 / 96
"""A pixel as CSS has it."""
SCREEN_PX_MM: Final = 0.28
"""A pixel as OGC counts scales (Symbology Encoding 1.1, 05-077r4, clause 10.2)."""
EARTH_M: Final = 40_075_016.686
"""The equator of the web map (EPSG:3857)."""


class Paper(msgspec.Struct, frozen=True):
    """A sheet: its size, what people call it, and the dots per inch of its picture."""

    name: str
    width: float
    height: float
    words: Words
    dpi: int


PAPERS: Final = {
    one.name: one
    for one in (
        Paper("a4-portrait", 210, 297, Words("A4 たて", "A4 portrait", "A4 たて"), 150),
        Paper("a4-landscape", 297, 210, Words("A4 よこ", "A4 landscape", "A4 よこ"), 150),
        Paper("a3-portrait", 297, 420, Words("A3 たて", "A3 portrait", "A3 たて"), 106),
        Paper("a3-landscape", 420, 297, Words("A3 よこ", "A3 landscape", "A3 よこ"), 106),
    )
}


class Frame(msgspec.Struct, frozen=True):
    """A rectangle on the paper."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height


class Sheet(msgspec.Struct, frozen=True):
    """What is drawn: layers (the first on top) around a place, in a plane system at 1 : `scale`. `bare`: a picture without its surroundings."""

    layers: Sequence[MapLayer]
    at: Point
    scale: int
    paper: Paper
    system: int
    numbers: Sequence[int] = ()
    """The places of the layers among all of the area, which decide on the shapes of their signs."""
    bare: bool = False

    @property
    def frame(self) -> Frame:
        """Where the map lies."""
        if self.bare:
            return Frame(0, 0, self.paper.width, self.paper.height)
        return Frame(18, 30, self.paper.width - 36, self.paper.height - 30 - 64)

    @property
    def middle(self) -> Metres:
        """The place in metres of the system."""
        return metres_at(*self.at, self.system)

    @property
    def metres(self) -> Bounds:
        """What the frame shows: west, south, east, north in metres of the system."""
        east, north = self.middle
        half_width, half_height = (side * self.scale / 2000 for side in (self.frame.width, self.frame.height))
        return east - half_width, north - half_height, east + half_width, north + half_height

    @property
    def zoom(self) -> float:
        """The zoom of the web map at which a screen (pixels of SCREEN_PX_MM, as OGC counts scales) shows the same scale."""
        metres_per_px = self.scale * SCREEN_PX_MM / 1000
        return math.log2(EARTH_M * math.cos(math.radians(self.at[1])) / (EARTH_PX * metres_per_px))

    def scales_of(self, layer: MapLayer) -> list[int]:
        """The scales at which a layer is drawn here, the largest map first."""
        return [one for one in SCALES if is_drawn(layer, msgspec.structs.replace(self, scale=one).zoom)]

    @property
    def degrees(self) -> Bounds:
        """A box in degrees that holds it."""
        return degrees_over(*self.metres, self.system)


def read_sheet(query: Mapping[str, str], layers: Sequence[MapLayer], town: Area) -> Sheet | Refused:
    """What an address asks for: `layers`, `at`, `scale`, `paper`; `width` and `height` in pixels for a picture without surroundings.
    A sheet is of now: `date` and `compare` are refused."""
    if query.get("date") or query.get("compare"):
        return Refused("of_today")
    names = [one for one in query.get("layers", "").split(",") if one]
    by_name = {one.name: one for one in layers}
    if len(names) > LAYERS_MAX or any(one not in by_name for one in names):
        return Refused("unknown_layer" if len(names) <= LAYERS_MAX else "too_many_layers")
    at = _place(query.get("at", ""), town)
    if at is None:
        return Refused("not_here")
    scale = query.get("scale", str(SCALE_FIRST))
    if scale not in {str(one) for one in SCALES}:
        return Refused("unknown_scale")
    paper, bare = PAPERS.get(query.get("paper", "a4-portrait")), "width" in query or "height" in query
    if bare:
        paper = _picture(query)
    if paper is None:
        return Refused("unknown_size" if bare else "unknown_paper")
    chosen = tuple(dict.fromkeys(by_name[one] for one in names))
    numbers = tuple(layers.index(one) for one in chosen)
    return Sheet(chosen, at, int(scale), paper, town.plane, numbers, bare)


def _place(text: str, town: Area) -> Point | None:
    """A place in the area, its centre where none is told; None for one elsewhere."""
    if not text:
        return town.centre
    found = read_position(text, latitude_first=False)
    west, south, east, north = town.bbox
    if found is None:
        return None
    lon, lat = found.at
    return (lon, lat) if west <= lon <= east and south <= lat <= north else None


def _picture(query: Mapping[str, str]) -> Paper | None:
    if unfit_side(query):
        return None
    width, height = int(query["width"]), int(query["height"])
    return Paper("", width * PX_MM, height * PX_MM, Words("", ""), 96)


def unfit_side(query: Mapping[str, str]) -> str:
    """Which side of a picture is wrong as it is told, else which is not told; empty where both are as they may be."""
    least, most = PICTURE_PX

    def fits(text: str) -> bool:
        return text.isascii() and text.isdigit() and len(text) < 5 and least <= int(text) <= most

    wrong = [name for name in SIDES if not fits(query.get(name, ""))]
    return next((name for name in wrong if name in query), wrong[0] if wrong else "")


def nice(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20 … that is not less."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least * (1 - 1e-9))
