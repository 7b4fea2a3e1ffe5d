"""Retrieve and query entities over HTTP (ETSI GS CIM 009 V1.9.1 clauses 6.4.3.2, 6.5.3.1, 6.23.3.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote, urlencode
from zlib import crc32

from kaiteki.api.exchange import Headers, Reply
from kaiteki.api.ngsi_ld import federating
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.federating import Page
from kaiteki.api.ngsi_ld.forms import HIDDEN
from kaiteki.api.ngsi_ld.linking import show_linked
from kaiteki.api.ngsi_ld.mapping import page_by_map, wants_map
from kaiteki.api.ngsi_ld.negotiation import (
    GEO_JSON,
)
from kaiteki.api.ngsi_ld.passing import others_may_know
from kaiteki.api.ngsi_ld.task import OPEN_TO_ALL, Task
from kaiteki.api.ngsi_ld.views import View
from kaiteki.broker.entities import query_entities, retrieve_entity
from kaiteki.broker.plane import not_found
from kaiteki.model.query import Query
from kaiteki.model.representation.rendering import encode
from kaiteki.model.terms.context import Context
from kaiteki.ports.entities import Found, Stamp

NONE_FOUND: Final = Found((), total=0)
_PLAIN_QUERY: Final = re.compile(r"[A-Za-z0-9._~!$'()*,;:@/?=&%\[\]-]*", re.ASCII)
"""A query text that may stand in a header as it came, but for square brackets."""
_CODED_NAME: Final = re.compile(r"(?:^|&)[^=&]*[%\[\]]")
"""A name of a parameter that is not written plainly."""


async def retrieve(desk: Desk, task: Task) -> Reply:
    """GET /entities/{id}."""
    view = desk.views.of(task, await desk.context(task.link))
    if await others_may_know(desk, task):
        told = await federating.retrieve(desk, task, view)
        if told is not None:
            return told
    row = await retrieve_entity(desk.plane, task.area, task.place.id, view.types)
    if view.join is not None or view.version is not None:
        return await show_linked(desk, task, view, (row,), list(view.headers))
    body = desk.forms.of(row, task.area, view.look, view.flavour, task.person)
    if body is HIDDEN:
        raise not_found(task.place.id)
    if view.look.shape == GEO_JSON and view.context_in_body:
        body = _with_context(body, view.look.context)
    etag = etag_of(row.stamp, body, view)
    if _is_known(etag, task.ask.header("if-none-match")):
        return Reply(304, [("etag", etag), OPEN_TO_ALL])
    return Reply(200, [*view.headers, ("etag", etag)], body)


async def query(desk: Desk, task: Task) -> Reply:
    """GET /entities."""
    view = desk.views.of(task, await desk.context(task.link))
    return await answer_query(desk, task, view, task.parameters)


async def answer_query(desk: Desk, task: Task, view: View, parameters: Mapping[str, str]) -> Reply:
    """One page of what matches, with the links to its neighbours (clauses 6.3.10 and 6.3.13)."""
    page: Page | None = None
    if wants_map(task, parameters):
        page = await page_by_map(desk, task, view, parameters)
    elif await others_may_know(desk, task):
        page = await federating.query(desk, task, view, parameters)
    if page is not None:
        headers = _paged(task, view, page.more, page.total)
        return await show_linked(desk, task, view, page.rows, [*headers, *page.warnings])
    found = NONE_FOUND if view.wanted is None else await query_entities(desk.plane, task.area, view.wanted)
    headers = _paged(task, view, found.more, found.total or 0)
    if view.join is not None or view.version is not None:
        return await show_linked(desk, task, view, found.rows, headers)
    forms, look, flavour, person = desk.forms, view.look, view.flavour, task.person
    bodies = [body for row in found.rows if (body := forms.of(row, task.area, look, flavour, person))]
    return Reply(200, headers, joined(bodies, view))


def _paged(task: Task, view: View, more: bool, total: int) -> Headers:
    """The headers of a page: its look, how many entities there are, where its neighbours are."""
    headers = list(view.headers)
    if view.asked is not None:
        if view.asked.total:
            headers.append(("ngsild-results-count", str(total)))
        if task.operation.method == "GET" and (more or view.asked.offset):
            address = address_of(task.ask.path, task.ask.query, task.parameters)
            headers += neighbours(address, view.asked, more)
    return headers


def etag_of(stamp: Stamp, body: bytes, view: View) -> str:
    """The tag of an answer: another state of an entity, an entity made again and another look have another one.

    The content is in it too: stamps come again when a backup is restored and the town goes on from there in another way.
    """
    born, version = stamp
    return f'"{born:x}-{version:x}-{crc32(body):08x}-{view.mark}"'


def _is_known(etag: str, told: str | None) -> bool:
    """Whether one of the tags that were sent is this one (RFC 9110 section 13.1.2: `*`, a list, compared weakly)."""
    if told is None:
        return False
    return told.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in told.split(","))


def joined(bodies: Sequence[bytes], view: View) -> bytes:
    """Several rendered entities as one document."""
    if view.look.shape != GEO_JSON:
        return b"[" + b",".join(bodies) + b"]"
    features = b'{"type":"FeatureCollection","features":[' + b",".join(bodies) + b"]}"
    return _with_context(features, view.look.context) if view.context_in_body else features


def _with_context(document: bytes, context: Context) -> bytes:
    """A rendered JSON object with a @context as its last member."""
    return document[:-1] + b',"@context":' + encode(context.document) + b"}"


def address_of(path: str, query: str, parameters: Mapping[str, str]) -> str:
    """The address of a page and its neighbours, up to where limit and offset follow. A plain query text is taken as it came."""
    if _PLAIN_QUERY.fullmatch(query) and not _CODED_NAME.search(query):
        parts = [part for part in query.split("&") if part and not part.startswith(("limit=", "offset="))]
        return f"{path}?{'&'.join([*parts, ''])}".replace("[", "%5B").replace("]", "%5D")
    others = {name: told for name, told in parameters.items() if name not in ("limit", "offset")}
    return f"{path}?{urlencode(others, quote_via=quote)}&" if others else f"{path}?"


def neighbours(address: str, asked: Query, more: bool) -> Headers:
    """Links to the next and the previous page: the same request with another offset."""
    if not asked.limit:
        return []
    links: Headers = []
    limit, offset = asked.limit, asked.offset
    if more:
        links.append(_link(address, limit, offset + limit, "next"))
    if offset > 0:
        links.append(_link(address, limit, max(offset - limit, 0), "prev"))
    return links


def _link(address: str, limit: int, offset: int, rel: str) -> tuple[str, str]:
    return ("link", f'<{address}limit={limit}&offset={offset}>; rel="{rel}"; type="application/json"')
