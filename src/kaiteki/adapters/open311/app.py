"""The addresses of GeoReport v2: `/{area}/open311/v2/…` in JSON and XML, with the refusals of the standard."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kaiteki.adapters.open311.asked import WINDOW_S, Wrong, read_around, read_wanted
from kaiteki.adapters.open311.bound import Binding, Parts, find_binding
from kaiteki.adapters.open311.catalogue import define_service, list_services
from kaiteki.adapters.open311.documents import MEDIA_TYPES, Document, as_json, as_xml, errors
from kaiteki.adapters.open311.requests import (
    Desk,
    list_places,
    list_requests,
    list_updates,
    one_request,
    post_request,
    post_update,
    tell_token,
)
from kaiteki.kit.pages import Upload
from kaiteki.model.access import Person
from kaiteki.model.instant import Instant
from kaiteki.model.problem import Problem

BODY_SIZE_MAX_BYTES: Final = 34_000_000
FILE_SIZE_MAX_BYTES: Final = 10_000_000
FIELDS_MAX: Final = 100
FILES_MAX: Final = 3
FIELD_SIZE_MAX_BYTES: Final = 64_000
DEVICE_LENGTH_MAX: Final = 100
CHANGESET: Final = "2026-11-22T00:00:00Z"
SPECIFICATION: Final = "http://wiki.open311.org/GeoReport_v2"
PREFIX: Final = "/{area}/open311/v2"


class Sent(msgspec.Struct, frozen=True):
    """A posted form."""

    fields: Mapping[str, Sequence[str]] = {}
    files: Sequence[Upload] = ()


Answer = Callable[[Desk, HttpRequest, Sent], Awaitable[Document]]


def routes(parts: Parts) -> list[BaseRoute]:
    """The addresses of every area of the node; none when no type plays the part."""
    binding = find_binding(parts.services)
    if binding is None:
        return []
    return [
        _route(parts, binding, "/discovery.{format}", _discover),
        _route(parts, binding, "/services.{format}", _services),
        _route(parts, binding, "/services/{code}.{format}", _definition),
        _route(parts, binding, "/requests.{format}", _requests, _post_request),
        _route(parts, binding, "/requests/{number}.{format}", _one),
        _route(parts, binding, "/tokens/{number}.{format}", _token),
        _route(parts, binding, "/servicerequestupdates.{format}", _updates, _post_update),
        _route(parts, binding, "/places.{format}", _places),
    ]


def _route(parts: Parts, binding: Binding, path: str, get: Answer, post: Answer | None = None) -> Route:
    async def run(request: HttpRequest) -> Response:
        chosen = request.path_params["format"]
        try:
            if chosen not in MEDIA_TYPES:
                raise Wrong(406, "the formats are json and xml")
            answer = post if request.method == "POST" and post is not None else get
            document = await _answer(parts, binding, request, answer)
        except Wrong as wrong:
            document = errors(wrong.status, wrong.description)
        except Problem as problem:
            document = errors(403 if problem.status == 401 else problem.status, problem.detail)
        form = "json" if chosen == "json" else "xml"
        body = as_json(document) if form == "json" else as_xml(document)
        return Response(body, document.status, media_type=MEDIA_TYPES[form])

    return Route(PREFIX + path, run, methods=["GET", "POST"] if post else ["GET"])


async def _answer(parts: Parts, binding: Binding, request: HttpRequest, answer: Answer) -> Document:
    area = request.path_params["area"]
    known = parts.areas.get(area)
    if known is None:
        raise Wrong(404, f"there is no area {area[:60]} here")
    sent = await _read(request) if request.method == "POST" else Sent()
    given = {**request.query_params, **{name: values[-1] for name, values in sent.fields.items() if values}}
    asked = given.get("jurisdiction_id", "")
    if asked and asked not in (area, known.code):
        raise Wrong(404, f"jurisdiction_id {asked[:60]} was not found")
    person = await _person(parts, request, given.get("api_key", ""), area)
    device = given.get("device_id", "")[:DEVICE_LENGTH_MAX]
    desk = Desk(
        parts=parts,
        binding=binding,
        city=parts.city(area, person, f"device:{device}" if device else ""),
        catalogue=parts.settings(binding.service, area),
        area=area,
        language=_language(request),
        base=f"{request.url.scheme}://{request.url.netloc}/{area}",
    )
    return await answer(desk, request, sent)


async def _person(parts: Parts, request: HttpRequest, key: str, area: str) -> Person:
    """Who asks: the api_key of a machine stands for its bearer token."""
    headers = {"authorization": f"Bearer {key}"} if key else dict(request.headers)
    return await parts.who(headers, area)


def _language(request: HttpRequest) -> str:
    asked = request.query_params.get("locale") or request.headers.get("accept-language", "")
    return "en" if asked.lower().startswith("en") else "ja"


# What each address answers ------------------------------------------------------------------------------------------


async def _discover(desk: Desk, request: HttpRequest, sent: Sent) -> Document:
    endpoint = {
        "specification": SPECIFICATION,
        "url": f"{desk.base}/open311/v2",
        "changeset": CHANGESET,
        "type": "test" if desk.parts.areas[desk.area].sample else "production",
        "formats": ["text/xml", "application/json"],
    }
    told: dict[str, Any] = {
        "changeset": CHANGESET,
        "contact": f"{desk.base}/about",
        "key_service": f"{desk.base}/developers",
        "endpoints": [endpoint],
    }
    return Document("discovery", told)


async def _services(desk: Desk, request: HttpRequest, sent: Sent) -> Document:
    return list_services(desk.catalogue, desk.language)


async def _definition(desk: Desk, request: HttpRequest, sent: Sent) -> Document:
    return define_service(desk.catalogue, request.path_params["code"], desk.language)


async def _requests(desk: Desk, request: HttpRequest, sent: Sent) -> Document:
    return await list_requests(desk, read_wanted(request.query_params, desk.parts.now()))


async def _one(desk: Desk, request: HttpRequest, sent: Sent) -> Document:
    wanted = read_wanted(request.query_params, desk.parts.now())
    return await one_request(desk, request.path_params["number"], wanted.extensions)


async def _post_request(desk: Desk, request: HttpRequest, sent: Sent) -> Document:
    return await post_request(desk, sent.fields, sent.files)


async def _token(desk: Desk, request: HttpRequest, sent: Sent) -> Document:
    return await tell_token(desk, request.path_params["number"])


async def _updates(desk: Desk, request: HttpRequest, sent: Sent) -> Document:
    wanted = read_wanted(request.query_params, desk.parts.now())
    start = wanted.start or Instant(desk.parts.now() - WINDOW_S * 1_000_000)
    return await list_updates(desk, start, wanted.end)


async def _post_update(desk: Desk, request: HttpRequest, sent: Sent) -> Document:
    return await post_update(desk, sent.fields, sent.files)


async def _places(desk: Desk, request: HttpRequest, sent: Sent) -> Document:
    part = request.query_params.get("kind", "place")
    if part not in ("place", "shelter"):
        raise Wrong(400, "kind must be place or shelter")
    text = request.query_params.get("q", "").strip()[:100]
    return await list_places(desk, text, read_around(request.query_params), part)


# The body of a post -------------------------------------------------------------------------------------------------


async def _read(request: HttpRequest) -> Sent:
    """A posted form with its files, within limits that hold while the body still arrives."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "multipart/form-data":
            parser = MultiPartParser(
                request.headers,
                _limited(request),
                max_files=FILES_MAX,
                max_fields=FIELDS_MAX,
                max_part_size=FIELD_SIZE_MAX_BYTES,
            )
            return await _gather(await parser.parse())
        if kind in ("application/x-www-form-urlencoded", ""):
            return await _gather(await FormParser(request.headers, _limited(request)).parse())
    except (MultiPartException, ClientDisconnect, UnicodeDecodeError) as broken:
        raise Wrong(400, "the body is no form that can be read") from broken
    raise Wrong(415, "the body must be a form")


async def _limited(request: HttpRequest) -> AsyncGenerator[bytes, None]:
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > BODY_SIZE_MAX_BYTES:
            raise Wrong(413, f"the body may have at most {BODY_SIZE_MAX_BYTES} bytes")
        yield chunk


async def _gather(form: FormData) -> Sent:
    fields: dict[str, list[str]] = {}
    files: list[Upload] = []
    try:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files.append(Upload(value.filename or name, value.content_type or "", await _content(value)))
            else:
                fields.setdefault(name, []).append(value)
    finally:
        await form.close()
    if len(fields) > FIELDS_MAX:
        raise Wrong(400, f"at most {FIELDS_MAX} fields")
    return Sent(fields, files)


async def _content(upload: UploadFile) -> bytes:
    content = await upload.read(FILE_SIZE_MAX_BYTES + 1)
    if len(content) > FILE_SIZE_MAX_BYTES:
        raise Wrong(413, f"a file may have at most {FILE_SIZE_MAX_BYTES} bytes")
    return content
