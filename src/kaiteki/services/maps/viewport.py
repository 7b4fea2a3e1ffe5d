"""What of the map somebody looks at: which layers in which order, where, how close; read from an address and written to one.

`layers=id,id` (the first on top), `opacity=100,60` beside it, `at=lon,lat`, `z` (as web maps count: 512 pixels around the earth
at 0), `q` (a search), `window=west,south,east,north` (what a map that moves shows), `date` and `compare` (the end of which days).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

import msgspec

from kaiteki.model.area import Area
from kaiteki.model.place import Bounds
from kaiteki.model.position import read_position
from kaiteki.model.words import Words
from kaiteki.services.maps.model import MapLayer

WIDTH_PX: Final = 760
HEIGHT_PX: Final = 460
"""The size of the drawn map."""
EARTH_PX: Final = 512
"""The width of the earth at zoom 0."""
SHOWN_MAX: Final = 8
"""Layers that are drawn at once."""
FIRST_SHOWN: Final = 2
"""Layers that a map shows of which nobody said what it shows."""
ZOOM_MAX: Final = 20.0
ZOOM_PLACE: Final = 16.0
"""How close a map is that is only told where."""
ZOOM_MIN: Final = 4.0
OPACITY_MIN: Final = 10
PAGES_MAX: Final = 25
TEXT_LENGTH_MAX: Final = 100
LATITUDE_MAX: Final = 85.0
JAPAN: Final[Bounds] = (122.9, 24.0, 146.0, 45.6)
"""What is seen where nothing is known of the area."""
_FROM_ABOVE: Final = ("point", "any", "line", "area")
_NUMBER: Final = re.compile(r"[+-]?\d{1,3}(\.\d{1,12})?", re.ASCII)

WINDOW: Final = Words(
    "「西,南,東,北」の度で書いてください（例：140.0,35.5,140.2,35.7）。",
    "It is west,south,east,north in degrees (such as 140.0,35.5,140.2,35.7).",
    "「西（にし）,南（みなみ）,東（ひがし）,北（きた）」です（れい：140.0,35.5,140.2,35.7）。",
)

LonLat = tuple[float, float]


class Shown(msgspec.Struct, frozen=True):
    """A layer that is drawn, and how much of it, in percent."""

    layer: MapLayer
    opacity: int = 100


def is_drawn(layer: MapLayer, zoom: float) -> bool:
    """Whether a layer is drawn at a zoom: from the lowest of its `zooms` to below the highest, as MapLibre has it."""
    lowest, highest = layer.style.zooms
    return lowest <= zoom < highest


class View(msgspec.Struct, frozen=True):
    """What is looked at. `told`: somebody said where, or how close (then at the middle of the area). `window` holds what is seen."""

    shown: tuple[Shown, ...]
    at: LonLat
    zoom: float
    window: Bounds
    told: bool = False
    text: str = ""
    page: int = 1
    date: str = ""
    compare: str = ""

    def query(self, **other: object) -> str:
        """The view as the query of an address, with what is to be otherwise (empty: left out)."""
        faded = any(one.opacity != 100 for one in self.shown)
        told: dict[str, object] = {
            "layers": ",".join(one.layer.name for one in self.shown),
            "opacity": ",".join(str(one.opacity) for one in self.shown) if faded else "",
            "at": say_place(self.at) if self.told else "",
            "z": self.zoom if self.told else "",
            "q": self.text,
            "date": self.date,
            "compare": self.compare,
            **other,
        }
        said = {name: say_zoom(one) if isinstance(one, float) else str(one) for name, one in told.items()}
        return urlencode({name: one for name, one in said.items() if one or name == "layers"}, safe=",")

    @property
    def place(self) -> dict[str, object]:
        """The window as a GeoJSON polygon."""
        west, south, east, north = self.window
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        return {"type": "Polygon", "coordinates": [ring]}


def say_zoom(zoom: float) -> str:
    """A zoom as addresses say it."""
    return f"{zoom:.2f}".rstrip("0").rstrip(".")


def say_place(at: LonLat) -> str:
    """A place as addresses say it: longitude, latitude, to a decimetre."""
    return ",".join(f"{one:.6f}".rstrip("0").rstrip(".") for one in at)


def read_view(
    query: Mapping[str, str],
    layers: Sequence[MapLayer],
    town: Area | None,
    filled: Sequence[MapLayer] | None = None,
) -> View:
    """What an address asks for. What nobody can understand, and layers that are not there, are left out. Where it names no layers, the
    first of the `filled` ones are shown (None: of all): those that have data."""
    whole = town.bbox if town is not None else JAPAN
    at, window = read_place(query.get("at", "")), read_window(query.get("window", ""))
    close = read_number(query.get("z", "").strip())
    if at is None:
        middle, zoom = fitting(whole)
        zoom = zoom if close is None else close
    else:
        middle, zoom = at, ZOOM_PLACE if close is None else close
    zoom = min(max(zoom, ZOOM_MIN), ZOOM_MAX)
    page = query.get("page", "1")
    return View(
        shown=read_shown(query, layers, layers if filled is None else filled),
        at=middle,
        zoom=zoom,
        window=window or window_of(middle, zoom),
        told=at is not None or close is not None,
        text=query.get("q", "").strip()[:TEXT_LENGTH_MAX],
        page=min(max(int(page), 1), PAGES_MAX) if page.isascii() and page.isdigit() and len(page) < 4 else 1,
    )


def read_shown(
    query: Mapping[str, str], layers: Sequence[MapLayer], filled: Sequence[MapLayer]
) -> tuple[Shown, ...]:
    """The layers that are asked for, by name or whole id, in this order; the first filled ones where nothing is said."""
    if "layers" not in query:
        return tuple(Shown(one) for one in sorted(filled[:FIRST_SHOWN], key=_rank))
    by_name = {one.name: one for one in layers}
    faded = query.get("opacity", "").split(",")
    found: dict[str, Shown] = {}
    for at, name in enumerate(names_of(query)):
        if name in by_name and len(found) < SHOWN_MAX:
            found.setdefault(name, Shown(by_name[name], _opacity(faded[at] if at < len(faded) else "")))
    return tuple(found.values())


def names_of(query: Mapping[str, str]) -> list[str]:
    """The layers that an address names, each once; a whole id is one as well as the name in it."""
    told = (one.strip().rpartition(":")[2] for one in query.get("layers", "").split(","))
    return list(dict.fromkeys(one for one in told if one))


def read_form(query: Mapping[str, str], layers: Sequence[MapLayer]) -> tuple[tuple[Shown, ...], list[str]]:
    """The layers as the form without a script sends them: `on.<id>` the switches, `order` what was shown before, `o.<id>` how
    much of each, `do` a pressed button (`up:id`, `down:id`, `off:id`). What was switched on comes on top of its sort: points lie on
    lines, lines on areas, until somebody says otherwise. No more than SHOWN_MAX are shown: what was shown before stays, and what of the rest has no
    room is the second answer, by name."""
    by_name = {one.name: one for one in layers}
    on = [name for name in by_name if query.get(f"on.{name}")]
    before = list(dict.fromkeys(name for name in query.get("order", "").split(",") if name in on))
    names = before[:SHOWN_MAX]
    fresh = [name for name in on if name not in before]
    room = SHOWN_MAX - len(names)
    for name in fresh[:room]:
        above = (at for at, other in enumerate(names) if _rank(by_name[other]) >= _rank(by_name[name]))
        names.insert(next(above, len(names)), name)
    way, _, moved = query.get("do", "").partition(":")
    if moved in names:
        at = names.index(moved)
        names.remove(moved)
        if way != "off":
            names.insert(max(0, at - 1) if way == "up" else at + 1 if way == "down" else at, moved)
    shown = tuple(Shown(by_name[name], _opacity(query.get(f"o.{name}", ""))) for name in names)
    return shown, [*before[SHOWN_MAX:], *fresh[room:]]


def _rank(layer: MapLayer) -> int:
    return _FROM_ABOVE.index(layer.geometry)


def _opacity(text: str) -> int:
    whole = text.isascii() and text.isdigit() and len(text) < 4
    return min(max(int(text), OPACITY_MIN), 100) if whole else 100


def read_number(text: str) -> float | None:
    """A plain number; None for what is none."""
    return float(text) if _NUMBER.fullmatch(text) else None


def _numbers(text: str, count: int) -> list[float] | None:
    parts = [part.strip() for part in text.split(",")]
    whole = len(parts) == count and all(_NUMBER.fullmatch(part) for part in parts)
    return [float(part) for part in parts] if whole else None


def read_place(text: str) -> LonLat | None:
    """`lon,lat` in degrees, or the other way round where only that can be meant; None for what is none."""
    found = read_position(text, latitude_first=False)
    return found.at if found is not None and abs(found.at[1]) <= LATITUDE_MAX else None


def read_window(text: str) -> Bounds | None:
    """`west,south,east,north` in degrees; None for what is none."""
    numbers = _numbers(text, 4)
    if numbers is None or not (
        -180 <= numbers[0] < numbers[2] <= 180 and -90 <= numbers[1] < numbers[3] <= 90
    ):
        return None
    return numbers[0], numbers[1], numbers[2], numbers[3]


def across(lon: float) -> float:
    """Where a longitude lies from west (0) to east (1) on the web map."""
    return lon / 360 + 0.5


def down(lat: float) -> float:
    """Where a latitude lies from north (0) to south (1) on the web map (EPSG:3857)."""
    bent = math.asinh(math.tan(math.radians(min(max(lat, -LATITUDE_MAX), LATITUDE_MAX))))
    return 0.5 - bent / (2 * math.pi)


def latitude_at(share: float) -> float:
    """The latitude that lies so far down."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * share))))


def fitting(bounds: Bounds) -> tuple[LonLat, float]:
    """The middle and the zoom at which the drawn map holds a box."""
    west, south, east, north = bounds
    wide, high = across(east) - across(west), down(south) - down(north)
    scale = min(WIDTH_PX / max(wide, 1e-9), HEIGHT_PX / max(high, 1e-9))
    middle = ((west + east) / 2, latitude_at((down(south) + down(north)) / 2))
    return middle, min(math.log2(scale / EARTH_PX), ZOOM_MAX)


def window_of(at: LonLat, zoom: float) -> Bounds:
    """What the drawn map holds around a place."""
    earth = EARTH_PX * 2**zoom
    wide, high = WIDTH_PX / earth / 2, HEIGHT_PX / earth / 2
    middle = down(at[1])
    return (
        max(at[0] - wide * 360, -180.0),
        latitude_at(min(middle + high, 1.0)),
        min(at[0] + wide * 360, 180.0),
        latitude_at(max(middle - high, 0.0)),
    )
