"""The operator's base map: raster tiles that somebody else draws, with the name of who made them."""

from __future__ import annotations

import re
from typing import Final

import msgspec

ZOOM_DEFAULT: Final = 18
ZOOM_MAX: Final = 24
_ADDRESS: Final = re.compile(r"(https?://[a-z0-9.-]+(?::\d{1,5})?)/[^\s\"'<>;,]*", re.ASCII | re.IGNORECASE)


class BadTiles(ValueError):
    """What the operator says of the base map cannot be used; the text says why."""


class Tiles(msgspec.Struct, frozen=True):
    """Raster tiles of 256 pixels in Web Mercator: their address with {z}, {x} and {y}, and the credit that maps show.

    Raises BadTiles when it is no such address, or when nobody is named: every provider asks for its name.
    """

    url: str
    credit: str
    credit_url: str = ""
    zoom_max: int = ZOOM_DEFAULT

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.url) or any(part not in self.url for part in ("{z}", "{x}", "{y}")):
            raise BadTiles("the address of the tiles needs http or https, {z}, {x} and {y}")
        if not self.credit:
            raise BadTiles("the tiles need the name of who made them (credit)")
        if self.credit_url and not _ADDRESS.fullmatch(self.credit_url):
            raise BadTiles("the address of the credit needs http or https")
        if not 0 < self.zoom_max <= ZOOM_MAX:
            raise BadTiles(f"the deepest zoom of the tiles lies between 1 and {ZOOM_MAX}")

    @property
    def origin(self) -> str:
        """Scheme, host and port: what pages are allowed to load from."""
        found = _ADDRESS.fullmatch(self.url)
        return found[1].lower() if found else ""
