"""Registrations of context sources: create, update, delete, retrieve, query (ETSI GS CIM 009 V1.9.1 clauses 5.9 and 5.10).

What a source answers is shown to everybody, and what is written here may be written there. So only those who work for the town hall or
run the node may register sources, and see how they are reached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.broker.asking import read_selection
from kaiteki.broker.reaching import check_reach
from kaiteki.broker.registry import Registry
from kaiteki.broker.subscriptions import Holder
from kaiteki.broker.time_asking import read_time
from kaiteki.model.entity import Json
from kaiteki.model.language.q import parse_q
from kaiteki.model.problem import Problem
from kaiteki.model.query import Filter, Query
from kaiteki.model.representation.values import check_uri
from kaiteki.model.sources.document import registration_document
from kaiteki.model.sources.matching import (
    held_here,
    matches_csf,
    matches_place,
    matches_scope,
    names_in,
    overlaps,
    parts_for,
    rivals,
)
from kaiteki.model.sources.parsing import parse_registration, patch_registration
from kaiteki.model.sources.registration import REGISTRATION_TYPE, Registration
from kaiteki.model.sources.v2.document import v2_registration
from kaiteki.model.terms.context import Context
from kaiteki.ports.entities import TypeSummary
from kaiteki.ports.history import Period
from kaiteki.ports.sources import KeptSource

AREA_MAX: Final = 10_000
"""Registrations of one area."""
TIME_PARAMETERS: Final = frozenset({"timerel", "timeAt", "endTimeAt", "timeproperty"})


class Sought(msgspec.Struct, frozen=True):
    """Which registrations are sought: by what their sources know, by what they tell of themselves, by the time they know.

    Without a query and a time all of them are sought.
    """

    query: Query | None = None
    csf: Filter | None = None
    period: Period | None = None


async def create_registration(registry: Registry, holder: Holder, document: Json, context: Context) -> str:
    """Register a context source (clause 5.9.2); its id. Raises BadRequestData, AlreadyExists, Conflict, Forbidden."""
    _need_the_hall(holder)
    clock = registry.plane.clock
    fresh = f"urn:ngsi-ld:{REGISTRATION_TYPE}:{clock.seed():016x}"
    one = parse_registration(document, context, fresh, clock.now())
    await add_registration(registry, holder, one)
    return one.id


async def add_registration(registry: Registry, holder: Holder, one: Registration) -> None:
    """Keep a new registration. Raises AlreadyExists, Conflict, Forbidden."""
    _need_the_hall(holder)
    _check_reach(registry, holder.area, one)
    await registry.ready()
    standing = registry.of(holder.area)
    if one.id in standing:
        raise Problem("AlreadyExists", f"there is a registration {one.id} already", "id")
    if len(standing) >= AREA_MAX:
        raise Problem("Forbidden", f"an area has up to {AREA_MAX} registrations", "id")
    await _check_rivals(registry, holder.area, one)
    await registry.put(KeptSource(holder.area, holder.account, one))


async def update_registration(
    registry: Registry, holder: Holder, registration_id: str, document: Json, context: Context
) -> None:
    """Put members of a fragment in the place of those of a registration (clause 5.9.3).

    Raises BadRequestData, ResourceNotFound, Conflict.
    """
    kept = await retrieve_registration(registry, holder, registration_id)
    one = patch_registration(kept.registration, document, context, registry.plane.clock.now())
    await change_registration(registry, kept, one)


async def change_registration(registry: Registry, kept: KeptSource, one: Registration) -> None:
    """Keep another wording of a registration that stands. Raises Conflict."""
    if one.endpoint != kept.registration.endpoint:
        _check_reach(registry, kept.area, one)
    if (one.mode, one.information) != (kept.registration.mode, kept.registration.information):
        await _check_rivals(registry, kept.area, one)
    await registry.put(msgspec.structs.replace(kept, registration=one))


async def delete_registration(
    registry: Registry, holder: Holder, registration_id: str, with_expired: bool = False
) -> None:
    """Forget a registration (clause 5.9.4). Raises BadRequestData, ResourceNotFound."""
    kept = await retrieve_registration(registry, holder, registration_id, with_expired)
    await registry.remove(kept.key)


async def retrieve_registration(
    registry: Registry, holder: Holder, registration_id: str, with_expired: bool = False
) -> KeptSource:
    """Find a registration by its id (clause 5.10.1). Raises BadRequestData, ResourceNotFound, Forbidden."""
    _need_the_hall(holder)
    check_uri(registration_id, "id")
    await registry.ready()
    kept = registry.get((holder.area, registration_id))
    over = kept is not None and kept.registration.is_over(registry.plane.clock.now())
    # NGSI v2 shows also what has expired, as such (decision 24)
    if kept is None or (over and not with_expired):
        raise Problem("ResourceNotFound", f"there is no registration {registration_id}", "id")
    return kept


async def query_registrations(registry: Registry, holder: Holder, sought: Sought) -> Sequence[KeptSource]:
    """The registrations that may know what is sought, by id (clause 5.10.2). Raises Forbidden."""
    _need_the_hall(holder)
    await registry.ready()
    now = registry.plane.clock.now()
    found = [
        kept
        for kept in registry.of(holder.area).values()
        if not kept.registration.is_over(now) and _is_sought(kept.registration, sought)
    ]
    return sorted(found, key=lambda kept: kept.registration.id)


def read_sought(params: Mapping[str, str], context: Context) -> Sought:
    """What a query string seeks (clause 5.10.2). Raises BadRequestData."""
    csf = parse_q(params["csf"], context.expand, field="csf") if "csf" in params else None
    times = {name: told for name, told in params.items() if name in TIME_PARAMETERS}
    period = read_time(times, context).period if times else None
    selection = {name: told for name, told in params.items() if name not in (*TIME_PARAMETERS, "csf")}
    if not selection:
        return Sought(None, csf, period)
    query = read_selection({**selection, "local": "true"}, context)
    # what q asks for is among the attributes that a source must know
    attrs = tuple(dict.fromkeys((*query.attrs, *names_in(query.q))))
    return Sought(msgspec.structs.replace(query, attrs=attrs), csf, period)


def _is_sought(one: Registration, sought: Sought) -> bool:
    if sought.csf is not None and not matches_csf(one, sought.csf):
        return False
    period, query = sought.period, sought.query
    if period is not None:
        stretch = one.observed if period.measured == "observed" else one.managed
        if not overlaps(stretch, period.start, period.end):
            return False
    if query is None:
        return True
    # who asks for the present is not led to sources of the past (clause 5.2.9)
    if period is None and one.is_temporal:
        return False
    if not parts_for(one, query) or not matches_scope(one, query, strict=True):
        return False
    return query.geo is None or matches_place(one, query.geo, strict=True)


def _check_reach(registry: Registry, area: str, one: Registration) -> None:
    """Refuse a source that would never be reached."""
    check_reach(registry.plane, area, one.endpoint, "endpoint" if one.v2 is None else "provider.http.url")


async def _check_rivals(registry: Registry, area: str, one: Registration) -> None:
    """Refuse a proxied source where another one, or this node itself, holds the same (clause 5.9.2.4)."""
    now = registry.plane.clock.now()
    standing = (kept.registration for kept in registry.of(area).values())
    rival = next(rivals(one, (other for other in standing if not other.is_over(now))), None)
    if rival is not None:
        raise Problem("Conflict", f"the registration {rival.id} holds the same", "information")
    for query in held_here(one):
        found = await registry.plane.entities.find(area, query)
        if found.rows:
            raise Problem("Conflict", f"the entity {found.rows[0].id} stands here", "information")


async def all_registrations(registry: Registry, holder: Holder) -> Sequence[KeptSource]:
    """All registrations of an area by id, also those that have expired, as NGSI v2 lists them. Raises Forbidden."""
    _need_the_hall(holder)
    await registry.ready()
    return sorted(registry.of(holder.area).values(), key=lambda kept: kept.registration.id)


def _need_the_hall(holder: Holder) -> None:
    if not (holder.staff or holder.runs):
        raise Problem("Forbidden", "context sources are registered by the town hall", "Authorization")


def told_types(registry: Registry, area: str) -> list[TypeSummary]:
    """The types that sources are registered for, with the attributes that are told of them, as discovery reads them (clause 5.7.11).

    How many entities there are is not known without asking, so none are counted.
    """
    now = registry.plane.clock.now()
    found: list[TypeSummary] = []
    for kept in registry.about(area, None):
        one = kept.registration
        for part in one.information if not one.is_temporal and not one.is_over(now) else ():
            attributes = {name: {"Property": 0} for name in part.properties}
            attributes |= {name: {"Relationship": 0} for name in part.relationships}
            types = dict.fromkeys(name for entity in part.entities for name in entity.types)
            found += [TypeSummary((name,), 0, attributes) for name in types]
    return found


def described(
    registry: Registry, kept: KeptSource, context: Context, sys_attrs: bool = False
) -> dict[str, Json]:
    """The document of a registration with how asking its source went so far (clause 5.2.9)."""
    document = registration_document(kept.registration, registry.standing(kept.key), context, sys_attrs)
    if kept.registration.v2 is None:
        return document
    return {**document, "ngsiV2": described_v2(registry, kept)}


def described_v2(registry: Registry, kept: KeptSource) -> dict[str, Json]:
    """The document of a registration as NGSI v2 shows it."""
    return v2_registration(kept.registration, registry.standing(kept.key), registry.plane.clock.now())
