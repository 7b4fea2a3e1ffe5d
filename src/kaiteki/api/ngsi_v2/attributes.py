"""One attribute of an entity over NGSI v2, and its bare value as JSON or as text."""

from __future__ import annotations

import re
from typing import Final, cast

import msgspec

from kaiteki.api.documents import read_json
from kaiteki.api.exchange import Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.negotiation import Shape, choose_shape
from kaiteki.api.ngsi_v2.entities import change, seen_entity
from kaiteki.api.ngsi_v2.operations import JSON, TEXT
from kaiteki.api.ngsi_v2.querying import read_show
from kaiteki.api.ngsi_v2.spreading import Order
from kaiteki.api.ngsi_v2.task import EXPOSED, OPEN_TO_ALL, Task, shown
from kaiteki.model.entity import Entity, Json, is_array, is_object
from kaiteki.model.instant import Instant
from kaiteki.model.ngsi_v2.applying import default_instance, updated, without
from kaiteki.model.ngsi_v2.reading import EntitySaid, Said, read_attribute
from kaiteki.model.ngsi_v2.showing import show_attribute
from kaiteki.model.ngsi_v2.values import lift
from kaiteki.model.problem import Problem

_BARE: Final = re.compile(r"true|false|null|-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


async def get(desk: Desk, task: Task) -> Reply:
    """GET /entities/{id}/attrs/{name}."""
    wanted = read_show(task).metadata
    one = default_instance(await seen_entity(desk, task), task.attribute)
    return shown(task, show_attribute(one, wanted))


async def put(desk: Desk, task: Task) -> Reply:
    """PUT /entities/{id}/attrs/{name}."""
    fresh = "overrideMetadata" in task.options
    document = await task.json()
    said = Said(None, document) if "keyValues" in task.options else read_attribute(document, task.attribute)
    return await _put(desk, task, said, fresh)


async def remove(desk: Desk, task: Task) -> Reply:
    """DELETE /entities/{id}/attrs/{name}."""
    name = task.attribute
    order = Order("deleteAttrs", "DELETE", EntitySaid(task.entity_id, task.type_iri, {}), attribute=name)
    return await change(desk, task, order, lambda entity, now, _left: without(entity, (name,), now))


async def get_value(desk: Desk, task: Task) -> Reply:
    """GET /entities/{id}/attrs/{name}/value: objects and arrays as JSON, all else as text unless only JSON is accepted."""
    _, value = lift(default_instance(await seen_entity(desk, task), task.attribute))
    structured = is_object(value) or is_array(value)
    offered = (JSON, TEXT) if structured else (TEXT, JSON)
    media: str = choose_shape(task.ask.header("accept"), cast("tuple[Shape, ...]", offered))
    content = media if media == JSON else f"{TEXT}; charset=utf-8"
    return Reply(200, [("content-type", content), OPEN_TO_ALL, EXPOSED], msgspec.json.encode(value))


async def put_value(desk: Desk, task: Task) -> Reply:
    """PUT /entities/{id}/attrs/{name}/value."""
    media, body = await task.body()
    value = read_json(body) if media == JSON else _read_text(body)
    return await _put(desk, task, Said(None, value), False)


async def _put(desk: Desk, task: Task, said: Said, fresh: bool) -> Reply:
    name = task.attribute

    def step(entity: Entity, now: Instant, left: dict[str, Said]) -> Entity:
        default_instance(entity, name)
        return updated(entity, left, now, fresh)

    operation, method = ("replaceAttrs", "PUT") if fresh else ("updateAttrs", "PATCH")
    whole = EntitySaid(task.entity_id, task.type_iri, {name: said})
    return await change(desk, task, Order(operation, method, whole, attribute=name), step)


def _read_text(body: bytes) -> Json:
    """A value written as text: a string in double quotes, true, false, null or a number."""
    text = body.decode("utf-8", "replace").strip()
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    if quoted or _BARE.fullmatch(text):
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            if quoted:
                return text[1:-1]
    raise Problem("BadRequestData", "attribute value type not recognized", "body")
