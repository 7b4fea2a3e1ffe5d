"""The base map that the operator brought along as a file: its tiles, and how its shapes are drawn."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
import structlog
from starlette.responses import Response

from kaiteki.portal.answers import Stop
from kaiteki.portal.assets import KEPT_FOR_S
from kaiteki.portal.tile_archive import GZIP, Archive
from kaiteki.portal.tile_style import style_of
from kaiteki.portal.tiles import BadTiles
from kaiteki.portal.visit import Visit

_log = structlog.get_logger("kaiteki.portal")
FOREVER: Final = f"public, max-age={KEPT_FOR_S}, immutable"
A_WHILE: Final = "public, max-age=3600"


async def tile(visit: Visit) -> Response:
    """`/{area}/base-map/{z}/{x}/{y}`: a tile of the file; 204 where it has none."""
    archive = _archive(visit)
    z, x, y = (visit.request.path_params[one] for one in ("z", "x", "y"))
    headers = {"cache-control": _kept(visit, archive), "vary": "Accept-Encoding"}
    try:
        body = await asyncio.to_thread(archive.tile, z, x, y)
        if body is None:
            return Response(status_code=204, headers=headers)
        if archive.header.tiles_packed == GZIP:
            if "gzip" in visit.request.headers.get("accept-encoding", ""):
                headers["content-encoding"] = "gzip"
            else:
                body = await asyncio.to_thread(archive.unpacked, body)
    except BadTiles as broken:
        _log.error("base map is broken", area=visit.area.name if visit.area else "", reason=str(broken))
        raise Stop(503) from broken
    return Response(body, media_type=archive.media_type, headers=headers)


async def style(visit: Visit) -> Response:
    """`/{area}/base-map/style.json`: how its shapes are drawn, with names in the language of the page."""
    archive = _archive(visit)
    if not archive.is_vector:
        raise Stop(404)
    return Response(
        msgspec.json.encode(style_of(archive.layers, visit.language)),
        media_type="application/json",
        headers={"cache-control": "private, no-cache"},
    )


def _archive(visit: Visit) -> Archive:
    """The file of the area; 404 where it has none."""
    found = visit.site.parts.options.own_maps.get(visit.area.name) if visit.area else None
    if found is None:
        raise Stop(404)
    return found[1]


def _kept(visit: Visit, archive: Archive) -> str:
    """An address that names the file by its mark is kept for good: another file has another one."""
    return FOREVER if visit.request.query_params.get("of") == archive.mark else A_WHILE
