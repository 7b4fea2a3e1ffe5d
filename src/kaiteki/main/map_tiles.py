"""The base maps of a node's pages, as the operator says: a file of tiles in the folder of an area (`cities/<name>/base.pmtiles`) or in
KAITEKI_BASE_MAP (with …_CREDIT and …_CREDIT_URL), else tiles of others in KAITEKI_TILES (with …_CREDIT, …_CREDIT_URL and …_ZOOM_MAX)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from kaiteki.main.cities import find_city
from kaiteki.portal.tile_archive import Archive
from kaiteki.portal.tile_style import names_something
from kaiteki.portal.tiles import KNOWN, ZOOM_DEFAULT, BadTiles, Tiles

FILE: Final = "base.pmtiles"


def base_map(variables: Mapping[str, str]) -> Tiles | None:
    """The tiles of others that the environment names, None without any; raises BadTiles for what cannot be used."""
    url = variables.get("KAITEKI_TILES", "")
    if not url:
        return None
    if url in KNOWN:
        return KNOWN[url]
    if url.startswith("gsi:"):
        raise BadTiles(f"KAITEKI_TILES knows {', '.join(KNOWN)} and addresses of tiles")
    zoom = variables.get("KAITEKI_TILES_ZOOM_MAX", "") or str(ZOOM_DEFAULT)
    if not zoom.isdecimal():
        raise BadTiles("KAITEKI_TILES_ZOOM_MAX is a number")
    credit = variables.get("KAITEKI_TILES_CREDIT", "")
    return Tiles(url, credit, variables.get("KAITEKI_TILES_CREDIT_URL", ""), int(zoom))


def check_tiles(areas: Iterable[str], variables: Mapping[str, str]) -> None:
    """Raises BadTiles for what cannot be used, before a node answers: its pages are made with the first of them."""
    base_map(variables)
    own_maps(areas, variables)


def own_maps(areas: Iterable[str], variables: Mapping[str, str]) -> dict[str, tuple[Tiles, Archive]]:
    """By area the file of tiles that the node serves itself; raises BadTiles for one that cannot be used."""
    named = variables.get("KAITEKI_BASE_MAP", "")
    everywhere = Archive(Path(named)) if named else None
    found: dict[str, tuple[Tiles, Archive]] = {}
    for area in areas:
        path = find_city(area) / FILE
        archive = Archive(path) if path.is_file() else everywhere
        if archive is not None:
            found[area] = _tiles(area, archive, variables), archive
    return found


def _tiles(area: str, archive: Archive, variables: Mapping[str, str]) -> Tiles:
    credit = variables.get("KAITEKI_BASE_MAP_CREDIT", "") or archive.credit
    if not credit:
        raise BadTiles(f"{archive.path} does not say who made it; KAITEKI_BASE_MAP_CREDIT does")
    first, last = archive.header.levels
    root = f"/{area}/base-map"
    return Tiles(
        url=f"{root}/{{z}}/{{x}}/{{y}}?of={archive.mark}",
        credit=credit,
        credit_url=variables.get("KAITEKI_BASE_MAP_CREDIT_URL", ""),
        zoom_max=max(last, 1),
        zoom_min=first,
        style=f"{root}/style.json?of={archive.mark}" if archive.is_vector else "",
        named=not archive.is_vector or names_something(archive.layers),
    )
