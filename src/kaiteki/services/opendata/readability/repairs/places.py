"""Repairs of where things are: positions the wrong way round, and addresses in their parts. They are offered, no rule asks for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from kaiteki.model.addresses import PREFECTURES
from kaiteki.services.opendata.coordinates import in_japan, read_angle
from kaiteki.services.opendata.readability.repairs.change import Change, Mended, beside, rewrite
from kaiteki.services.opendata.readability.sheet import (
    Layout,
    Place,
    Sheet,
    body,
    cell_name,
    column,
    layout_of,
)
from kaiteki.services.opendata.standard.table import fold

PARTS: Final = ("所在地_都道府県", "所在地_市区町村", "所在地_町字", "所在地_番地以下")
"""The columns of the municipal standard for the parts of an address."""
_ADDRESS: Final = frozenset(
    fold(name) for name in ("住所", "所在地", "所在地_連結表記", "設置場所住所", "住所（番地まで）")
)
_ODD_TOWNS: Final = (
    "四日市市|廿日市市|野々市市|八日市市|市川市|市原市|町田市|大町市|十日町市|"
    "村上市|村山市|東村山市|武蔵村山市|羽村市|田村市|大村市|玉村町"
)
"""Towns with 市, 町 or 村 within their name."""
_PARTS: Final = re.compile(
    rf"(?P<prefecture>{'|'.join(PREFECTURES)})?"
    rf"(?P<town>(?:[^市区町村\d]{{1,6}}郡)?(?:{_ODD_TOWNS})|[^市区町村\d]{{1,6}}郡[^町村\d]{{1,6}}[町村]|[^市区町村\d]{{1,7}}市(?:[^市区町村\d]{{1,3}}区)?|[^市区町村\d]{{1,6}}[区町村])"
    r"(?P<district>[^\d０-９]*?)(?P<number>(?:[\d０-９]|[一二三四五六七八九十]+(?:丁目|番)).*)?"
)


def swap_positions(sheet: Sheet) -> Mended:
    """Latitude and longitude that lie in Japan only when they are swapped are swapped."""
    layout = layout_of(sheet)
    pair = _position_columns(layout)
    if pair is None:
        return Mended((sheet,))
    cells: dict[Place, str] = {}
    for row, texts in body(sheet, layout):
        latitude, longitude = read_angle(texts[pair[0]]), read_angle(texts[pair[1]])
        if latitude is None or longitude is None or in_japan((longitude[0], latitude[0])):
            continue
        if in_japan((latitude[0], longitude[0])):
            cells[row, pair[0]], cells[row, pair[1]] = texts[pair[1]], texts[pair[0]]
    return rewrite(sheet, cells)


def _position_columns(layout: Layout) -> tuple[int, int] | None:
    heads = [fold(head) for head in layout.heads]
    found = [
        next((at for at, head in enumerate(heads) if head in names), -1)
        for names in ({"緯度", "latitude", "lat"}, {"経度", "longitude", "lon", "lng"})
    ]
    return (found[0], found[1]) if min(found) >= 0 else None


def part_addresses(sheet: Sheet) -> Mended:
    """Addresses get four columns beside them; an address that is not understood whole gets none of its parts. Nothing is done
    where the table has one of these columns already."""
    layout = layout_of(sheet)
    if set(PARTS) & set(layout.heads):
        return Mended((sheet,))
    new: dict[int, list[tuple[str, Mapping[int, str]]]] = {}
    changes: list[Change] = []
    at = next((at for at, head in enumerate(layout.heads) if fold(head) in _ADDRESS), None)
    if at is None:
        return Mended((sheet,))
    found = {row: parts for row, cell in column(sheet, layout, at) if (parts := parts_of(cell)) is not None}
    for row, parts in found.items():
        changes.append(Change(cell_name(row, at), sheet.cells[row][at], " | ".join(parts)))
    new[at] = [(name, {row: parts[n] for row, parts in found.items()}) for n, name in enumerate(PARTS)]
    return Mended((beside(sheet, layout, new),), tuple(changes)) if found else Mended((sheet,))


def parts_of(address: str) -> tuple[str, str, str, str] | None:
    """Prefecture (empty where it is left out), town, district and number of an address; None where it has no town."""
    found = _PARTS.fullmatch(re.sub(r"\s+", "", address))
    if found is None:
        return None
    return found["prefecture"] or "", found["town"], found["district"], found["number"] or ""
