"""Entity maps and the identity of this node over HTTP (ETSI GS CIM 009 V1.9.1 clauses 5.14, 5.15, 6.32 to 6.34, 6.36)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import msgspec

from kaiteki.api.exchange import Headers, Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.federating import Page, Told, sought_of, warnings_of
from kaiteki.api.ngsi_ld.negotiation import JSON
from kaiteki.api.ngsi_ld.passing import passage_of
from kaiteki.api.ngsi_ld.places import PREFIX
from kaiteki.api.ngsi_ld.task import Task, done, shown
from kaiteki.api.ngsi_ld.views import View
from kaiteki.broker.asking import read_flag
from kaiteki.broker.documents import query_parameters, read_selectors
from kaiteki.broker.entity_maps import EntityMap
from kaiteki.kit.rulings.sieving import NOWHERE
from kaiteki.model.instant import format_instant
from kaiteki.model.query import Query

HEADER: Final = "ngsild-entitymap"


def wants_map(task: Task, parameters: Mapping[str, str]) -> bool:
    """Whether a query makes a map or goes on with one."""
    return task.ask.header(HEADER) is not None or read_flag(parameters, "entityMap")


async def page_by_map(desk: Desk, task: Task, view: View, parameters: Mapping[str, str]) -> Page:
    """A page of a query by its entity map: the one that the request names, else a new one (clauses 5.5.9.3, 5.7.2.4)."""
    if view.wanted is None:
        return Page((), False, 0, [])
    passage, level = passage_of(desk, task, view.look.context), desk.trust.level(task.person, task.area)
    told = task.ask.header(HEADER)
    if told is not None:
        kept = desk.maps.retrieve(task.area, level, told.rpartition("/")[2])
        gathered = await desk.maps.page(kept, passage, view.wanted)
        rows = [Told(one) for one in gathered.entities]
    else:
        sought = sought_of(view.wanted, view.look.context, parameters)
        kept, gathered = await desk.maps.create(passage, sought, level, parameters.get("entityMapLifetime"))
        end = view.wanted.offset + view.wanted.limit
        rows = [Told(one) for one in gathered.entities[view.wanted.offset : end]]
        gathered = gathered._replace(more=len(gathered.entities) > end, total=len(gathered.entities))
    headers = [*_location(kept), *warnings_of(gathered)]
    return Page(rows, gathered.more, gathered.total or 0, headers)


async def create(desk: Desk, task: Task) -> Reply:
    """GET /entityMaps."""
    context = await desk.context(task.link)
    return await _create(desk, task, desk.views.make(task, context, task.parameters), task.parameters)


async def create_by_document(desk: Desk, task: Task) -> Reply:
    """POST /entityMaps (clause 6.34.3.2)."""
    document, source = await task.document()
    context = await desk.context(source)
    parameters = {**query_parameters(document), **task.parameters}
    view = desk.views.make(task, context, parameters, read_selectors(document, context))
    return await _create(desk, task, view, parameters)


async def _create(desk: Desk, task: Task, view: View, parameters: Mapping[str, str]) -> Reply:
    # of what nobody may see a map is made like that of what is not there
    nothing = msgspec.structs.replace(view.asked or Query(), fence=NOWHERE)
    context = view.look.context
    sought = sought_of(view.wanted or nothing, context, parameters)
    if read_flag(parameters, "local"):
        sought = msgspec.structs.replace(sought, local=True)
    kept, gathered = await desk.maps.create(
        passage_of(desk, task, context),
        sought,
        desk.trust.level(task.person, task.area),
        parameters.get("entityMapLifetime"),
    )
    return shown(201, kept.document(), JSON, [*_location(kept), *warnings_of(gathered)])


async def retrieve(desk: Desk, task: Task) -> Reply:
    """GET /entityMaps/{id}."""
    kept = desk.maps.retrieve(task.area, desk.trust.level(task.person, task.area), task.place.id)
    return shown(200, kept.document(), JSON)


async def update(desk: Desk, task: Task) -> Reply:
    """PATCH /entityMaps/{id}."""
    desk.maps.update(task.area, desk.trust.level(task.person, task.area), task.place.id, await task.json())
    return done()


async def delete(desk: Desk, task: Task) -> Reply:
    """DELETE /entityMaps/{id}."""
    desk.maps.delete(task.area, desk.trust.level(task.person, task.area), task.place.id)
    return done()


async def identify(desk: Desk, task: Task) -> Reply:
    """GET /info/sourceIdentity."""
    registry, now = desk.registry, desk.plane.clock.now()
    seconds = max(now - registry.began_at, 0) // 1_000_000
    document = {
        "id": f"urn:ngsi-ld:ContextSourceIdentity:{registry.alias(task.area)}",
        "type": "ContextSourceIdentity",
        "contextSourceAlias": registry.alias(task.area),
        "contextSourceUptime": f"PT{seconds}S",
        "contextSourceTimeAt": format_instant(now),
    }
    return shown(200, document, JSON)


def _location(kept: EntityMap) -> Headers:
    """Where a map is, as the header that names it (clause 6.3.17)."""
    return [(HEADER, f"{PREFIX}entityMaps/{quote(kept.id, safe=':')}")]
