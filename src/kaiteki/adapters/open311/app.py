"""The addresses of GeoReport v2: `/{area}/open311/v2/…` in JSON and XML, with the refusals of the standard."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import msgspec
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kaiteki.adapters.open311.asked import (
    RETRY_AFTER_S,
    Wrong,
    read_around,
    read_extensions,
    read_wanted,
    refuse_repeated,
    window,
)
from kaiteki.adapters.open311.bound import Binding, Parts, find_binding
from kaiteki.adapters.open311.catalogue import define_service, event_now, list_services
from kaiteki.adapters.open311.description import Address, describe
from kaiteki.adapters.open311.documents import MEDIA_TYPES, Document, as_json, as_xml, errors
from kaiteki.adapters.open311.pace import Pace, Sender
from kaiteki.adapters.open311.posted import Sent, read_form
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
from kaiteki.adapters.open311.shapes import Discovery, Endpoint
from kaiteki.adapters.open311.things import CODE, ask_thing, near_things
from kaiteki.kit.manifest import Service
from kaiteki.model.access import Person, device_holder
from kaiteki.model.entity import Json
from kaiteki.model.problem import Problem
from kaiteki.ports.outage import RETRY_AFTER_S as AWAY_S
from kaiteki.ports.outage import StoreAway

DEVICE_LENGTH_MAX: Final = 100
CHANGESET: Final = "2026-11-22T00:00:00Z"
SPECIFICATION: Final = "http://wiki.open311.org/GeoReport_v2"
PREFIX: Final = "/{area}/open311/v2"

Answer = Callable[[Desk, HttpRequest, Sent], Awaitable[Document]]


class Row(msgspec.Struct, frozen=True):
    """An address with who answers there."""

    address: Address
    get: Answer
    post: Answer | None = None


def routes(parts: Parts) -> list[BaseRoute]:
    """The addresses of every area of the node; none when no type plays the part."""
    binding = find_binding(parts.services)
    if binding is None:
        return []
    counter = _Counter(parts, binding)
    return [_route(counter, row) for row in ROWS]


def description(services: Sequence[Service], areas: Sequence[str]) -> Mapping[str, Json]:
    """What `/openapi.json` says of this adapter: tags, paths and schemas; nothing when no type plays the part."""
    if find_binding(services) is None:
        return {}
    return describe(PREFIX, [row.address for row in ROWS], areas)


def _route(counter: _Counter, row: Row) -> Route:
    async def run(request: HttpRequest) -> Response:
        chosen, again_s = request.path_params["format"], RETRY_AFTER_S
        try:
            if chosen not in MEDIA_TYPES:
                raise Wrong(406, "the formats are json and xml")
            document = await counter.answer(request, row)
        except Wrong as wrong:
            document, again_s = errors(wrong.status, wrong.description), wrong.again_s
        except Problem as problem:
            document = errors(403 if problem.status == 401 else problem.status, problem.detail)
        except StoreAway as away:
            document, again_s = errors(503, away.detail(writes=request.method == "POST")), AWAY_S
        form = "json" if chosen == "json" else "xml"
        body = as_json(document) if form == "json" else as_xml(document)
        wait = {"retry-after": str(again_s)} if document.status in (429, 503) else {}
        return Response(body, document.status, wait, media_type=MEDIA_TYPES[form])

    return Route(PREFIX + row.address.path, run, methods=["GET", "POST"] if row.post else ["GET"])


class _Counter:
    """Finds out where and who, counts posts, and lets the row answer."""

    def __init__(self, parts: Parts, binding: Binding) -> None:
        self.parts, self.binding, self.pace = parts, binding, Pace()

    async def answer(self, request: HttpRequest, row: Row) -> Document:
        parts, area = self.parts, request.path_params["area"]
        known = parts.areas.get(area)
        if known is None:
            raise Wrong(404, f"there is no area {area[:60]} here")
        posting = row.post if request.method == "POST" else None
        sent = await read_form(request) if posting else Sent()
        refuse_repeated(request.query_params.multi_items())
        refuse_repeated((name, value) for name, values in sent.fields.items() for value in values)
        given = {**request.query_params, **{name: values[-1] for name, values in sent.fields.items()}}
        asked = given.get("jurisdiction_id", "")
        if asked and asked not in (area, known.code):
            raise Wrong(404, f"jurisdiction_id {asked[:60]} was not found")
        person = await self._person(request, given.get("api_key", ""), area)
        device = given.get("device_id", "")[:DEVICE_LENGTH_MAX]
        if posting:
            self.pace.count(_senders(request, person, device), parts.now())
        desk = Desk(
            parts=parts,
            binding=self.binding,
            city=parts.city(area, person, device_holder(device) if device else ""),
            catalogue=parts.settings(self.binding.service, area),
            area=area,
            language=_language(request),
            base=f"{request.url.scheme}://{request.url.netloc}/{area}",
        )
        return await (posting or row.get)(desk, request, sent)

    async def _person(self, request: HttpRequest, key: str, area: str) -> Person:
        """Who asks, by api_key or bearer token. A session cookie counts for nothing here: pages elsewhere could ride on it."""
        bearer = f"Bearer {key}" if key else request.headers.get("authorization", "")
        return await self.parts.who({"authorization": bearer} if bearer else {}, area)


def _senders(request: HttpRequest, person: Person, device: str) -> list[Sender]:
    """By what the sender of a post is counted."""
    if person.signed_in:
        return [Sender("key", person.account_id)]
    address = request.client.host if request.client else ""
    named = [Sender("device", device)] if device else []
    return [*named, Sender("address", hashlib.blake2b(address.encode(), digest_size=16).hexdigest())]


def _language(request: HttpRequest) -> str:
    asked = (request.query_params.get("locale") or request.headers.get("accept-language", "")).lower()
    return "en" if asked.startswith("en") else "ja-easy" if asked.startswith("ja-easy") else "ja"


# What each address answers ------------------------------------------------------------------------------------------


async def _discover(desk: Desk, request: HttpRequest, sent: Sent) -> Document:
    endpoint = Endpoint(
        specification=SPECIFICATION,
        url=f"{desk.base}/open311/v2",
        changeset=CHANGESET,
        type="test" if desk.parts.areas[desk.area].sample else "production",
        formats=("text/xml", "application/json"),
    )
    told = Discovery(
        changeset=CHANGESET,
        contact=f"{desk.base}/about",
        key_service=f"{desk.base}/developers",
        endpoints=(endpoint,),
    )
    return Document("discovery", told)


async def _services(desk: Desk, request: HttpRequest, sent: Sent) -> Document:
    extensions = read_extensions(request.query_params)
    return list_services(desk.catalogue, await event_now(desk.city), desk.language, extensions)


async def _definition(desk: Desk, request: HttpRequest, sent: Sent) -> Document:
    around, code = read_around(request.query_params), request.path_params["code"]
    category = desk.catalogue.category(code)
    if category is None:
        raise Wrong(404, f"service_code {code[:60]} was not found")
    near = await near_things(desk.city, desk.catalogue, category, around)
    return define_service(category, desk.language, ask_thing(category, near, desk.language))


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
    now = desk.parts.now()
    wanted = read_wanted(request.query_params, now)
    start, end = window(wanted.start, wanted.end, now)
    return await list_updates(desk, start, end)


async def _post_update(desk: Desk, request: HttpRequest, sent: Sent) -> Document:
    return await post_update(desk, sent.fields, sent.files)


async def _places(desk: Desk, request: HttpRequest, sent: Sent) -> Document:
    part = request.query_params.get("kind", "place")
    if part not in ("place", "shelter"):
        raise Wrong(400, "kind must be place or shelter")
    text = request.query_params.get("q", "").strip()[:100]
    return await list_places(desk, text, read_around(request.query_params), part)


_LISTED: Final = (
    *("service_request_id", "service_code", "status", "start_date", "end_date", "updated_after"),
    *("updated_before", "lat", "long", "radius", "bbox", "q", "page", "page_size", "extensions"),
)
_NEAR: Final = ("lat", "long", "radius")
_THING: Final = f"attribute[{CODE}]"
_SENDER: Final = ("email", "first_name", "last_name", "phone", "device_id", "account_id", "media_url")
_KEY: Final = ("api_key", "jurisdiction_id")
ROWS: Final = (
    Row(Address("/discovery.{format}", "Which versions answer where", "discovery"), _discover),
    Row(Address("/services.{format}", "What can be reported", "services", ("extensions",)), _services),
    Row(
        Address(
            "/services/{code}.{format}", "The questions of one kind of request", "service_definition", _NEAR
        ),
        _definition,
    ),
    Row(
        Address(
            "/requests.{format}",
            "Requests, the newest first",
            "service_requests",
            _LISTED,
            ("service_code*", "description", "lat", "long", "address_string", _THING, *_SENDER, *_KEY),
            "posted_requests",
        ),
        _requests,
        _post_request,
    ),
    Row(
        Address("/requests/{number}.{format}", "One request", "service_requests", ("extensions",)),
        _one,
    ),
    Row(Address("/tokens/{number}.{format}", "The number behind a token", "tokens"), _token),
    Row(
        Address(
            "/servicerequestupdates.{format}",
            "Public steps of requests, the oldest first",
            "service_request_updates",
            ("start_date", "end_date"),
            ("service_request_id*", "description*", "update_id", "status", "media_url", *_KEY),
            "posted_updates",
        ),
        _updates,
        _post_update,
    ),
    Row(
        Address(
            "/places.{format}",
            "Facilities by name or near a place, to say where",
            "places",
            ("q", "lat", "long", "radius", "kind"),
        ),
        _places,
    ),
)
"""Every address: the routes and the OpenAPI come from here."""
