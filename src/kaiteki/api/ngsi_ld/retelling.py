"""Write the past of entities over HTTP (ETSI GS CIM 009 V1.9.1 clauses 6.18.3.1, 6.19.3.2, 6.20 to 6.22)."""

from __future__ import annotations

from urllib.parse import quote

from kaiteki.api.exchange import Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.places import PREFIX
from kaiteki.api.ngsi_ld.task import Task, done
from kaiteki.api.ngsi_ld.writing import SAFE_IN_PATH, call_on
from kaiteki.broker.asking import read_flag
from kaiteki.broker.retelling import (
    append_past,
    forget_attribute,
    forget_past,
    remove_state,
    revise_state,
    tell_past,
)


async def tell(desk: Desk, task: Task) -> Reply:
    """POST /temporal/entities."""
    document, context = await desk.read(task)
    entity_id, new = await tell_past(desk.plane, desk.call(task, context), document)
    if not new:
        return done()
    return done(201, [("location", f"{PREFIX}temporal/entities/{quote(entity_id, safe=SAFE_IN_PATH)}")])


async def append(desk: Desk, task: Task) -> Reply:
    """POST /temporal/entities/{id}/attrs."""
    document, context = await desk.read(task)
    await append_past(desk.plane, call_on(desk, task, context), task.place.id, document)
    return done()


async def forget(desk: Desk, task: Task) -> Reply:
    """DELETE /temporal/entities/{id}."""
    call = call_on(desk, task, await desk.context(task.link))
    await forget_past(desk.plane, call, task.place.id)
    return done()


async def forget_one(desk: Desk, task: Task) -> Reply:
    """DELETE /temporal/entities/{id}/attrs/{name}."""
    call = call_on(desk, task, await desk.context(task.link))
    dataset_id, every = task.parameters.get("datasetId"), read_flag(task.parameters, "deleteAll")
    await forget_attribute(desk.plane, call, (task.place.id, task.place.name), dataset_id, every)
    return done()


async def revise(desk: Desk, task: Task) -> Reply:
    """PATCH /temporal/entities/{id}/attrs/{name}/{instance}."""
    document, context = await desk.read(task)
    place = (task.place.id, task.place.name)
    await revise_state(desk.plane, call_on(desk, task, context), place, task.place.instance, document)
    return done()


async def remove(desk: Desk, task: Task) -> Reply:
    """DELETE /temporal/entities/{id}/attrs/{name}/{instance}."""
    call = call_on(desk, task, await desk.context(task.link))
    await remove_state(desk.plane, call, (task.place.id, task.place.name), task.place.instance)
    return done()
