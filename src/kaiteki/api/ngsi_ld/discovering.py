"""Types, attributes and @contexts over HTTP (ETSI GS CIM 009 V1.9.1 clauses 6.25 to 6.30)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import cast
from urllib.parse import quote

import msgspec

from kaiteki.api.exchange import Headers, Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.forms import seen_part
from kaiteki.api.ngsi_ld.negotiation import JSON, LD_JSON, choose_shape, context_link_header
from kaiteki.api.ngsi_ld.passing import others_may_know
from kaiteki.api.ngsi_ld.places import PREFIX
from kaiteki.api.ngsi_ld.task import Task, done, shown
from kaiteki.api.trust import Trust
from kaiteki.broker.asking import read_flag
from kaiteki.broker.discovery import (
    describe_attribute,
    describe_attributes,
    describe_type,
    describe_types,
    list_attributes,
    list_types,
)
from kaiteki.broker.plane import Plane
from kaiteki.broker.registrations import told_types
from kaiteki.broker.sifting import sift
from kaiteki.model.access import Person
from kaiteki.model.entity import Entity, Json, is_array
from kaiteki.model.problem import Problem
from kaiteki.model.query import PAGE_SIZE_MAX, Query, TypeAll, TypeAny, TypeIs
from kaiteki.model.terms.context import Context
from kaiteki.ports.entities import Entities, TypeSummary


class _SeenEntities:
    """The summaries of an area, cut to the types and attributes that a person may see: all that discovery reads.

    `told` are further ones: what context sources are registered for.
    """

    def __init__(
        self, entities: Entities, trust: Trust, person: Person, told: Sequence[TypeSummary] = ()
    ) -> None:
        self._entities = entities
        self._told = told
        self._trust = trust
        self._person = person

    async def summarise(self, area: str) -> Sequence[TypeSummary]:
        """As ports.entities, filtered: what is seen of each entity, summed up."""
        summaries = await self._entities.summarise(area)
        uneven = [one for one in summaries if self._trust.reads_types(self._person, area, one.types) is None]
        even = [one for one in summaries if one not in uneven]
        seen = self._cut(area, (*even, *self._told))
        if uneven:
            seen += await self._looked_at(area, uneven)
        return sorted(seen, key=lambda one: one.types)

    def _cut(self, area: str, summaries: Iterable[TypeSummary]) -> list[TypeSummary]:
        """Summaries with what the person may see of every entity of their types."""
        seen: list[TypeSummary] = []
        for summary in summaries:
            open_to = self._trust.reads_all_of(self._person, area, summary.types)
            if not open_to.is_empty:
                kept = {name: kinds for name, kinds in summary.attributes.items() if open_to.shows(name)}
                seen.append(msgspec.structs.replace(summary, attributes=kept))
        return seen

    async def _looked_at(self, area: str, uneven: Sequence[TypeSummary]) -> list[TypeSummary]:
        """The summaries of types whose entities do not all show the same; of more than can be looked at, what all of them show."""
        sums = {one.types: _Sum() for one in uneven}
        parts = tuple(TypeAll(tuple(map(TypeIs, types))) for types in sums)
        asked = Query(types=TypeAny(parts), limit=PAGE_SIZE_MAX)
        wanted = self._trust.narrow(self._person, area, asked)
        while wanted is not None:
            try:
                found = await sift(self._entities, area, wanted)
            except Problem:
                return self._cut(area, uneven)
            for entity in (row.entity() for row in found.rows):
                seen = seen_part(entity, self._trust.visible(self._person, area, entity))
                if seen is not None and entity.types in sums:
                    sums[entity.types].add(seen)
            last = found.rows[-1].id if found.more else None
            wanted = msgspec.structs.replace(wanted, after_id=last) if last is not None else None
        return [TypeSummary(types, one.count, one.attributes) for types, one in sums.items() if one.count]


class _Sum:
    """What is seen of the entities of the same types, summed up."""

    def __init__(self) -> None:
        self.count = 0
        self.attributes: dict[str, Counter[str]] = {}

    def add(self, seen: Entity) -> None:
        """Count one more."""
        self.count += 1
        for name, instances in seen.attributes.items():
            self.attributes.setdefault(name, Counter()).update({one.kind for one in instances})


def seen_entities(
    entities: Entities, trust: Trust, person: Person, told: Sequence[TypeSummary] = ()
) -> Entities:
    """The entities as far as discovery may tell a person of them; nothing but `summarise` is asked of them."""
    return cast("Entities", _SeenEntities(entities, trust, person, told))


async def _seen(desk: Desk, task: Task) -> Plane:
    told = told_types(desk.registry, task.area) if await others_may_know(desk, task) else ()
    entities = seen_entities(desk.plane.entities, desk.trust, task.person, told)
    return msgspec.structs.replace(desk.plane, entities=entities)


def _show(task: Task, document: Json, context: Context) -> Reply:
    """A document with its @context in the body or in a link, as Accept wishes."""
    shape = choose_shape(task.ask.header("accept"), task.operation.shapes)
    headers: Headers = []
    if shape == LD_JSON:
        items: list[Json] = document if is_array(document) else [document]
        items = [{**item, "@context": context.document} for item in items]
        return shown(200, items if is_array(document) else items[0], shape)
    if context.url is not None:
        headers.append(context_link_header(context.url))
    return shown(200, document, shape, headers)


async def types(desk: Desk, task: Task) -> Reply:
    """GET /types."""
    context = await desk.context(task.link)
    look = describe_types if read_flag(task.parameters, "details") else list_types
    return _show(task, await look(await _seen(desk, task), task.area, context), context)


async def one_type(desk: Desk, task: Task) -> Reply:
    """GET /types/{type}."""
    context = await desk.context(task.link)
    return _show(
        task, await describe_type(await _seen(desk, task), task.area, task.place.name, context), context
    )


async def attributes(desk: Desk, task: Task) -> Reply:
    """GET /attributes."""
    context = await desk.context(task.link)
    look = describe_attributes if read_flag(task.parameters, "details") else list_attributes
    return _show(task, await look(await _seen(desk, task), task.area, context), context)


async def one_attribute(desk: Desk, task: Task) -> Reply:
    """GET /attributes/{attrId}."""
    context = await desk.context(task.link)
    found = await describe_attribute(await _seen(desk, task), task.area, task.place.name, context)
    return _show(task, found, context)


def own_address(task: Task) -> Callable[[str], str]:
    """How a kept @context is addressed from where the request came."""
    origin = f"http://{task.ask.header('host') or 'localhost'}"
    return lambda local_id: f"{origin}{PREFIX}jsonldContexts/{quote(local_id, safe=':')}"


async def add_context(desk: Desk, task: Task) -> Reply:
    """POST /jsonldContexts."""
    desk.trust.need_to_run(task.person)
    local_id = await desk.contexts.add(await task.json())
    return done(201, [("location", f"{PREFIX}jsonldContexts/{quote(local_id, safe=':')}")])


async def list_contexts(desk: Desk, task: Task) -> Reply:
    """GET /jsonldContexts."""
    kind = task.parameters.get("kind")
    if kind not in (None, "Cached", "Hosted", "ImplicitlyCreated"):
        raise Problem("BadRequestData", "kind is Cached, Hosted or ImplicitlyCreated", "kind")
    listed = await desk.contexts.listed(own_address(task), kind, read_flag(task.parameters, "details"))
    return shown(200, listed, choose_shape(task.ask.header("accept"), (JSON, LD_JSON)))


async def serve_context(desk: Desk, task: Task) -> Reply:
    """GET /jsonldContexts/{contextId}."""
    details = read_flag(task.parameters, "details")
    served = await desk.contexts.served(task.place.id, own_address(task), details)
    return shown(200, served, choose_shape(task.ask.header("accept"), task.operation.shapes))


async def forget_context(desk: Desk, task: Task) -> Reply:
    """DELETE /jsonldContexts/{contextId}."""
    desk.trust.need_to_run(task.person)
    await desk.contexts.forget(task.place.id, read_flag(task.parameters, "reload"))
    return done()
