"""How many features the cells of the ground hold: grid squares (JIS X 0410) or tiles of spatial ids, as GeoJSON, CSV and a table.

Features are counted through the same query as a list of them, as whoever asks may see them: the number of a cell is that of
`items?mesh=<code>` (`items?zfxy=<code>`), so a line or an area counts in each cell that it touches. It is looked first whether
anything lies in larger cells, and where nothing does the smaller ones are not asked for.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, cast

import msgspec

from kaiteki.adapters.ogc.asked import box_asked, narrowed_to, read_wanted, refuse_unknown
from kaiteki.adapters.ogc.bound import Desk
from kaiteki.adapters.ogc.collections import Collection
from kaiteki.adapters.ogc.links import both, link, part, with_query
from kaiteki.model.entity import Json
from kaiteki.model.mesh import Mesh, level_of, meshes_over
from kaiteki.model.place import Bounds
from kaiteki.model.problem import Problem
from kaiteki.model.query import Query
from kaiteki.model.spatial_id import SpatialId, check_zoom, spatial_ids_over
from kaiteki.model.spreadsheet import SheetWriter

CELLS_MAX: Final = 5_000
"""Cells of the box that is asked for, whether anything lies in them or not."""
LOOKED_AT_MAX: Final = 100_000
"""Features of a collection of which a condition may be counted: no index decides it, so each is looked at."""
WIDER_MESHES: Final = ("2", "3")
"""Larger grid squares that are looked into first."""
WIDER_ZOOMS: Final = (6, 3)
"""So many zooms above are larger tiles that are looked into first."""
ASKED: Final = frozenset(
    {"mesh", "zfxy", "bbox", "bbox-crs", "filter", "filter-lang", "filter-crs", "datetime", "f", "lang"}
)
Cell: TypeAlias = Mesh | SpatialId


class Grid(msgspec.Struct, frozen=True):
    """The cells that are asked for: the parameter that names their size, the cells, and larger ones around each, the largest first."""

    name: str
    cells: Sequence[Cell]
    wider: Sequence[Mapping[Cell, Cell]]


class Counted(msgspec.Struct, frozen=True):
    """A cell and the number of features in it, at least one."""

    cell: Cell
    count: int


def read_grid(told: Mapping[str, str], area_box: Bounds) -> Grid:
    """The cells of a size over a box, that of the area where none is named. Raises BadRequestData."""
    if ("mesh" in told) == ("zfxy" in told):
        raise Problem(
            "BadRequestData", "either mesh names the level of the cells, or zfxy their zoom", "mesh"
        )
    box = box_asked(told) or area_box
    if "mesh" in told:
        level = level_of(told["mesh"])
        meshes = meshes_over(box, level.name, CELLS_MAX)
        larger = [one for one in WIDER_MESHES if level_of(one).side > level.side]
        return Grid("mesh", meshes, [{one: one.within(name) for one in meshes} for name in larger])
    text = told["zfxy"]
    z = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else -1
    check_zoom(z, "zfxy")
    tiles = spatial_ids_over(box, z, CELLS_MAX)
    return Grid("zfxy", tiles, [{one: one.within(z - up) for one in tiles} for up in WIDER_ZOOMS if z > up])


async def count_cells(desk: Desk, collection: Collection, grid: Grid) -> list[Counted]:
    """The cells in which something lies, in the order of the grid."""
    told = {name: text for name, text in desk.told.items() if name not in (grid.name, "bbox", "bbox-crs")}
    query = read_wanted(told, collection).query
    if query.test is not None:
        whole = await desk.city.rows(collection.type, Query(q=collection.within, limit=1, total=True))
        if whole is not None and (whole[2] or 0) > LOOKED_AT_MAX:
            raise Problem(
                "TooComplexQuery", f"conditions are counted over up to {LOOKED_AT_MAX} features", "filter"
            )
    cells = list(grid.cells)
    for wider in grid.wider:
        asked = dict.fromkeys(wider[cell] for cell in cells)
        filled = {one for one in asked if await _number(desk, collection, query, one, total=False)}
        cells = [cell for cell in cells if wider[cell] in filled]
    numbers = [(cell, await _number(desk, collection, query, cell, total=True)) for cell in cells]
    return [Counted(cell, number) for cell, number in numbers if number]


async def _number(desk: Desk, collection: Collection, query: Query, cell: Cell, *, total: bool) -> int:
    """How many features a cell holds; without a total, whether there are any."""
    asked = msgspec.structs.replace(narrowed_to(query, cell, collection), limit=1, total=total)
    found = await desk.turns.take(asked, collection.within, lambda: desk.city.rows(collection.type, asked))
    if found is None:
        return 0
    return (found[2] or 0) if total else len(found[0])


def document_of_cells(
    desk: Desk, collection: Collection, grid: Grid, counted: Sequence[Counted], stamp: str
) -> dict[str, Json]:
    """The cells as features: their outline, code and number."""
    here = f"{desk.base}/collections/{part(collection.id)}"
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": one.cell.code,
                "geometry": {"type": "Polygon", "coordinates": [_ring(one.cell.box)]},
                "properties": {grid.name: one.cell.code, "count": one.count},
            }
            for one in counted
        ],
        "links": [
            *both(desk.here, desk.told, desk.form, "geojson"),
            link(with_query(desk.here, desk.told, f="csv"), "alternate", "csv", "CSV"),
            link(here, "collection", "json", desk.say(collection.words)),
        ],
        "timeStamp": stamp,
        "numberReturned": len(counted),
    }


def _ring(box: Bounds) -> list[Json]:
    west, south, east, north = box
    return cast("list[Json]", [[west, south], [east, south], [east, north], [west, north], [west, south]])


def table_of_cells(grid: Grid, counted: Sequence[Counted]) -> str:
    """The cells as CSV (RFC 4180): code, number, west, south, east, north."""
    told = io.StringIO()
    writer = SheetWriter(told)
    writer.writerow([grid.name, "count", "west", "south", "east", "north"])
    writer.writerows([one.cell.code, one.count, *one.cell.box] for one in counted)
    return told.getvalue()


def check_asked(told: Mapping[str, str], collection: Collection) -> None:
    """Refuse parameters that counting knows nothing of."""
    names = {one.name for one in collection.properties if one.kind in ("text", "number", "boolean")}
    refuse_unknown(told, ASKED | names)
