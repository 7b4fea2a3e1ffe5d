"""Rulings compared with entities and queries of any types: what a person sees of them, and what they may ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from kaiteki.kit.rulings.rulings import READ_PAST, Rulings
from kaiteki.model.access import Person
from kaiteki.model.entity import Entity
from kaiteki.model.query import AllOf, AnyOf, Fence, Filter, Query, TypeIs, TypeSelection
from kaiteki.model.visibility import (
    BARE,
    CLOSED,
    NOTHING,
    WHOLE,
    Attributes,
    Opening,
    PastSight,
    Seer,
    narrow,
    readable,
    readable_past,
)


def seer_of(person: Person) -> Seer:
    """A person who looks with an account, or without one."""
    return Seer(person, frozenset({person.account_id}) if person.signed_in else NOTHING)


def visible(rulings: Rulings, area: str, seer: Seer, entity: Entity) -> Attributes:
    """The attributes of an entity that somebody may see; an empty set means that the entity is not to be seen at all.

    Of an entity with several types only what all of them show is seen.
    """
    person, of = seer.person, rulings.of
    if rulings.is_free(person, area):
        return None
    if len(entity.types) == 1:
        return readable(of(person, area, entity.types[0]), seer, entity)
    return _common([readable(of(person, area, name), seer, entity) for name in entity.types])


def visible_past(
    rulings: Rulings, area: str, seer: Seer, types: Sequence[str], entity: Entity | None
) -> PastSight | None:
    """What somebody may see of the past of an entity of these types, None: nothing. `entity` is the present one, None: it is gone."""
    person, of = seer.person, rulings.of
    if rulings.is_free(person, area):
        return PastSight(None, True)
    if entity is not None and visible(rulings, area, seer, entity) == NOTHING:
        return None
    sights = [rulings.sight(name) for name in types]
    shown = [readable_past(sight, of(person, area, sight.type, READ_PAST), seer, entity) for sight in sights]
    attributes = _common(shown)
    if attributes == NOTHING:
        return None
    veiled = any(
        sight.past is not None and names is not None for sight, names in zip(sights, shown, strict=True)
    )
    return PastSight(attributes, not veiled)


def open_of_types(rulings: Rulings, area: str, person: Person, types: Iterable[str]) -> Opening:
    """The attributes that somebody may see in entities of these types that are not their own."""
    if rulings.is_free(person, area):
        return WHOLE
    seen = WHOLE
    for name in types:
        opening = rulings.of(person, area, name).plain
        if opening.is_empty:
            return CLOSED
        seen = seen.both(opening)
    # types that show something each, but nothing in common, show that it is there
    return Opening(BARE) if seen.is_empty else seen


def narrowed(rulings: Rulings, area: str, seer: Seer, wanted: Query) -> Query | None:
    """The query as far as somebody may ask it; None when nothing that matches could be seen.

    A filter over an attribute that is hidden in a type leaves out every entity that has this type among its own:
    neither a row nor a count must tell. Relationships are followed to entities that the person may read whole.
    """
    person, of = seer.person, rulings.of
    if rulings.is_free(person, area):
        return wanted
    named = _names(wanted.types) if wanted.types is not None else frozenset[str]()
    # a type that nobody declared stands for all such types where the query names none
    answers = {
        name: narrow(rulings.sight(name), of(person, area, name), seer, wanted)
        for name in {*rulings.types, *named, ""}
    }
    best = _widest([answers[name] for name in (named or answers)], wanted)
    if best is None:
        return None
    link_fence = None
    if _follows_links(wanted):
        link_fence = _fence({name: of(person, area, name).plain.is_whole for name in ("", *rulings.types)})
    fence = _fence({name: answer in (best, wanted) for name, answer in answers.items()})
    return msgspec.structs.replace(best, fence=fence, link_fence=link_fence)


def _widest(answers: Sequence[Query | None], wanted: Query) -> Query | None:
    """The query as it was asked where one type lets it, else the form in which most types let it."""
    possible = [answer for answer in answers if answer is not None]
    if not possible or wanted in possible:
        return wanted if possible else None
    return max(possible, key=possible.count)


def _fence(open_types: Mapping[str, bool]) -> Fence:
    """Entities all of whose types are open; the empty name stands for the types that are not listed."""
    if open_types[""]:
        return Fence(without=frozenset(name for name, is_open in open_types.items() if not is_open))
    return Fence(within=frozenset(name for name, is_open in open_types.items() if is_open))


def _follows_links(wanted: Query) -> bool:
    return _links_in(wanted.q) or any(key.path.linked is not None for key in wanted.order)


def _links_in(q: Filter | None) -> bool:
    if isinstance(q, AllOf | AnyOf):
        return any(_links_in(part) for part in q.parts)
    return q is not None and q.path.linked is not None


def _common(shown: Sequence[Attributes]) -> Attributes:
    """What all types of an entity show of it; types that show something each, but nothing in common, show that it is there."""
    seen: Attributes = None
    for attributes in shown:
        if attributes is not None:
            if not attributes:
                return NOTHING
            seen = attributes if seen is None else (seen & attributes or BARE)
    return seen


def _names(selection: TypeSelection) -> frozenset[str]:
    if isinstance(selection, TypeIs):
        return frozenset({selection.type})
    return frozenset(name for part in selection.parts for name in _names(part))
