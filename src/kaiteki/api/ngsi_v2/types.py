"""Entity types over NGSI v2: which there are, how many entities each has, and with which attributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kaiteki.api.exchange import Headers, Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.discovering import seen_entities
from kaiteki.api.ngsi_ld.forms import seen_part
from kaiteki.api.ngsi_v2.querying import read_limit, read_offset
from kaiteki.api.ngsi_v2.task import Task, shown
from kaiteki.broker.sifting import sift
from kaiteki.model.entity import Json
from kaiteki.model.ngsi_v2.names import check_name, from_iri, to_iri
from kaiteki.model.ngsi_v2.values import lift
from kaiteki.model.problem import Problem
from kaiteki.model.query import Query, TypeIs
from kaiteki.ports.entities import TypeSummary

SAMPLE_MAX: Final = 100
"""Entities of a type whose attributes are looked at for their v2 types."""


async def list_types(desk: Desk, task: Task) -> Reply:
    """GET /types."""
    options = task.options
    known = await _known(desk, task)
    names = sorted({name for one in known for name in one.types}, key=from_iri)
    offset = read_offset(task.parameters)
    page = names[offset : offset + read_limit(task.parameters)]
    headers: Headers = [("fiware-total-count", str(len(names)))] if "count" in options else []
    if "values" in options:
        return shown(task, [from_iri(name) for name in page], headers)
    return shown(
        task, [{"type": from_iri(name), **await _describe(desk, task, name, known)} for name in page], headers
    )


async def one_type(desk: Desk, task: Task) -> Reply:
    """GET /types/{type}."""
    name = to_iri(check_name(task.place.name, "entity type"))
    known = await _known(desk, task)
    if not any(name in one.types for one in known):
        raise Problem("ResourceNotFound", "Entity type not found", "entityType")
    return shown(task, await _describe(desk, task, name, known))


async def _known(desk: Desk, task: Task) -> Sequence[TypeSummary]:
    """The types of the area that the person may know of."""
    return await seen_entities(desk.plane.entities, desk.trust, task.person).summarise(task.area)


async def _describe(desk: Desk, task: Task, name: str, known: Sequence[TypeSummary]) -> dict[str, Json]:
    of_it = [one for one in known if name in one.types]
    types: dict[str, set[str]] = {from_iri(iri): set() for one in of_it for iri in one.attributes}
    if "noAttrDetail" not in task.options:
        await _look(desk, task, name, types)
    attrs = {attribute: {"types": sorted(found)} for attribute, found in sorted(types.items())}
    return {"attrs": attrs, "count": sum(one.count for one in of_it)}


async def _look(desk: Desk, task: Task, name: str, types: dict[str, set[str]]) -> None:
    """Add the v2 types of attributes, as some entities have them that the person may see."""
    wanted = desk.trust.narrow(task.person, task.area, Query(types=TypeIs(name), limit=SAMPLE_MAX))
    if wanted is None:
        return
    for row in (await sift(desk.plane.entities, task.area, wanted)).rows:
        entity = row.entity()
        seen = seen_part(entity, desk.trust.visible(task.person, task.area, entity))
        for iri, instances in seen.attributes.items() if seen is not None else ():
            found = types.get(from_iri(iri))
            if found is not None:
                found.add(lift(instances[0])[0])
