"""Photos for commands: `POST /{area}/files` keeps one and answers its digest, which forms of commands then name.

The body is the picture itself (image/jpeg, image/png, image/webp), for people with an account and for machines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaiteki.api.persons import WhoAsks, refuse_foreign_pages
from kaiteki.api.problems import refuse
from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Asking
from kaiteki.kit.files import PHOTO_BYTES_MAX
from kaiteki.kit.pages import Upload
from kaiteki.model.decision import Refused
from kaiteki.model.problem import Problem

PHOTO_TYPES: Final = ("image/jpeg", "image/png", "image/webp")


def photo_routes(cities: Cities, who: WhoAsks, areas: Sequence[str]) -> list[Route]:
    """The route that keeps a photo, for the areas of a node."""

    async def keep(request: Request) -> Response:
        try:
            digest = await _kept(request, cities, who, areas)
        except Problem as problem:
            reply = refuse(problem)
            return Response(reply.body, reply.status, dict(reply.headers))
        address = f"/{request.path_params['area']}/files/{digest}"
        body = msgspec.json.encode({"digest": digest, "address": address})
        return Response(body, 201, {"location": address}, media_type="application/json")

    return [Route("/{area}/files", keep, methods=["POST"])]


async def _kept(request: Request, cities: Cities, who: WhoAsks, areas: Sequence[str]) -> str:
    area = str(request.path_params["area"])
    if area not in areas:
        raise Problem("ResourceNotFound", f"there is no area {area[:64]} here", "area")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in PHOTO_TYPES:
        raise Problem("UnsupportedMediaType", f"a photo is one of {', '.join(PHOTO_TYPES)}", "content-type")
    refuse_foreign_pages(request.headers)
    person = await who(request.headers, area)
    if not person.signed_in:
        raise Problem(
            "Unauthorized", "photos are kept for people with an account; others send them in a form"
        )
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > PHOTO_BYTES_MAX:
            raise Problem("PayloadTooLarge", f"a photo may have at most {PHOTO_BYTES_MAX} bytes", "body")
    kept = await cities.of(Asking(area=area, person=person)).keep_photo(
        Upload("", media_type, bytes(content))
    )
    if isinstance(kept, Refused) and kept.code == "not_allowed":
        raise Problem("Forbidden", "the mandate of this helper does not cover sending photos", "Cookie")
    if isinstance(kept, Refused):
        raise Problem("BadRequestData", kept.faults[0].words.en if kept.faults else kept.code, "body")
    return kept
