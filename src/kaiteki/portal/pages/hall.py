"""What the site says of itself: services, accessibility, sources, the offline page, static files, photos."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from markupsafe import escape
from starlette.responses import Response

from kaiteki.kit.files.photo import WAITING
from kaiteki.kit.files.seen import PhotoSeen
from kaiteki.model.area import FIELDS
from kaiteki.portal.answers import Stop, show
from kaiteki.portal.assets import KEPT_FOR_S
from kaiteki.portal.pages.fields import breakdowns
from kaiteki.portal.visit import Visit

DIGEST_LENGTH: Final = 64
PICTURE_WAIT_S: Final = 8.0
"""How long a browser waits for a picture that is being made ready, before it is told so."""
UNKEPT: Final = {"cache-control": "no-store"}
PICTURE_AGAIN: Final = {**UNKEPT, "retry-after": "5"}
PLACEHOLDER: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="480" height="360" viewBox="0 0 480 360" role="img">'
    "<title>{said}</title>"
    '<rect width="480" height="360" fill="#f1f1f4"/>'
    '<text x="240" y="188" text-anchor="middle" font-family="sans-serif" font-size="24" fill="#4d4d4d">{said}</text></svg>'
)
PICTURE_KEPT_S: Final = 300
"""How long a browser or a proxy shows a photo without asking again whether it may still be seen."""
SHARED: Final = {"cache-control": f"public, max-age={PICTURE_KEPT_S}, must-revalidate"}
FOREVER: Final = {"cache-control": f"public, max-age={KEPT_FOR_S}, immutable"}
FOREVER_BY_ENCODING: Final = {**FOREVER, "vary": "Accept-Encoding"}


async def services(visit: Visit) -> Response:
    """`/{area}/services`."""
    return show(
        visit,
        "services.html",
        {"title": visit.say("shell.services"), "services": visit.site.services, "order": FIELDS},
    )


async def accessibility(visit: Visit) -> Response:
    """`/{area}/accessibility`."""
    return show(visit, "accessibility.html", {"title": visit.say("accessibility.title")})


async def about(visit: Visit) -> Response:
    """`/{area}/about`: the facts of the area and where all data come from."""
    values = {"title": visit.say("about.title"), "breakdowns": breakdowns(visit)}
    return show(visit, "about.html", values)


async def offline(visit: Visit) -> Response:
    """`/{area}/offline`: what to read without a connection."""
    return show(visit, "offline.html", {"title": visit.say("errors.offline")})


async def missing(visit: Visit) -> Response:
    """Everything that is no address of ours."""
    raise Stop(404)


async def look(visit: Visit) -> Response:
    """`/{area}/look.css`: the accent of the area."""
    area = visit.area.name if visit.area else ""
    return Response(
        visit.site.looks[area], media_type="text/css", headers={"cache-control": "public, max-age=3600"}
    )


async def outline(visit: Visit) -> Response:
    """`/{area}/outline.geojson`: the outline of the area for its maps."""
    area = visit.area.name if visit.area else ""
    return Response(
        msgspec.json.encode(visit.site.outlines[area]),
        media_type="application/geo+json",
        headers={"cache-control": "public, max-age=3600"},
    )


async def static(visit: Visit) -> Response:
    """`/static/…`: a file of the portal itself, or of a vendored library, to be kept for good."""
    asset = visit.site.assets.find(visit.request.path_params["path"])
    if asset is None:
        raise Stop(404)
    if "gzip" not in visit.request.headers.get("accept-encoding", ""):
        return Response(asset.content, media_type=asset.media_type, headers=FOREVER_BY_ENCODING)
    packed = FOREVER_BY_ENCODING | {"content-encoding": "gzip"}
    return Response(asset.packed, media_type=asset.media_type, headers=packed)


async def file(visit: Visit) -> Response:
    """`/{area}/files/{digest}`: a photo, as JPEG whatever it was, for those who may read what names it.

    While it is made ready the request waits, then says so. Who may not see it hears what stands at an address of nothing.
    """
    digest = visit.request.path_params["digest"]
    if visit.area is None or len(digest) != DIGEST_LENGTH or not digest.isalnum():
        raise Stop(404)
    seen = await visit.city.sees_photo(digest)
    if seen is PhotoSeen.NOBODY:
        return _unseen(visit)
    known = {**(SHARED if seen is PhotoSeen.EVERYBODY else UNKEPT), "etag": f'"{digest}"'}
    if seen is PhotoSeen.EVERYBODY and visit.request.headers.get("if-none-match") == known["etag"]:
        return Response(status_code=304, headers=known)
    picture = await visit.site.parts.darkroom.show(visit.area.name, digest, PICTURE_WAIT_S)
    if picture is None:
        return _unseen(visit)
    if picture.content:
        return Response(picture.content, media_type="image/jpeg", headers=known)
    status, later = (202, PICTURE_AGAIN) if picture.state == WAITING else (410, UNKEPT)
    return _drawn(visit, picture.state, status, later)


def _unseen(visit: Visit) -> Response:
    """The same for a photo that is hidden and for one that never was: inside of a page a picture that says so, else the page."""
    if not visit.request.headers.get("accept", "").startswith("image/"):
        raise Stop(404)
    return _drawn(visit, "unseen", 404, UNKEPT)


def _drawn(visit: Visit, said: str, status: int, headers: Mapping[str, str]) -> Response:
    drawn = PLACEHOLDER.format(said=escape(visit.say(f"photos.{said}")))
    return Response(drawn, status, headers=headers, media_type="image/svg+xml")
