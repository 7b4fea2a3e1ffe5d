"""The addresses of the tiles: of a collection, of several collections in one tile, and what describes them (OGC 20-057)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from starlette.requests import Request

from kaiteki.adapters.ogc.asked import COLLECTIONS_MAX, EVERYWHERE, refuse_unknown
from kaiteki.adapters.ogc.bound import Desk, Told
from kaiteki.adapters.ogc.collections import Collection
from kaiteki.adapters.ogc.links import part
from kaiteki.adapters.ogc.pages import Page, Pages
from kaiteki.adapters.ogc.register import collection_by_name
from kaiteki.adapters.ogc.tiles.documents import (
    matrix_set_of,
    matrix_sets,
    tilejson_of,
    tileset_of,
    tilesets_of,
)
from kaiteki.adapters.ogc.tiles.grid import LEVEL_MAX, MATRIX_SET, Tile
from kaiteki.adapters.ogc.tiles.pages import (
    matrix_set_page,
    matrix_sets_page,
    tileset_page,
    tilesets_page,
)
from kaiteki.adapters.ogc.tiles.press import Asked, Press
from kaiteki.adapters.ogc.wording import WORDS
from kaiteki.model.problem import Problem

ASKED: Final = EVERYWHERE | {"collections"}
TILESET_FORMS: Final = {
    "json": "json",
    "application/json": "json",
    "tilejson": "tilejson",
    "html": "html",
    "text/html": "html",
}
TILE_FORMS: Final = {"mvt": "mvt", "application/vnd.mapbox-vector-tile": "mvt"}
"""What the parameter f may say of a tileset, and of a tile."""
_LEVEL, _ROW, _COLUMN = "tileMatrix", "tileRow", "tileCol"
DIGITS_MAX: Final = 8
Answer = Callable[[Desk, Request], Awaitable[Told]]


class Row(NamedTuple):
    """An address below that of the API, who answers it, and the forms that it has (None: those of every document)."""

    path: str
    answer: Answer
    forms: Mapping[str, str] | None = None


class _Asked(NamedTuple):
    """Which layers a tileset has, where its tilesets are listed, what it is called."""

    layers: Sequence[Collection]
    address: str
    title: str


class TileCounter:
    """Answers the addresses of tiles."""

    def __init__(self, known: Mapping[str, Collection], pages: Pages, press: Press) -> None:
        self._known = known
        self._pages = pages
        self._press = press

    def rows(self) -> list[Row]:
        """Its addresses."""
        found = [
            Row("/tileMatrixSets", self.matrix_sets),
            Row("/tileMatrixSets/{tileMatrixSet}", self.matrix_set),
        ]
        for below in ("", "/collections/{collection}"):
            one = f"{below}/tiles/{{tileMatrixSet}}"
            found += [
                Row(f"{below}/tiles", self.tilesets),
                Row(one, self.tileset, TILESET_FORMS),
                Row(f"{one}/{{{_LEVEL}}}/{{{_ROW}}}/{{{_COLUMN}}}", self.tile, TILE_FORMS),
            ]
        return found

    async def matrix_sets(self, desk: Desk, _request: Request) -> Told:
        refuse_unknown(desk.told, EVERYWHERE)
        return self._page_or(desk, matrix_sets_page, partial(matrix_sets, desk))

    async def matrix_set(self, desk: Desk, request: Request) -> Told:
        refuse_unknown(desk.told, EVERYWHERE)
        _check_matrix_set(request)
        return self._page_or(desk, matrix_set_page, partial(matrix_set_of, desk))

    async def tilesets(self, desk: Desk, request: Request) -> Told:
        asked = await self._asked(desk, request)
        return self._page_or(
            desk,
            partial(tilesets_page, title=asked.title, address=asked.address),
            partial(tilesets_of, desk, asked.address, asked.title),
        )

    async def tileset(self, desk: Desk, request: Request) -> Told:
        _check_matrix_set(request)
        asked = await self._asked(desk, request)
        if desk.form == "tilejson":
            return Told(tilejson_of(desk, asked.title, asked.layers), "tilejson")
        return self._page_or(
            desk,
            partial(tileset_page, title=asked.title, layers=asked.layers),
            partial(tileset_of, desk, asked.title, asked.layers),
        )

    async def tile(self, desk: Desk, request: Request) -> Told:
        _check_matrix_set(request)
        asked = await self._asked(desk, request)
        headers = request.headers
        told = Asked(headers.get("if-none-match", ""), "gzip" in headers.get("accept-encoding", ""))
        return await self._press.tile(desk, asked.layers, _tile(request.path_params), told)

    def _page_or(
        self, desk: Desk, page: Callable[[Desk], Page], document: Callable[[], dict[str, object]]
    ) -> Told:
        return Told(self._pages.write(desk, page(desk)) if desk.form == "html" else document())

    async def _asked(self, desk: Desk, request: Request) -> _Asked:
        """The layers: the collection of the address, else those that `collections` names, else the first types of the area."""
        name = request.path_params.get("collection")
        if name is not None:
            refuse_unknown(desk.told, EVERYWHERE)
            one = await collection_by_name(desk.city, self._known, str(name))
            return _Asked([one], f"{desk.base}/collections/{part(one.id)}/tiles", desk.say(one.words))
        refuse_unknown(desk.told, ASKED)
        title = desk.say(WORDS["tiles"])
        address = f"{desk.base}/tiles"
        if "collections" not in desk.told:
            return _Asked(list(self._known.values())[:COLLECTIONS_MAX], address, title)
        names = list(dict.fromkeys(desk.told["collections"].split(",")))
        if len(names) > COLLECTIONS_MAX:
            raise Problem(
                "BadRequestData", f"a tile shows up to {COLLECTIONS_MAX} collections", "collections"
            )
        return _Asked([await self._layer(desk, name.strip()) for name in names], address, title)

    async def _layer(self, desk: Desk, name: str) -> Collection:
        try:
            return await collection_by_name(desk.city, self._known, name)
        except Problem as problem:
            raise Problem("BadRequestData", problem.detail, "collections") from problem


def _check_matrix_set(request: Request) -> None:
    name = str(request.path_params["tileMatrixSet"])
    if name != MATRIX_SET:
        raise Problem("ResourceNotFound", f"there is no tile matrix set {name[:60]}", "tileMatrixSetId")


def _tile(parts: Mapping[str, object]) -> Tile:
    """The tile of an address. Raises ResourceNotFound where there is none (/req/core/tc-error)."""
    numbers: list[int] = []
    for name, most in ((_LEVEL, LEVEL_MAX), (_COLUMN, None), (_ROW, None)):
        text, last = str(parts[name]), (1 << numbers[0]) - 1 if most is None else most
        if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX and int(text) <= last):
            raise Problem(
                "ResourceNotFound", f"there is no such tile; {name} is a number from 0 to {last}", name
            )
        numbers.append(int(text))
    return Tile(*numbers)
