"""What the API says of its tiles: lists of tilesets, one tileset, its TileJSON, the tile matrix sets (OGC 20-057, 17-083r4, TileJSON 3.0)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kaiteki.adapters.ogc.bound import Desk
from kaiteki.adapters.ogc.collections import Collection
from kaiteki.adapters.ogc.links import both, link, with_query
from kaiteki.adapters.ogc.systems import CRS84
from kaiteki.adapters.ogc.tiles.grid import (
    LEVEL_MAX,
    MATRIX_SET,
    MATRIX_SET_CRS,
    MATRIX_SET_TITLE,
    MATRIX_SET_URI,
    limits,
    matrix_set,
)
from kaiteki.model.entity import Json

SCHEME_REL: Final = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
GEODATA_REL: Final = "http://www.opengis.net/def/rel/ogc/1.0/geodata"
CENTRE_LEVEL: Final = 12
"""The level at which a map of a town may open."""
_KIND: Final[dict[str, Json]] = {
    "dataType": "vector",
    "crs": MATRIX_SET_CRS,
    "tileMatrixSetURI": MATRIX_SET_URI,
}
_FIELDS: Final = {"text": "String", "moment": "String", "number": "Number", "boolean": "Boolean"}


def tilesets_of(desk: Desk, address: str, title: str) -> dict[str, Json]:
    """The tilesets below an address; there is one."""
    return {
        "tilesets": [
            {
                "title": title,
                **_KIND,
                "links": [
                    link(f"{address}/{MATRIX_SET}", "self", "json", title),
                    _scheme(desk),
                ],
            }
        ],
        "links": both(desk.here, desk.told, desk.form),
    }


def tileset_of(desk: Desk, title: str, layers: Sequence[Collection]) -> dict[str, Json]:
    """One tileset: its levels, its layers with what their features have, the template of its tiles."""
    links = [*both(desk.here, desk.told, "html" if desk.form == "html" else "json")]
    links.append(
        link(with_query(desk.here, desk.told, f="tilejson"), "alternate", "tilejson", "TileJSON 3.0")
    )
    links.append(_scheme(desk))
    links.append({**link(template(desk), "item", "mvt", "タイル · Tiles"), "templated": True})
    return {
        "title": title,
        **_KIND,
        "tileMatrixSetLimits": limits(),
        "layers": [_layer(desk, one) for one in layers],
        "centerPoint": {"coordinates": _centre(desk), "tileMatrix": str(CENTRE_LEVEL), "crs": CRS84},
        "links": links,
    }


def template(desk: Desk, names: tuple[str, str, str] = ("tileMatrix", "tileRow", "tileCol")) -> str:
    """The address of the tiles of the tileset that was asked for, with the names of level, row and column in braces."""
    level, row, column = (f"{{{name}}}" for name in names)
    asked = {name: value for name, value in desk.told.items() if name == "collections"}
    return with_query(f"{desk.here}/{level}/{row}/{column}", asked, f="mvt")


def tilejson_of(desk: Desk, title: str, layers: Sequence[Collection]) -> dict[str, Json]:
    """The tileset as map libraries read it (TileJSON 3.0)."""
    return {
        "tilejson": "3.0.0",
        "name": title,
        "attribution": attribution_of(layers) or desk.say(desk.area.words),
        "scheme": "xyz",
        "tiles": [template(desk, ("z", "y", "x"))],
        "minzoom": 0,
        "maxzoom": LEVEL_MAX,
        "center": [*_centre(desk), CENTRE_LEVEL],
        "vector_layers": [vector_layer(one, desk.say(one.words)) for one in layers],
    }


def attribution_of(layers: Sequence[Collection]) -> str:
    """Whose data the layers are and how they may be used; empty where none says so."""
    sources = dict.fromkeys(" · ".join(filter(None, (one.source, one.licence))) for one in layers)
    return ", ".join(filter(None, sources))


def vector_layer(one: Collection, description: str) -> dict[str, Json]:
    """A layer as TileJSON, and the metadata of a file of tiles, describe it."""
    fields = {each.name: _FIELDS.get(each.kind, "String") for each in one.properties}
    return {"id": one.id, "description": description, "fields": {"id": "String", **fields}}


def matrix_sets(desk: Desk) -> dict[str, Json]:
    """The tile matrix sets; there is one."""
    row: dict[str, Json] = {
        "id": MATRIX_SET,
        "title": MATRIX_SET_TITLE,
        "uri": MATRIX_SET_URI,
        "crs": MATRIX_SET_CRS,
        "links": [link(f"{desk.base}/tileMatrixSets/{MATRIX_SET}", "self", "json", MATRIX_SET_TITLE)],
    }
    return {"tileMatrixSets": [row], "links": both(desk.here, desk.told, desk.form)}


def matrix_set_of(desk: Desk) -> dict[str, Json]:
    """WebMercatorQuad, with links."""
    return {**matrix_set(), "links": both(desk.here, desk.told, desk.form)}


def _scheme(desk: Desk) -> dict[str, Json]:
    return link(f"{desk.base}/tileMatrixSets/{MATRIX_SET}", SCHEME_REL, "json", MATRIX_SET_TITLE)


def _layer(desk: Desk, one: Collection) -> dict[str, Json]:
    return {
        "id": one.id,
        "title": desk.say(one.words),
        "dataType": "vector",
        "propertiesSchema": {
            "type": "object",
            "properties": {
                "id": {"type": "string"},
                **{each.name: each.schema for each in one.properties},
            },
        },
        "links": [
            link(f"{desk.base}/collections/{one.id}", GEODATA_REL, "json", desk.say(one.words)),
        ],
    }


def _centre(desk: Desk) -> list[Json]:
    west, south, east, north = desk.area.bbox
    return [round((west + east) / 2, 6), round((south + north) / 2, 6)]
