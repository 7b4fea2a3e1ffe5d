"""`requests`: list, one, post; `servicerequestupdates`; `tokens`; and places by name or nearness as an extension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, cast, get_args

import msgspec
from msgspec import UNSET

from kaiteki.adapters.open311.asked import Around, Wanted, Wrong, degrees, read_attributes
from kaiteki.adapters.open311.bound import Binding, Catalogue, Line, Parts, Request
from kaiteki.adapters.open311.documents import Document
from kaiteki.adapters.open311.media import keep_photos
from kaiteki.adapters.open311.shapes import (
    DESCRIPTION_MAX,
    Place,
    Posted,
    PostedUpdate,
    RequestUpdate,
    ServiceRequest,
    Token,
)
from kaiteki.adapters.open311.things import find_thing
from kaiteki.kit.lifecycle import ForeignStatus
from kaiteki.kit.manifest import EntityType
from kaiteki.kit.pages import City, Upload
from kaiteki.kit.views import attribute, every, ordered, path, point, where
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.query import PAGE_SIZE_MAX, Filter, GeoFilter, Order, Query
from kaiteki.model.words import Words

STATUS_OF_REFUSAL: Final = {
    "not_found": 404,
    "not_allowed": 403,
    "invalid": 400,
    "conflict": 409,
    "too_many": 429,
}
UPDATES_MAX: Final = 1000
REQUESTS_OF_UPDATES_MAX: Final = 10_000
FOREIGN_ID_LENGTH_MAX: Final = 100
FOREIGN_STATUSES: Final[tuple[str, ...]] = get_args(ForeignStatus)
TAKEN_BACK: Final = "undo"
"""What a step of the log is called that takes back the one before it."""
PLACES_MAX: Final = 50


class Desk(msgspec.Struct, frozen=True):
    """One area as one client sees it."""

    parts: Parts
    binding: Binding
    city: City
    catalogue: Catalogue
    area: str
    language: str
    base: str
    """The address of the area with scheme and host, for links to photos."""

    @property
    def view(self) -> type[msgspec.Struct]:
        """The view of the type that plays the part."""
        return self.binding.type.view


# Lists ------------------------------------------------------------------------------------------------------------


async def list_requests(desk: Desk, wanted: Wanted) -> Document:
    """`GET requests`: the newest first."""
    found = await desk.city.find(desk.view, _query(desk.view, wanted))
    requests = cast("Sequence[Request]", found.items)
    return Document("service_requests", [tell_request(desk, one, wanted.extensions) for one in requests])


async def one_request(desk: Desk, number: str, extensions: bool) -> Document:
    """`GET requests/{id}`: a list of one; 404 where there is none."""
    request = await find_request(desk, number)
    return Document("service_requests", [tell_request(desk, request, extensions)])


async def find_request(desk: Desk, number: str) -> Request:
    """A public request by its number."""
    query = Query(q=every(where(desk.view, "number", "==", number[:60]), _public(desk.view)), limit=1)
    found = await desk.city.find(desk.view, query)
    if not found.items:
        raise Wrong(404, f"service_request_id {number[:60]} was not found")
    return cast("Request", found.items[0])


def _public(view: type[msgspec.Struct]) -> Filter:
    return where(view, "published", "==", True)


def _query(view: type[msgspec.Struct], wanted: Wanted) -> Query:
    states = cast("type[Request]", view).open_states
    status: Filter | None = None
    if wanted.open is not None:
        status = where(view, "status", "==" if wanted.open else "!=", states)
    times = (
        ("date_submitted", ">=", wanted.start),
        ("date_submitted", "<=", wanted.end),
        ("date_updated", ">=", wanted.updated_after),
        ("date_updated", "<=", wanted.updated_before),
    )
    return Query(
        q=every(
            _public(view),
            where(view, "number", "==", wanted.ids) if wanted.ids else None,
            where(view, "category", "==", wanted.codes) if wanted.codes else None,
            status,
            *(
                where(view, field, cast("Any", operator), at)
                for field, operator, at in times
                if at is not None
            ),
        ),
        geo=_geo(view, wanted),
        text=wanted.text or None,
        order=(ordered(view, "date_submitted", descending=True),),
        limit=wanted.page_size,
        offset=(wanted.page - 1) * wanted.page_size,
    )


def _geo(view: type[msgspec.Struct], wanted: Wanted) -> GeoFilter | None:
    if wanted.around is not None:
        return _near(view, wanted.around)
    if wanted.box is None:
        return None
    west, south, east, north = wanted.box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return GeoFilter("within", {"type": "Polygon", "coordinates": [ring]}, attribute(view, "location"))


def _near(view: type[msgspec.Struct], around: Around) -> GeoFilter:
    place = point(around.longitude, around.latitude)
    return GeoFilter("near", place, attribute(view, "location"), max_distance_m=around.radius_m)


def tell_request(desk: Desk, request: Request, extensions: bool) -> ServiceRequest:
    """A request in the words of the standard."""
    category, office = desk.catalogue.category(request.category), desk.catalogue.office(request.office)
    place = request.location["coordinates"] if request.location else (None, None)
    last = next((line for line in reversed(_standing(request.log)) if line.why), None)
    return ServiceRequest(
        service_request_id=request.number,
        status=status_of(request),
        status_notes=last.why if last else None,
        service_name=category.words.say(desk.language) if category else request.category,
        service_code=request.category,
        description=(request.description or request.name)[:DESCRIPTION_MAX] or None,
        agency_responsible=office.words.say(desk.language) if office else None,
        service_notice=None,
        requested_datetime=format_instant(request.date_submitted),
        updated_datetime=format_instant(request.date_updated),
        expected_datetime=format_instant(request.date_due) if request.date_due is not None else None,
        address=request.address or None,
        address_id=None,
        zipcode=None,
        lat=place[1],
        long=place[0],
        media_url=f"{desk.base}/files/{request.photos[0].digest}" if request.photos else None,
        detailed_status=request.status if extensions else UNSET,
        title=request.name if extensions else UNSET,
    )


def status_of(request: Request) -> Literal["open", "closed"]:
    """`open` or `closed`."""
    return "open" if request.status in type(request).open_states else "closed"


# Posting ----------------------------------------------------------------------------------------------------------


async def post_request(desk: Desk, fields: Mapping[str, Sequence[str]], files: Sequence[Upload]) -> Document:
    """`POST requests`: at once with its number. Photos come as files of the form, or as a `media_url` to fetch."""
    given = {name: values[-1].strip() for name, values in fields.items() if values}
    code = given.get("service_code", "")
    if not code:
        raise Wrong(400, "service_code was not provided")
    category = desk.catalogue.category(code)
    if category is None:
        raise Wrong(404, f"service_code {code[:60]} was not found")
    latitude, longitude = degrees(given, "lat", 90), degrees(given, "long", 180)
    answers = read_attributes(fields)
    thing = await find_thing(desk.city, category, answers)
    if (latitude is None or longitude is None) and not given.get("address_string") and not thing:
        raise Wrong(400, "a location is needed: lat and long, or address_string")
    form: dict[str, Any] = {
        "category": code,
        "description": given.get("description", ""),
        "latitude": latitude,
        "longitude": longitude,
        "address": given.get("address_string", ""),
        "asset": thing,
        "answers": answers,
        "photos": await _keep(desk, fields, files),
        "contact_name": f"{given.get('last_name', '')} {given.get('first_name', '')}".strip(),
        "contact_email": given.get("email", ""),
        "contact_phone": given.get("phone", ""),
    }
    done = await desk.city.run(f"{desk.binding.service.name}.submit", form)
    if isinstance(done, Refused):
        raise refusal(done, desk.language)
    told = Posted(str(done.answer["number"]), None, given.get("account_id") or None)
    return Document("service_requests", [told], 201)


async def _keep(
    desk: Desk, fields: Mapping[str, Sequence[str]], files: Sequence[Upload]
) -> list[dict[str, str]]:
    urls = [url.strip() for url in fields.get("media_url", ()) if url.strip()]
    kept = await keep_photos(desk.city, desk.parts.fetch, files, urls)
    if isinstance(kept, Refused):
        raise refusal(kept, desk.language)
    return kept


def refusal(refused: Refused, language: str) -> Wrong:
    """A refusal of a rule as the standard says it: every sentence, with the field it is about."""
    said = "; ".join(
        f"{fault.field}: {fault.words.say(language)}" if fault.field else fault.words.say(language)
        for fault in refused.faults
    )
    return Wrong(STATUS_OF_REFUSAL.get(refused.code, 409), said or refused.code)


# Tokens and updates -----------------------------------------------------------------------------------------------


async def tell_token(desk: Desk, token: str) -> Document:
    """`GET tokens/{id}`: numbers are given at once, so a number is its own token."""
    request = await find_request(desk, token)
    return Document("service_requests", [Token(request.number, request.number)])


async def list_updates(desk: Desk, start: Instant, end: Instant | None) -> Document:
    """`GET servicerequestupdates`: the public steps of all requests in a stretch of time, oldest first.

    A client that got UPDATES_MAX goes on from the time of the last one: every step up to it is in the answer.
    """
    told = [
        (line.at, number, request, line)
        for request in await _touched(desk, start)
        for number, line in enumerate(request.log)
        if number and line.at >= start and (end is None or line.at <= end)
    ]
    told.sort(key=lambda row: (row[0], row[2].number, row[1]))
    updates = [tell_update(desk, request, number, line) for _, number, request, line in told[:UPDATES_MAX]]
    return Document("service_request_updates", updates)


async def _touched(desk: Desk, start: Instant) -> list[Request]:
    """The public requests that changed since a time."""
    view = desk.view
    q = every(_public(view), where(view, "date_updated", ">=", start))
    found: list[Request] = []
    after: str | None = None
    while True:
        listing = await desk.city.find(view, Query(q=q, limit=PAGE_SIZE_MAX, after_id=after))
        found += cast("Sequence[Request]", listing.items)
        if not listing.more or not listing.items:
            return found
        if len(found) >= REQUESTS_OF_UPDATES_MAX:
            raise Wrong(
                400, f"more than {REQUESTS_OF_UPDATES_MAX} requests changed; ask from a later start_date"
            )
        after = found[-1].id


def _standing(log: Sequence[Line]) -> list[Line]:
    """The steps that hold: what was taken back says nothing of how a request stands."""
    found: list[Line] = []
    for line in log:
        if line.what != TAKEN_BACK:
            found.append(line)
        elif found:
            found.pop()
    return found


def tell_update(desk: Desk, request: Request, number: int, line: Line) -> RequestUpdate:
    """The step of a request that stands at a place of its log."""
    states = type(request).open_states
    now = next((one.after for one in reversed(request.log[: number + 1]) if one.after), request.status)
    return RequestUpdate(
        update_id=f"{request.number}-{number}",
        service_request_id=request.number,
        status="OPEN" if now in states else "CLOSED",
        updated_datetime=format_instant(line.at),
        description=line.why or line.words.say(desk.language),
        external_status_code=now,
        media_url=f"{desk.base}/files/{line.photos[0]}" if line.photos else None,
    )


async def post_update(desk: Desk, fields: Mapping[str, Sequence[str]], files: Sequence[Upload]) -> Document:
    """`POST servicerequestupdates`: words on a request, and where they come from its office, its new status.

    The sender's `update_id` makes it happen once: the same update again gets the same answer, other words under its id
    are refused.
    """
    given = {name: values[-1].strip() for name, values in fields.items() if values}
    for name in ("service_request_id", "description"):
        if not given.get(name):
            raise Wrong(400, f"{name} was not provided")
    status = given.get("status", "").lower()
    if status and status not in FOREIGN_STATUSES:
        raise Wrong(400, f"status must be one of {', '.join(FOREIGN_STATUSES).upper()}")
    request = await find_request(desk, given["service_request_id"])
    form = {
        "id": request.id,
        "text": given["description"],
        "status": status,
        "photos": await _keep(desk, fields, files),
    }
    theirs = given.get("update_id", "")[:FOREIGN_ID_LENGTH_MAX]
    key = f"open311 {request.number} {theirs}" if theirs else None
    done = await desk.city.run(f"{desk.binding.service.name}.update", form, key)
    if not isinstance(done, Accepted):
        raise refusal(done, desk.language)
    return Document("service_request_updates", [PostedUpdate(f"{request.number}-{done.answer['line']}")], 201)


# Places -----------------------------------------------------------------------------------------------------------


async def list_places(desk: Desk, text: str, around: Around | None, part: str) -> Document:
    """Extension `places`: facilities by name or near a place, so that a client can say where; `part` place or shelter."""
    if not text and around is None:
        raise Wrong(400, "q, or lat and long, was not provided")
    told: list[tuple[int, Place]] = []
    for service in desk.parts.services:
        for declared in service.types:
            if part in declared.plays:
                told += await _places_of(desk, declared, text, around)
    told.sort(key=lambda row: (row[0], row[1].place_id))
    return Document("places", [place for _, place in told[:PLACES_MAX]])


async def _places_of(
    desk: Desk, declared: EntityType, text: str, around: Around | None
) -> list[tuple[int, Place]]:
    view = declared.view
    here = point(around.longitude, around.latitude) if around else None
    wanted = Query(
        text=text or None,
        geo=_near(view, around) if around else None,
        order=(Order(path(view, "location"), distance=True),) if here else (),
        order_geometry=here,
        limit=PLACES_MAX,
    )
    found = await desk.city.find(view, wanted)
    return [(rank, _place(desk, declared, one)) for rank, one in enumerate(found.items)]


def _place(desk: Desk, declared: EntityType, one: Any) -> Place:
    title, location = getattr(one, declared.title, ""), getattr(one, "location", None)
    coordinates = _middle(location)
    name = title.say(desk.language) if isinstance(title, Words) else str(title)
    return Place(
        place_id=str(one.id),
        name=name,
        kind=declared.words.say(desk.language),
        address=str(getattr(one, "address", "") or getattr(one, "fullAddress", "") or "") or None,
        lat=coordinates[1] if coordinates else None,
        long=coordinates[0] if coordinates else None,
    )


def _middle(location: Any) -> tuple[float, float] | None:
    """The first position of a geometry."""
    found: Any = None
    if isinstance(location, Mapping):
        found = cast("Mapping[str, Any]", location).get("coordinates")
    while isinstance(found, list | tuple) and found:
        parts = cast("list[Any]", found)
        if not isinstance(parts[0], list | tuple):
            return float(parts[0]), float(parts[1])
        found = cast("Any", parts[0])
    return None
