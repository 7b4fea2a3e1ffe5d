"""What a context source is asked when somebody asks here: narrowed to what it is registered for (ETSI GS CIM 009 V1.9.1 clauses 4.3.6.1, 5.7.2.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from kaiteki.model.pattern import found_in
from kaiteki.model.query import Query, Selector, TypeAll, TypeAny, TypeIs, TypeSelection
from kaiteki.model.sources.matching import may_be_of, parts_for
from kaiteki.model.sources.registration import EntityInfo, Information, Registration
from kaiteki.model.terms.context import Context
from kaiteki.model.watch.document import types_text

FILTERS: Final = ("q", "scopeQ", "georel", "geometry", "coordinates", "geoproperty", "expandValues")
"""Conditions that travel with a request where each entity is whole in one source."""
Alike: TypeAlias = tuple[tuple[str, ...], str | None, tuple[str, ...]]
"""Ids, pattern and attributes of selections that differ in their types alone."""
IDS_AT_ONCE: Final = 50
"""Ids in one forwarded request, so that addresses stay short."""


class Selection(msgspec.Struct, frozen=True):
    """Which entities a source is asked for, and which attributes of them (none: all)."""

    types: TypeSelection | None
    ids: tuple[str, ...] = ()
    id_pattern: str | None = None
    attrs: tuple[str, ...] = ()

    def parameters(self, context: Context) -> dict[str, str]:
        """The selection as parameters of a query string."""
        told = {
            "type": types_text(self.types, context) if self.types is not None else "",
            "id": ",".join(self.ids),
            "idPattern": self.id_pattern or "",
            "attrs": ",".join(context.compact(name) for name in self.attrs),
        }
        return {name: text for name, text in told.items() if text}


def selections_for(one: Registration, wanted: Query) -> tuple[Selection, ...]:
    """The selections that a source is asked for when a query is asked here: as few as can say it, with so many ids at once."""
    selectors = wanted.selectors or (Selector(wanted.types, wanted.ids, wanted.id_pattern),)
    types: dict[Alike, list[TypeSelection | None]] = {}
    for part in parts_for(one, wanted):
        for selector in selectors:
            for found in _of_part(part, selector, wanted.attrs):
                alike = types.setdefault((found.ids, found.id_pattern, found.attrs), [])
                if found.types not in alike:
                    alike.append(found.types)
    return tuple(
        Selection(any_of(told), some, pattern, attrs)
        for (ids, pattern, attrs), told in types.items()
        for some in _some(ids)
    )


def selection_of_one(one: Registration, wanted: Query) -> Selection | None:
    """The one selection by which a source is asked for one entity, None when it is not registered for it."""
    found = selections_for(one, wanted)
    if not found:
        return None
    whole = any(not each.attrs for each in found)
    attrs = () if whole else tuple(dict.fromkeys(name for each in found for name in each.attrs))
    return Selection(any_of([each.types for each in found]), wanted.ids, None, attrs)


def _some(ids: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if not ids:
        yield ids
    for start in range(0, len(ids), IDS_AT_ONCE):
        yield ids[start : start + IDS_AT_ONCE]


def any_of(told: Sequence[TypeSelection | None]) -> TypeSelection | None:
    """The selection of what one of several selects; None selects everything."""
    parts: dict[TypeSelection, None] = {}
    for one in told:
        if one is None:
            return None
        parts |= dict.fromkeys(one.parts if isinstance(one, TypeAny) else (one,))
    return next(iter(parts)) if len(parts) == 1 else TypeAny(tuple(parts))


def _of_part(part: Information, wanted: Selector, attrs: Sequence[str]) -> Iterator[Selection]:
    known = part.attributes
    told = tuple(name for name in known if not attrs or name in attrs) if known else tuple(attrs)
    for entity in part.entities or (EntityInfo(()),):
        if wanted.types is not None and not may_be_of(entity, wanted.types):
            continue
        types = narrowed_types(wanted.types, entity.types)
        if entity.id:
            if not wanted.ids or entity.id in wanted.ids:
                yield Selection(types, (entity.id,), None, told)
        elif entity.id_pattern is not None and wanted.ids:
            ids = tuple(one for one in wanted.ids if found_in(entity.id_pattern, one))
            if ids:
                yield Selection(types, ids, None, told)
        elif wanted.ids:
            yield Selection(types, wanted.ids, None, told)
        else:
            yield Selection(types, (), wanted.id_pattern or entity.id_pattern, told)


def narrowed_types(wanted: TypeSelection | None, registered: Sequence[str]) -> TypeSelection | None:
    """The types that are wanted as far as a source is registered for them (clause 4.3.6.1)."""
    if not registered:
        return wanted
    all_of_them = _any(TypeIs(name) for name in registered)
    if wanted is None:
        return all_of_them
    if isinstance(wanted, TypeIs):
        return wanted if wanted.type in registered else all_of_them
    if isinstance(wanted, TypeAny) and all(isinstance(part, TypeIs) for part in wanted.parts):
        return _any(part for part in wanted.parts if isinstance(part, TypeIs) and part.type in registered)
    return TypeAll((wanted, all_of_them))


def _any(parts: Iterable[TypeIs]) -> TypeSelection:
    found = tuple(parts)
    return found[0] if len(found) == 1 else TypeAny(found)


def filters_of(parameters: Mapping[str, str]) -> dict[str, str]:
    """The conditions of a query string that travel with it."""
    return {name: parameters[name] for name in FILTERS if name in parameters}
