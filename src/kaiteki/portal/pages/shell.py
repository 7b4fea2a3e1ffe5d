"""What makes an area an app on a phone: its web app manifest, its icons, and the service worker with what it keeps."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec
from starlette.responses import Response

from kaiteki.model.words import LANGUAGES
from kaiteki.portal.answers import Stop
from kaiteki.portal.language import tag_of
from kaiteki.portal.marks import SIZES, draw_mark
from kaiteki.portal.site import Site
from kaiteki.portal.visit import Visit

SHORTCUTS_MAX: Final = 4
SHORT_NAME_LENGTH_MAX: Final = 12
HOUR_HEADERS: Final = {"cache-control": "public, max-age=3600"}
KEPT_ASSETS: Final = ("kaiteki.css", "kaiteki.js", "outbox.js", "waiting.js", "icon.svg")
"""Files of static/ that a browser keeps from its first visit on; others when a page asks for them."""
PAPER: Final = "#ffffff"


async def manifest(visit: Visit) -> Response:
    """`/{area}/manifest.webmanifest`: what a phone needs to know to put the area on its home screen."""
    area = visit.area
    if area is None:
        raise Stop(404)
    name = visit.say(area.words)
    icons = [_icon(visit, size, "any") for size in SIZES] + [_icon(visit, SIZES[-1], "maskable")]
    tasks = [page for _, page in visit.site.menu(visit.person)][:SHORTCUTS_MAX]
    document: dict[str, Any] = {
        "id": visit.href(),
        "name": f"{name} Kaiteki",
        "short_name": name[:SHORT_NAME_LENGTH_MAX],
        "description": visit.say(area.summary),
        "lang": tag_of(visit.language),
        "dir": "ltr",
        "start_url": visit.href(),
        "scope": visit.href(),
        "display": "standalone",
        "theme_color": area.accent,
        "background_color": PAPER,
        "icons": icons,
        "shortcuts": [{"name": visit.say(page.words), "url": visit.href(page.path)} for page in tasks],
    }
    body = msgspec.json.encode(document)
    return Response(body, media_type="application/manifest+json", headers=HOUR_HEADERS)


def _icon(visit: Visit, size: int, purpose: str) -> dict[str, str]:
    name = f"icon-{size}.png" if purpose == "any" else f"icon-{size}-cut.png"
    return {"src": visit.href(name), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


async def icon_file(visit: Visit) -> Response:
    """`/{area}/icon-{size}.png`, and `icon-{size}-cut.png` which phones may cut to their shape."""
    size, cut = visit.request.path_params["size"], visit.request.url.path.endswith("-cut.png")
    if visit.area is None or size not in SIZES:
        raise Stop(404)
    return Response(draw_mark(visit.area.accent, size, cut=cut), media_type="image/png", headers=HOUR_HEADERS)


async def service_worker(visit: Visit) -> Response:
    """`/{area}/sw.js`: the service worker, told what to keep; it changes with every file that it keeps."""
    worker = visit.site.assets.find("sw.js")
    if visit.area is None or worker is None:
        raise Stop(404)
    told = msgspec.json.encode(_kept(visit.site, visit.area.name)).decode()
    body = f"const SHELL = {told};\n".encode() + worker.content
    return Response(body, media_type="text/javascript; charset=utf-8", headers={"cache-control": "no-cache"})


def _kept(site: Site, area: str) -> dict[str, Any]:
    """What the service worker of an area keeps: files by their content, and the pages that are the same for everybody."""
    pages = ["offline", *(page.path for service in site.services for page in service.pages if page.offline)]
    files = [site.assets.address(name) for name in KEPT_ASSETS]
    own = [f"/{area}/look.css", f"/{area}/outline.geojson"]
    parts = [*files, *pages, site.looks[area].decode(), repr(site.outlines[area])]
    return {
        "area": area,
        "mark": hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16],
        "files": [*files, *own],
        "outbox": site.assets.address("outbox.js"),
        "pages": [f"/{area}/{path}" for path in pages],
        "languages": list(LANGUAGES),
    }
