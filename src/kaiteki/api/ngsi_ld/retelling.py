"""Write the past of entities over HTTP (ETSI GS CIM 009 V1.9.1 clauses 6.18.3.1, 6.19.3.2, 6.20 to 6.22)."""

from __future__ import annotations

from urllib.parse import quote

from kaiteki.api.exchange import Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.places import PREFIX
from kaiteki.api.ngsi_ld.spreading import Order, carry_out
from kaiteki.api.ngsi_ld.task import Task, done
from kaiteki.api.ngsi_ld.writing import SAFE_IN_PATH, call_on, id_in, without_context
from kaiteki.broker.asking import read_flag
from kaiteki.broker.attributes import Updated
from kaiteki.broker.retelling import (
    append_past,
    forget_attribute,
    forget_past,
    remove_state,
    revise_state,
    tell_past,
)
from kaiteki.model.entity import Json
from kaiteki.model.representation.values import check_uri


async def tell(desk: Desk, task: Task) -> Reply:
    """POST /temporal/entities."""
    document, context = await desk.read(task)
    call, known = desk.call(task, context), list[bool]()

    async def local(document: Json) -> None:
        known.append(not (await tell_past(desk.plane, call, document))[1])

    def answer(_: Updated | None, created: bool) -> Reply:
        # what this node knew is told on; what it did not know may be known to the source that holds it
        if not created and (not known or known[0]):
            return done()
        entity_id = quote(id_in(document), safe=SAFE_IN_PATH)
        return done(201, [("location", f"{PREFIX}temporal/entities/{entity_id}")])

    order = Order("upsertTemporal", "POST", document=document, purpose="whole", past=True)
    return await carry_out(desk, task, order, (call, local), answer)


async def append(desk: Desk, task: Task) -> Reply:
    """POST /temporal/entities/{id}/attrs."""
    document, context = await desk.read(task)
    call = call_on(desk, task, context)

    async def local(document: Json) -> None:
        await append_past(desk.plane, call, task.place.id, document)

    order = Order("appendAttrsTemporal", "POST", "entity/attrs", document, past=True)
    return await carry_out(desk, task, order, (call, local))


async def forget(desk: Desk, task: Task) -> Reply:
    """DELETE /temporal/entities/{id}."""
    call = call_on(desk, task, await desk.context(task.link))

    async def local(_: Json) -> None:
        await forget_past(desk.plane, call, task.place.id)

    return await carry_out(desk, task, Order("deleteTemporal", "DELETE", past=True), (call, local))


async def forget_one(desk: Desk, task: Task) -> Reply:
    """DELETE /temporal/entities/{id}/attrs/{name}."""
    call = call_on(desk, task, await desk.context(task.link))
    dataset_id, every = task.parameters.get("datasetId"), read_flag(task.parameters, "deleteAll")

    async def local(_: Json) -> None:
        await forget_attribute(desk.plane, call, (task.place.id, task.place.name), dataset_id, every)

    order = Order("deleteAttrsTemporal", "DELETE", "entity/attrs", attribute=task.place.name, past=True)
    return await carry_out(desk, task, order, (call, local))


async def revise(desk: Desk, task: Task) -> Reply:
    """PATCH /temporal/entities/{id}/attrs/{name}/{instance}."""
    document, context = await desk.read(task)
    call, place = call_on(desk, task, context), (task.place.id, task.place.name)

    async def local(document: Json) -> None:
        await revise_state(desk.plane, call, place, task.place.instance, document)

    return await carry_out(
        desk, task, _of_state(task, "updateAttrInstanceTemporal", without_context(document)), (call, local)
    )


async def remove(desk: Desk, task: Task) -> Reply:
    """DELETE /temporal/entities/{id}/attrs/{name}/{instance}."""
    call = call_on(desk, task, await desk.context(task.link))

    async def local(_: Json) -> None:
        await remove_state(desk.plane, call, (task.place.id, task.place.name), task.place.instance)

    return await carry_out(desk, task, _of_state(task, "deleteAttrInstanceTemporal"), (call, local))


def _of_state(task: Task, operation: str, document: Json = None) -> Order:
    """A write of one kept state."""
    method, place = task.operation.method, task.place
    check_uri(place.instance, "instanceId")
    return Order(
        operation,
        method,
        "entity/attrs",
        document,
        attribute=place.name,
        instance=place.instance,
        past=True,
    )
