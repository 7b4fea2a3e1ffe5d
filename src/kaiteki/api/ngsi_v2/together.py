"""Reads of NGSI v2 that context sources have a part in: the same sources as those of NGSI-LD."""

from __future__ import annotations

from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_v2.task import Task
from kaiteki.broker.federated import Gathered, Sought, query_federated, retrieve_federated
from kaiteki.model.entity import Entity
from kaiteki.model.query import Query, TypeAny, TypeIs
from kaiteki.model.sources.passage import Passage, read_via
from kaiteki.model.sources.v2.correlator import read_marks
from kaiteki.model.terms.compiling import core_context


async def passage_of(desk: Desk, task: Task) -> Passage | None:
    """A request as its forwarding sees it, None in an area without sources, or where the client wants none asked."""
    if desk.registry.is_alone(task.area) or "skipForwarding" in task.options:
        return None
    await desk.registry.ready()
    header = task.ask.header
    alias = desk.registry.alias(task.area)
    marks = read_marks(header("fiware-correlator"))
    via = tuple(dict.fromkeys((*read_via(header("via")), *marks)))
    return Passage(task.area, alias, core_context(), via, header)


async def query_together(desk: Desk, task: Task, wanted: Query) -> Gathered | None:
    """A page of what matches here and at the sources, None when none has a part in it.

    The conditions of NGSI v2 have no wording in NGSI-LD, so they are applied to what was put together.
    """
    passage = await passage_of(desk, task)
    if passage is None:
        return None
    plain = wanted.q is None and wanted.geo is None and wanted.scope is None
    return await query_federated(desk.inquirer, passage, Sought(wanted, split=None if plain else True))


async def entity_together(desk: Desk, task: Task, local: Entity | None) -> Entity | None:
    """The entity of the path as this node and its sources know it; what stands here where none has a part in it."""
    passage = await passage_of(desk, task)
    if passage is None:
        return local
    kind = task.type_iri
    names = (kind,) if kind is not None else local.types if local is not None else ()
    types = TypeAny(tuple(TypeIs(name) for name in names)) if names else None
    asked = Query(ids=(task.entity_id,), types=types)
    gathered = await retrieve_federated(desk.inquirer, passage, asked, local)
    if gathered is None:
        return local
    return gathered.entities[0] if gathered.entities else None
