"""What a query means: whether an entity matches, and in which order matches come. Every store answers as this module says.

Source: ETSI GS CIM 009 V1.9.1 clauses 4.9 (q), 4.10 (geo), 4.17 (types), 4.19 (scopes), 4.23 (order), 5.7.2.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import cast

from kaiteki.model.entity import Entity, Instance, Json
from kaiteki.model.pattern import found_in
from kaiteki.model.place import satisfies
from kaiteki.model.query import (
    AllOf,
    AnyOf,
    Exists,
    Fence,
    Filter,
    GeoFilter,
    Missing,
    Path,
    Query,
    ScopeAll,
    ScopeIs,
    ScopeSelection,
    Selector,
    TypeAll,
    TypeIs,
    TypeSelection,
)
from kaiteki.model.reading import Look, compares, targets_of

__all__ = [
    "Look",
    "admits",
    "beside",
    "matches",
    "matches_filter",
    "matches_geo",
    "matches_scopes",
    "matches_text",
    "matches_types",
    "searchable",
]

SEARCHED_NAMES = (
    "name",
    "alternateName",
    "title",
    "nameKana",
    "nameEn",
    "description",
    "address",
    "keywords",
    "category",
)
"""Short names of the attributes that free text search reads: what names a thing to people, never contact data."""
SEARCHED_LENGTH_MAX = 4_000
"""Characters of one entity that free text search reads."""


def nothing(entity_id: str) -> Entity | None:
    """The look of somebody who cannot follow relationships."""
    return None


def matches(entity: Entity, query: Query, look: Look = nothing) -> bool:
    """Whether an entity is wanted. `look` finds linked entities by id, for paths that follow relationships."""
    if query.fence is not None and not admits(query.fence, entity.types):
        return False
    if query.due is not None and (entity.due is None or entity.due > query.due):
        return False
    if query.selectors and not any(matches_selector(entity, one) for one in query.selectors):
        return False
    if query.ids and entity.id not in query.ids:
        return False
    if query.id_pattern is not None and not found_in(query.id_pattern, entity.id):
        return False
    if query.types is not None and not matches_types(entity.types, query.types):
        return False
    if query.attrs and not any(_has(entity, name, query.dataset_ids) for name in query.attrs):
        return False
    if query.scope is not None and not matches_scopes(entity.scopes, query.scope):
        return False
    if query.q is not None and not matches_filter(entity, query.q, beside(query.link_fence, look)):
        return False
    if query.geo is not None and not matches_geo(entity, query.geo):
        return False
    if query.text is not None and not matches_text(entity, query.text):
        return False
    return query.test is None or query.test.holds(entity)


def matches_selector(entity: Entity, wanted: Selector) -> bool:
    """Whether an entity is one of those that a selector names (clause 5.2.33)."""
    if wanted.ids and entity.id not in wanted.ids:
        return False
    if wanted.id_pattern is not None and not found_in(wanted.id_pattern, entity.id):
        return False
    return wanted.types is None or matches_types(entity.types, wanted.types)


def admits(fence: Fence, types: tuple[str, ...]) -> bool:
    """Whether entities of these types lie within a fence."""
    if fence.within is not None and not fence.within.issuperset(types):
        return False
    return fence.without.isdisjoint(types)


def beside(fence: Fence | None, look: Look) -> Look:
    """A look that finds only what lies within a fence."""
    if fence is None:
        return look

    def fenced(entity_id: str) -> Entity | None:
        found = look(entity_id)
        return found if found is not None and admits(fence, found.types) else None

    return fenced


def _has(entity: Entity, name: str, dataset_ids: tuple[str, ...]) -> bool:
    instances = entity.attributes.get(name)
    if not instances:
        return False
    return not dataset_ids or any((one.dataset_id or "@none") in dataset_ids for one in instances)


def matches_types(types: tuple[str, ...], wanted: TypeSelection) -> bool:
    """Whether the types of an entity satisfy a type selection (clause 4.17)."""
    if isinstance(wanted, TypeIs):
        return wanted.type in types
    if isinstance(wanted, TypeAll):
        return all(matches_types(types, part) for part in wanted.parts)
    return any(matches_types(types, part) for part in wanted.parts)


def matches_scopes(scopes: tuple[str, ...], wanted: ScopeSelection) -> bool:
    """Whether the scopes of an entity satisfy a scope query (clause 4.19)."""
    if isinstance(wanted, ScopeIs):
        pattern = wanted.pattern.strip("/").split("/")
        if pattern == [""]:
            return not scopes
        return any(_scope_is(scope.strip("/").split("/"), pattern) for scope in scopes)
    if isinstance(wanted, ScopeAll):
        return all(matches_scopes(scopes, part) for part in wanted.parts)
    return any(matches_scopes(scopes, part) for part in wanted.parts)


def _scope_is(levels: list[str], pattern: list[str]) -> bool:
    if pattern[-1] == "#":
        pattern = pattern[:-1]
        levels = levels[: len(pattern)]
    return len(levels) == len(pattern) and all(
        p in ("+", level) for level, p in zip(levels, pattern, strict=True)
    )


def matches_filter(entity: Entity, q: Filter, look: Look = nothing) -> bool:
    """Whether an entity satisfies a q expression (clause 4.9)."""
    if isinstance(q, AllOf):
        return all(matches_filter(entity, part, look) for part in q.parts)
    if isinstance(q, AnyOf):
        return any(matches_filter(entity, part, look) for part in q.parts)
    if isinstance(q, Exists):
        return next(iter(targets_of(entity, q.path, look)), None) is not None
    if isinstance(q, Missing):
        return next(iter(targets_of(entity, q.path, look)), None) is None
    return any(compares(target, q) for target in targets_of(entity, q.path, look))


def matches_geo(entity: Entity, geo: GeoFilter) -> bool:
    """Whether one of the geometries of the GeoProperty satisfies a geo query (clause 4.10)."""
    return any(satisfies(geo, geometry) for geometry in geometries_of(entity, Path((geo.geoproperty,))))


def geometries_of(entity: Entity, path: Path) -> Iterator[dict[str, Json]]:
    """The GeoJSON geometries at a path."""
    instances: tuple[Instance, ...] = entity.attributes.get(path.names[0], ())
    for name in path.names[1:]:
        instances = tuple(inner for one in instances for inner in one.sub.get(name, ()))
    for one in instances:
        if one.kind == "GeoProperty":
            yield cast(dict[str, Json], one.value)


def matches_text(entity: Entity, text: str) -> bool:
    """Whether every word of a search occurs in what names the entity, whatever width, case or kana it is written in."""
    written = searchable(entity)
    return all(word in written for word in folded(text).split())


def searchable(entity: Entity) -> str:
    """What free text search reads of an entity, folded; stores index it. Up to SEARCHED_LENGTH_MAX characters."""
    found: list[str] = []
    for name, instances in entity.attributes.items():
        if is_searched(name):
            for one in instances:
                found.extend(_texts(one.value))
    return folded("\n".join(found)[:SEARCHED_LENGTH_MAX])


@lru_cache(maxsize=4096)
def is_searched(name: str) -> bool:
    """Whether free text search reads an attribute."""
    return name.rsplit("/", 1)[-1].rsplit("#", 1)[-1] in SEARCHED_NAMES


def folded(text: str) -> str:
    """One spelling for search: full and half width, upper and lower case, katakana and hiragana become equal."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in plain)


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in cast(list[Json], value):
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in cast(dict[str, Json], value).values():
            yield from _texts(item)
