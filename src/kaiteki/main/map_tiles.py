"""The base map of a node's pages, as the operator says in KAITEKI_TILES, …_CREDIT, …_CREDIT_URL and …_ZOOM_MAX."""

from __future__ import annotations

from collections.abc import Mapping

from kaiteki.portal.tiles import ZOOM_DEFAULT, BadTiles, Tiles


def base_map(variables: Mapping[str, str]) -> Tiles | None:
    """The tiles that the environment names, None without any; raises BadTiles for what cannot be used."""
    url = variables.get("KAITEKI_TILES", "")
    if not url:
        return None
    zoom = variables.get("KAITEKI_TILES_ZOOM_MAX", "") or str(ZOOM_DEFAULT)
    if not zoom.isdecimal():
        raise BadTiles("KAITEKI_TILES_ZOOM_MAX is a number")
    credit = variables.get("KAITEKI_TILES_CREDIT", "")
    return Tiles(url, credit, variables.get("KAITEKI_TILES_CREDIT_URL", ""), int(zoom))
