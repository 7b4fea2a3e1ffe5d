"""Which registrations a request concerns (ETSI GS CIM 009 V1.9.1 clauses 5.10.2.4 and 5.12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kaiteki.model.instant import Instant
from kaiteki.model.matching import matches_filter, matches_scopes
from kaiteki.model.ngsi_v2.names import from_iri
from kaiteki.model.pattern import found_in
from kaiteki.model.place import satisfies
from kaiteki.model.query import (
    AllOf,
    AnyOf,
    Filter,
    GeoFilter,
    Query,
    Selector,
    TypeAny,
    TypeIs,
    TypeSelection,
)
from kaiteki.model.sources.registration import EntityInfo, Information, Registration, Stretch
from kaiteki.model.terms.compiling import core_context


def parts_for(one: Registration, wanted: Query) -> tuple[Information, ...]:
    """The parts of a registration that may know something of what is wanted, with the entities of them that may be meant."""
    found: list[Information] = []
    attributes = frozenset(wanted.attrs)
    for part in one.information:
        if attributes and part.attributes and attributes.isdisjoint(part.attributes):
            continue
        entities = tuple(entity for entity in part.entities if may_be(entity, wanted))
        if entities or not part.entities:
            found.append(Information(entities, part.properties, part.relationships))
    return tuple(found)


def may_be(entity: EntityInfo, wanted: Query) -> bool:
    """Whether one of the wanted entities may be among those that a source knows."""
    if not _fits(entity, wanted.types, wanted.ids, wanted.id_pattern):
        return False
    return not wanted.selectors or any(_chosen(entity, one) for one in wanted.selectors)


def _chosen(entity: EntityInfo, one: Selector) -> bool:
    return _fits(entity, one.types, one.ids, one.id_pattern)


def _fits(entity: EntityInfo, types: TypeSelection | None, ids: Sequence[str], pattern: str | None) -> bool:
    if types is not None and not may_be_of(entity, types):
        return False
    if entity.id:
        return (not ids or entity.id in ids) and (pattern is None or found_in(pattern, entity.id))
    if entity.id_pattern is not None and ids:
        return any(found_in(entity.id_pattern, one) for one in ids)
    return True


def may_be_of(entity: EntityInfo, wanted: TypeSelection) -> bool:
    """Whether an entity that a source knows may satisfy a selection."""
    if entity.type_pattern:
        return any(found_in(entity.type_pattern, from_iri(name)) for name in names_of_types(wanted))
    return not entity.types or may_have(entity.types, wanted)


def may_have(types: Sequence[str], wanted: TypeSelection) -> bool:
    """Whether an entity of one of these types may satisfy a selection: it may have further types."""
    if isinstance(wanted, TypeIs):
        return wanted.type in types
    return any(may_have(types, part) for part in wanted.parts)


def types_in(wanted: Query) -> frozenset[str] | None:
    """The types that a query names; None where it may be about any type."""
    selections = [one.types for one in wanted.selectors] if wanted.selectors else [wanted.types]
    found: set[str] = set()
    for one in selections:
        if one is None:
            return None
        found |= set(names_of_types(one))
    return frozenset(found)


def names_of_types(wanted: TypeSelection) -> Iterator[str]:
    """The types that a selection names."""
    if isinstance(wanted, TypeIs):
        yield wanted.type
    else:
        for part in wanted.parts:
            yield from names_of_types(part)


def is_about(one: Registration, entity_id: str, types: Sequence[str]) -> Iterator[Information]:
    """The parts of a registration that are about one entity; no types: they are not known."""
    for part in one.information:
        if not part.entities or any(covers(entity, entity_id, types) for entity in part.entities):
            yield part


def covers(entity: EntityInfo, entity_id: str, types: Sequence[str]) -> bool:
    """Whether an entity is one of those that a source knows."""
    if entity.id and entity.id != entity_id:
        return False
    if not entity.id and entity.id_pattern is not None and not found_in(entity.id_pattern, entity_id):
        return False
    if not types:
        return True
    if entity.type_pattern:
        return any(found_in(entity.type_pattern, from_iri(name)) for name in types)
    return not entity.types or not set(types).isdisjoint(entity.types)


def matches_place(one: Registration, geo: GeoFilter, strict: bool) -> bool:
    """Whether a geo query may be satisfied in the place of a source; `strict`: a source that tells no place does not match."""
    core = core_context()
    for name, geometry in one.places.items():
        if core.expand(name) == geo.geoproperty:
            return satisfies(geo, geometry)
    return not strict


def matches_csf(one: Registration, csf: Filter) -> bool:
    """Whether a registration passes a context source filter (clause 4.9)."""
    return matches_filter(one.as_entity(), csf)


def matches_scope(one: Registration, wanted: Query, strict: bool) -> bool:
    """Whether a scope query may be satisfied by the entities of a source; `strict`: one that tells no scope does not match."""
    if wanted.scope is None:
        return True
    return matches_scopes(one.scopes, wanted.scope) if one.scopes else not strict


def overlaps(stretch: Stretch | None, start: Instant | None, end: Instant | None) -> bool:
    """Whether a time interval has a moment in common with a stretch of time; None is without end on that side."""
    if stretch is None:
        return False
    return (end is None or stretch.start < end) and (
        start is None or stretch.end is None or stretch.end >= start
    )


def names_in(q: Filter | None) -> Iterator[str]:
    """The attributes that a filter asks for."""
    if isinstance(q, AllOf | AnyOf):
        for part in q.parts:
            yield from names_in(part)
    elif q is not None:
        yield q.path.names[0]


def rivals(new: Registration, standing: Iterable[Registration]) -> Iterator[Registration]:
    """The registrations that a new one cannot stand beside (clauses 4.3.6.3 and 5.9.2.4).

    What one source holds exclusively no other exclusive or redirected source holds as well.
    """
    if not new.is_proxied:
        return
    for other in standing:
        if (
            other.id != new.id
            and other.is_proxied
            and "exclusive" in (new.mode, other.mode)
            and _overlap(new, other)
        ):
            yield other


def _overlap(one: Registration, other: Registration) -> bool:
    return any(
        _same_attributes(mine, its) and _same_entities(mine, its)
        for mine in one.information
        for its in other.information
    )


def _same_attributes(one: Information, other: Information) -> bool:
    mine, its = one.attributes, other.attributes
    return not mine or not its or not frozenset(mine).isdisjoint(its)


def _same_entities(one: Information, other: Information) -> bool:
    if not one.entities or not other.entities:
        return True
    return any(_same(mine, its) for mine in one.entities for its in other.entities)


def _same(one: EntityInfo, other: EntityInfo) -> bool:
    """Whether two descriptions may mean the same entity."""
    if one.id and other.id:
        return one.id == other.id
    if one.types and other.types and frozenset(one.types).isdisjoint(other.types):
        return False
    for named, described in ((one, other), (other, one)):
        if named.id and described.id_pattern is not None:
            return found_in(described.id_pattern, named.id)
    return True


def held_here(one: Registration) -> Iterator[Query]:
    """What must not stand here beside a registration of a proxied source (clause 5.9.2.4), one query for each description."""
    for part in one.information if one.is_proxied else ():
        for entity in part.entities or (EntityInfo(()),):
            types = [TypeIs(name) for name in entity.types]
            yield Query(
                ids=(entity.id,) if entity.id else (),
                id_pattern=entity.id_pattern if not entity.id else None,
                types=None
                if not types or entity.id
                else types[0]
                if len(types) == 1
                else TypeAny(tuple(types)),
                attrs=part.attributes,
                limit=1,
            )
