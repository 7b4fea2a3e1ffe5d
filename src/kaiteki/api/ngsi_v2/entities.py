"""Entities over NGSI v2: list, create, retrieve, change, remove."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias
from urllib.parse import quote

import msgspec

from kaiteki.api.exchange import Headers, Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.forms import seen_part
from kaiteki.api.ngsi_v2.querying import read_document, read_list, read_show
from kaiteki.api.ngsi_v2.spreading import Order, put_entity, spread
from kaiteki.api.ngsi_v2.task import Task, done, shown
from kaiteki.api.ngsi_v2.together import entity_together, query_together
from kaiteki.broker.entities import query_entities
from kaiteki.broker.ngsi_v2 import (
    Action,
    Place,
    carry_out_one,
    not_there,
    plan_document,
    plan_step,
)
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.model.ngsi_v2.applying import appended, replaced, updated
from kaiteki.model.ngsi_v2.names import from_id, from_iri
from kaiteki.model.ngsi_v2.reading import EntitySaid, Said, read_attributes, read_entity
from kaiteki.model.ngsi_v2.showing import Show, show, show_attributes
from kaiteki.model.query import Query
from kaiteki.ports.entities import Found

Revise: TypeAlias = Callable[[Entity, Instant, dict[str, Said]], Entity | None]
"""What becomes of an entity that stands, by what is left of the attributes that are said."""
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
    wanted = desk.trust.narrow(task.person, task.area, asked) if asked is not None else None
    told = await query_together(desk, task, wanted) if wanted is not None else None
    if told is not None:
        rows, total = told.entities, told.total
        headers: Headers = [("ngsild-warning", warning) for warning in told.warnings]
    else:
        found = NONE_FOUND if wanted is None else await query_entities(desk.plane, task.area, wanted)
        rows, total, headers = [row.entity() for row in found.rows], found.total, []
    see = desk.trust.eyes(task.person, task.area)
    entities = [desk.trust.opened(task.area, seen) for one in rows if (seen := see(one)) is not None]
    if "count" in task.options:
        headers.append(("fiware-total-count", str(total or 0)))
    return shown(task, [show(entity, how) for entity in entities], headers)


async def create(desk: Desk, task: Task) -> Reply:
    """POST /entities; with `upsert` attributes of an entity that stands are put."""
    options = task.options
    said = read_entity(await task.json(), "keyValues" in options)
    action: Action = "append" if "upsert" in options else "create"
    made: list[bool] = []

    async def local(left: dict[str, Said]) -> None:
        part = msgspec.structs.replace(said, attributes=left)
        planned = plan_document(desk.plane, task.whereabouts, action, part, "overrideMetadata" in options)
        made.append(await carry_out_one(desk.plane, task.call(desk), planned))

    await put_entity(desk, task, (action, said), local)
    entity_id, kind = from_id(said.id), from_iri(said.type_or_thing)
    location = f"/v2/entities/{quote(entity_id, safe=':')}?type={quote(kind, safe=':')}"
    return done(201 if action == "create" or any(made) else 204, [("location", location)])


async def seen_entity(desk: Desk, task: Task) -> Entity:
    """The entity of the path as the person sees it. Raises ResourceNotFound."""
    entity_id, kind = task.entity_id, task.type_iri
    row = (await desk.plane.entities.load(task.area, [entity_id])).get(entity_id)
    entity = await entity_together(desk, task, row.entity() if row is not None else None)
    if entity is None or (kind is not None and kind not in entity.types):
        raise not_there()
    if not Place((), task.path.scope).holds(entity):
        raise not_there()
    seen = seen_part(entity, desk.trust.visible(task.person, task.area, entity))
    if seen is None:
        raise not_there()
    return desk.trust.opened(task.area, seen)


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
    order = Order(
        "appendAttrs", "POST", _said(task, said), parameters={"options": "noOverwrite"} if strict else {}
    )
    return await change(
        desk, task, order, lambda entity, now, left: appended(entity, left, now, strict, fresh)
    )


async def update(desk: Desk, task: Task) -> Reply:
    """PATCH /entities/{id}/attrs."""
    options = task.options
    said = read_attributes(await task.json(), "keyValues" in options)
    fresh = "overrideMetadata" in options
    order = Order("updateEntity", "PATCH", _said(task, said))
    return await change(desk, task, order, lambda entity, now, left: updated(entity, left, now, fresh))


async def replace(desk: Desk, task: Task) -> Reply:
    """PUT /entities/{id}/attrs."""
    said = read_attributes(await task.json(), "keyValues" in task.options)
    order = Order("replaceEntity", "PUT", _said(task, said), "entity")
    return await change(desk, task, order, lambda entity, now, left: replaced(entity, left, now))


async def remove(desk: Desk, task: Task) -> Reply:
    """DELETE /entities/{id}."""
    order = Order("deleteEntity", "DELETE", _said(task, {}), "entity")
    return await change(desk, task, order, lambda _entity, _now, _left: None)


def _said(task: Task, attributes: dict[str, Said]) -> EntitySaid:
    """What is said of the entity of the path."""
    return EntitySaid(task.entity_id, task.type_iri, attributes)


async def change(desk: Desk, task: Task, order: Order, step: Revise) -> Reply:
    """Carry out a step of the entity of the path, here and where else it stands."""

    async def local(left: dict[str, Said]) -> None:
        planned = plan_step(
            desk.plane,
            task.whereabouts,
            task.entity_id,
            task.type_iri,
            lambda entity, now: step(entity, now, left),
        )
        await carry_out_one(desk.plane, task.call(desk), planned)

    await spread(desk, task, order, local)
    return done()
