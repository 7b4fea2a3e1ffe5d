"""The operator's base map: tiles of a file of their own that the node serves, or pictures that somebody else draws; with the name of who made them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from kaiteki.model.place import Bounds

ZOOM_DEFAULT: Final = 18
ZOOM_MAX: Final = 24
TILE_PX: Final = 256
IMAGES_MAX: Final = 60
"""Pictures under one drawn map."""
_ADDRESS: Final = re.compile(r"(https?://[a-z0-9.-]+(?::\d{1,5})?)/[^\s\"'<>;,]*", re.ASCII | re.IGNORECASE)
_GSI: Final = "https://cyberjapandata.gsi.go.jp/xyz"
_GSI_CREDIT: Final = "国土地理院"
_GSI_LIST: Final = "https://maps.gsi.go.jp/development/ichiran.html"


class BadTiles(ValueError):
    """What the operator says of the base map cannot be used; the text says why."""


class Tiles(msgspec.Struct, frozen=True):
    """Tiles in Web Mercator: their address with {z}, {x} and {y}, the credit that maps show, their levels.

    `style` is where the node says how shapes are drawn; without it the tiles are pictures of 256 pixels. `named`: they name places.
    Raises BadTiles when it is no such address, or when nobody is named: every provider asks for its name.
    """

    url: str
    credit: str
    credit_url: str = ""
    zoom_max: int = ZOOM_DEFAULT
    zoom_min: int = 0
    style: str = ""
    named: bool = True

    def __post_init__(self) -> None:
        address = _ADDRESS.fullmatch(self.url) or self.is_own
        if not address or any(part not in self.url for part in ("{z}", "{x}", "{y}")):
            raise BadTiles("the address of the tiles needs http or https, {z}, {x} and {y}")
        if not self.credit:
            raise BadTiles("the tiles need the name of who made them (credit)")
        if self.credit_url and not _ADDRESS.fullmatch(self.credit_url):
            raise BadTiles("the address of the credit needs http or https")
        if not 0 <= self.zoom_min <= self.zoom_max or not 0 < self.zoom_max <= ZOOM_MAX:
            raise BadTiles(f"the deepest zoom of the tiles lies between 1 and {ZOOM_MAX}")

    @property
    def is_own(self) -> bool:
        """Whether the node itself serves them."""
        return self.url.startswith("/") and not self.url.startswith("//")

    @property
    def origin(self) -> str:
        """Scheme, host and port: what pages are allowed to load from; empty for the node itself."""
        found = _ADDRESS.fullmatch(self.url)
        return found[1].lower() if found else ""


KNOWN: Final[Mapping[str, Tiles]] = {
    "gsi:std": Tiles(f"{_GSI}/std/{{z}}/{{x}}/{{y}}.png", _GSI_CREDIT, _GSI_LIST, 18, 5),
    "gsi:pale": Tiles(f"{_GSI}/pale/{{z}}/{{x}}/{{y}}.png", _GSI_CREDIT, _GSI_LIST, 18, 5),
    "gsi:photo": Tiles(f"{_GSI}/seamlessphoto/{{z}}/{{x}}/{{y}}.jpg", _GSI_CREDIT, _GSI_LIST, 18, 5),
}
"""Tiles of 国土地理院 by a short name: 標準地図, 淡色地図, 全国最新写真. Source: the list of its tiles (地理院タイル一覧)."""


class Image(NamedTuple):
    """A tile under the drawn map: its address, its corner and side in pixels of the picture."""

    href: str
    x: float
    y: float
    side: float


def images_under(tiles: Tiles | None, window: Bounds, width_px: int) -> list[Image]:
    """The pictures that lie under a drawn map of Web Mercator; none where the base map has shapes, or there is none."""
    if tiles is None or tiles.style:
        return []
    west, south, east, north = window
    scale = width_px / (_across(east) - _across(west))
    level = min(max(round(math.log2(scale / TILE_PX)), tiles.zoom_min), tiles.zoom_max)
    count = 1 << level
    side = scale / count
    columns = range(max(math.floor(_across(west) * count), 0), min(math.ceil(_across(east) * count), count))
    rows = range(max(math.floor(_down(north) * count), 0), min(math.ceil(_down(south) * count), count))
    if len(columns) * len(rows) > IMAGES_MAX:
        return []
    return [
        Image(
            tiles.url.replace("{z}", str(level)).replace("{x}", str(column)).replace("{y}", str(row)),
            round(column * side - _across(west) * scale, 2),
            round(row * side - _down(north) * scale, 2),
            round(side, 2),
        )
        for row in rows
        for column in columns
    ]


def _across(lon: float) -> float:
    return lon / 360 + 0.5


def _down(lat: float) -> float:
    return 0.5 - math.asinh(math.tan(math.radians(lat))) / (2 * math.pi)
