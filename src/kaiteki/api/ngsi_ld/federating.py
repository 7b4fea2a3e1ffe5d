"""Reads that context sources have a part in, over HTTP (ETSI GS CIM 009 V1.9.1 clauses 5.7.1, 5.7.2, 6.3.17, 6.3.18)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from kaiteki.api.exchange import Headers, Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.linking import show_linked
from kaiteki.api.ngsi_ld.passing import passage_of, warned
from kaiteki.api.ngsi_ld.task import EXPOSED, OPEN_TO_ALL, Task
from kaiteki.api.ngsi_ld.views import View
from kaiteki.api.problems import refuse
from kaiteki.broker.asking import read_flag
from kaiteki.broker.federated import Gathered, Sought, query_federated, retrieve_federated
from kaiteki.broker.plane import not_found
from kaiteki.model.entity import Entity, encode_entity
from kaiteki.model.language.q import parse_q
from kaiteki.model.matching import matches_types
from kaiteki.model.query import Query, TypeAny, TypeIs, TypeSelection
from kaiteki.model.representation.values import check_uri
from kaiteki.model.terms.context import Context
from kaiteki.model.visibility import NOTHING
from kaiteki.ports.entities import Stamp


class Told:
    """An entity that no store has, as if it were found in one."""

    def __init__(self, entity: Entity) -> None:
        self._entity = entity

    @property
    def id(self) -> str:
        """The id of the entity."""
        return self._entity.id

    @property
    def version(self) -> int:
        """None is known here."""
        return 0

    @property
    def stamp(self) -> Stamp:
        """None is known here."""
        return (0, 0)

    def entity(self) -> Entity:
        """The entity."""
        return self._entity

    def holds(self, mark: bytes) -> bool:
        """Whether the entity, written down, holds a mark."""
        return mark in encode_entity(self._entity)


async def retrieve(desk: Desk, task: Task, view: View) -> Reply | None:
    """An entity as this node and its sources know it; None when no source has a part in it."""
    entity_id = check_uri(task.place.id, "id")
    row = (await desk.plane.entities.load(task.area, [entity_id])).get(entity_id)
    local = row.entity() if row is not None else None
    if local is not None and view.types is not None and not matches_types(local.types, view.types):
        local = None
    wanted = Query(ids=(entity_id,), types=view.types or _types_of(local), attrs=view.look.style.attrs)
    gathered = await retrieve_federated(
        desk.inquirer, passage_of(desk, task, view.look.context), wanted, local
    )
    if gathered is None:
        return None
    seen = [one for one in gathered.entities if desk.trust.visible(task.person, task.area, one) != NOTHING]
    if not seen:
        return refuse(not_found(entity_id), [OPEN_TO_ALL, EXPOSED, *warnings_of(gathered)])
    headers: Headers = [*view.headers, *warnings_of(gathered)]
    return await show_linked(desk, task, view, [Told(seen[0])], headers)


class Page(NamedTuple):
    """A page of entities that several places know, with what is to be said of it in headers."""

    rows: Sequence[Told]
    more: bool
    total: int
    warnings: Headers


async def query(desk: Desk, task: Task, view: View, parameters: Mapping[str, str]) -> Page | None:
    """The page that this node and its sources have together; None when no source has a part in it."""
    if view.wanted is None:
        return None
    sought = sought_of(view.wanted, view.look.context, parameters)
    gathered = await query_federated(desk.inquirer, passage_of(desk, task, view.look.context), sought)
    if gathered is None:
        return None
    rows = [Told(one) for one in gathered.entities]
    return Page(rows, gathered.more, gathered.total or 0, warnings_of(gathered))


def sought_of(wanted: Query, context: Context, parameters: Mapping[str, str]) -> Sought:
    """A query as it is asked of this node and its sources."""
    expand = context.expand
    return Sought(
        wanted,
        parameters,
        parse_q(parameters["csf"], expand, field="csf") if "csf" in parameters else None,
        read_flag(parameters, "splitEntities") if "splitEntities" in parameters else None,
    )


def _types_of(entity: Entity | None) -> TypeSelection | None:
    return TypeAny(tuple(TypeIs(name) for name in entity.types)) if entity is not None else None


def warnings_of(gathered: Gathered) -> Headers:
    """What was not as it should be at the sources (clause 6.3.17)."""
    return warned(gathered.warnings)
