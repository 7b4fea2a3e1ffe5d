"""Entities over NGSI v2: list, create, retrieve, change, remove."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from kaiteki.api.exchange import Headers, Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.forms import seen_part
from kaiteki.api.ngsi_v2.querying import read_document, read_list, read_show
from kaiteki.api.ngsi_v2.task import Task, done, shown
from kaiteki.api.ngsi_v2.together import entity_together, query_together
from kaiteki.broker.entities import query_entities
from kaiteki.broker.ngsi_v2 import (
    Place,
    Step,
    carry_out_one,
    not_there,
    plan_document,
    plan_step,
)
from kaiteki.model.entity import Entity
from kaiteki.model.ngsi_v2.applying import appended, replaced, updated
from kaiteki.model.ngsi_v2.names import from_id, from_iri
from kaiteki.model.ngsi_v2.reading import read_attributes, read_entity
from kaiteki.model.ngsi_v2.showing import Show, show, show_attributes
from kaiteki.model.query import Query
from kaiteki.ports.entities import Found

NONE_FOUND: Final = Found((), total=0)


async def resources(_desk: Desk, task: Task) -> Reply:
    """GET /v2."""
    names = ("entities", "types", "subscriptions", "registrations")
    return shown(task, {f"{name}_url": f"/v2/{name}" for name in names})


async def list_entities(desk: Desk, task: Task) -> Reply:
    """GET /entities."""
    how = read_show(task)
    return await _answer(desk, task, await read_list(desk, task), how)


async def query(desk: Desk, task: Task) -> Reply:
    """POST /op/query."""
    document = await task.json()
    asked = await read_document(desk, task, document)
    return await _answer(desk, task, asked, read_show(task, document))


async def _answer(desk: Desk, task: Task, asked: Query | None, how: Show) -> Reply:
    """One page of what matches and may be seen, with the whole number where it was asked for."""
    wanted = desk.trust.narrow(task.person, asked) if asked is not None else None
    told = await query_together(desk, task, wanted) if wanted is not None else None
    if told is not None:
        rows, total = told.entities, told.total
        headers: Headers = [("ngsild-warning", warning) for warning in told.warnings]
    else:
        found = NONE_FOUND if wanted is None else await query_entities(desk.plane, task.area, wanted)
        rows, total, headers = [row.entity() for row in found.rows], found.total, []
    entities = [
        seen for one in rows if (seen := seen_part(one, desk.trust.visible(task.person, one))) is not None
    ]
    if "count" in task.options:
        headers.append(("fiware-total-count", str(total or 0)))
    return shown(task, [show(entity, how) for entity in entities], headers)


async def create(desk: Desk, task: Task) -> Reply:
    """POST /entities; with `upsert` attributes of an entity that stands are put."""
    options = task.options
    said = read_entity(await task.json(), "keyValues" in options)
    upsert = "upsert" in options
    planned = plan_document(
        desk.plane,
        task.whereabouts,
        "append" if upsert else "create",
        said,
        "overrideMetadata" in options,
    )
    made = await carry_out_one(desk.plane, task.call(desk), planned)
    entity_id, kind = from_id(said.id), from_iri(said.type_or_thing)
    location = f"/v2/entities/{quote(entity_id, safe=':')}?type={quote(kind, safe=':')}"
    return done(201 if made else 204, [("location", location)])


async def seen_entity(desk: Desk, task: Task) -> Entity:
    """The entity of the path as the person sees it. Raises ResourceNotFound."""
    entity_id, kind = task.entity_id, task.type_iri
    row = (await desk.plane.entities.load(task.area, [entity_id])).get(entity_id)
    entity = await entity_together(desk, task, row.entity() if row is not None else None)
    if entity is None or (kind is not None and kind not in entity.types):
        raise not_there()
    if not Place((), task.path.scope).holds(entity):
        raise not_there()
    seen = seen_part(entity, desk.trust.visible(task.person, entity))
    if seen is None:
        raise not_there()
    return seen


async def retrieve(desk: Desk, task: Task) -> Reply:
    """GET /entities/{id}."""
    how = read_show(task)
    return shown(task, show(await seen_entity(desk, task), how))


async def attributes(desk: Desk, task: Task) -> Reply:
    """GET /entities/{id}/attrs."""
    how = read_show(task)
    entity = await seen_entity(desk, task)
    short = how.format in ("values", "unique")
    return shown(task, show(entity, how) if short else show_attributes(entity, how))


async def append(desk: Desk, task: Task) -> Reply:
    """POST /entities/{id}/attrs."""
    options = task.options
    said = read_attributes(await task.json(), "keyValues" in options)
    strict, fresh = "append" in options, "overrideMetadata" in options
    return await change(desk, task, lambda entity, now: appended(entity, said, now, strict, fresh))


async def update(desk: Desk, task: Task) -> Reply:
    """PATCH /entities/{id}/attrs."""
    options = task.options
    said = read_attributes(await task.json(), "keyValues" in options)
    fresh = "overrideMetadata" in options
    return await change(desk, task, lambda entity, now: updated(entity, said, now, fresh))


async def replace(desk: Desk, task: Task) -> Reply:
    """PUT /entities/{id}/attrs."""
    said = read_attributes(await task.json(), "keyValues" in task.options)
    return await change(desk, task, lambda entity, now: replaced(entity, said, now))


async def remove(desk: Desk, task: Task) -> Reply:
    """DELETE /entities/{id}."""
    return await change(desk, task, lambda _entity, _now: None)


async def change(desk: Desk, task: Task, step: Step) -> Reply:
    """Carry out a step of the entity of the path."""
    planned = plan_step(desk.plane, task.whereabouts, task.entity_id, task.type_iri, step)
    await carry_out_one(desk.plane, task.call(desk), planned)
    return done()
