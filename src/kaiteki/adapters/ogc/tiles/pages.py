"""The documents about tiles as pages for people."""

from __future__ import annotations

from collections.abc import Sequence

from kaiteki.adapters.ogc.bound import Desk
from kaiteki.adapters.ogc.collections import Collection
from kaiteki.adapters.ogc.links import part, with_query
from kaiteki.adapters.ogc.pages import Page, Table
from kaiteki.adapters.ogc.tiles.documents import template
from kaiteki.adapters.ogc.tiles.grid import LEVEL_MAX, MATRIX_SET, MATRIX_SET_CRS, MATRIX_SET_URI, matrix_set
from kaiteki.adapters.ogc.wording import WORDS


def tilesets_page(desk: Desk, title: str, address: str) -> Page:
    """The tilesets below an address."""
    rows = [({"text": MATRIX_SET, "href": f"{address}/{MATRIX_SET}?f=html"}, MATRIX_SET_CRS)]
    head = [desk.say(WORDS["to_tileset"]), desk.say(WORDS["system"])]
    return Page(_title(desk, title), [Table(head, rows)], desk.say(WORDS["tiles_lead"]), _way(desk))


def tileset_page(desk: Desk, title: str, layers: Sequence[Collection]) -> Page:
    """One tileset: what a map needs to show it, and what its layers have."""
    tilejson = with_query(desk.here, desk.told, f="tilejson")
    scheme = f"{desk.base}/tileMatrixSets/{MATRIX_SET}"
    rows = [
        ("TileJSON", {"text": tilejson, "href": tilejson}),
        (desk.say(WORDS["to_tile"]), template(desk, ("z", "y", "x"))),
        (desk.say(WORDS["levels"]), f"0 – {LEVEL_MAX}"),
        (desk.say(WORDS["to_matrix_set"]), {"text": MATRIX_SET, "href": f"{scheme}?f=html"}),
    ]
    shown = [
        (
            {"text": one.id, "href": f"{desk.base}/collections/{part(one.id)}?f=html"},
            desk.say(one.words),
            ", ".join(("id", *(each.name for each in one.properties))),
        )
        for one in layers
    ]
    head = [desk.say(WORDS[key]) for key in ("layer", "meaning", "properties")]
    return Page(
        _title(desk, title),
        [
            Table([desk.say(WORDS["what"]), desk.say(WORDS["address"])], rows),
            Table(head, shown, desk.say(WORDS["layers"])),
        ],
        desk.say(WORDS["tileset_lead"]),
        _way(desk),
    )


def matrix_sets_page(desk: Desk) -> Page:
    """The tile matrix sets."""
    rows = [({"text": MATRIX_SET, "href": f"{desk.base}/tileMatrixSets/{MATRIX_SET}?f=html"}, MATRIX_SET_URI)]
    head = [desk.say(WORDS["to_matrix_set"]), "URI"]
    return Page(desk.say(WORDS["to_matrix_sets"]), [Table(head, rows)], way=_way(desk))


def matrix_set_page(desk: Desk) -> Page:
    """WebMercatorQuad, level by level."""
    rows = [
        (one["id"], f"{one['scaleDenominator']:,.2f}", f"{one['cellSize']:,.4f}", f"{one['matrixWidth']:,}")
        for one in matrix_set()["tileMatrices"]
    ]
    head = [desk.say(WORDS[key]) for key in ("level", "scale", "cell_size", "tiles_across")]
    return Page(MATRIX_SET, [Table(head, rows)], MATRIX_SET_CRS, _way(desk))


def _title(desk: Desk, title: str) -> str:
    tiles = desk.say(WORDS["tiles"])
    return title if title == tiles else f"{title} – {tiles}"


def _way(desk: Desk) -> list[tuple[str, str]]:
    return [(desk.say(WORDS["landing"]), f"{desk.base}/")]
