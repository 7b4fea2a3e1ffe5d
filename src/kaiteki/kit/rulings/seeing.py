"""Rulings compared with entities of any types: what a person sees of them, now and of their past."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from kaiteki.kit.rulings.consenting import agreed_to
from kaiteki.kit.rulings.rulings import READ_PAST, Rulings
from kaiteki.model.access import Person
from kaiteki.model.entity import Entity
from kaiteki.model.visibility import (
    BARE,
    NOTHING,
    Attributes,
    PastSight,
    Ruling,
    Seer,
    readable,
    readable_past,
)


def seer_of(person: Person) -> Seer:
    """A person who looks with an account, or without one."""
    return Seer(person, person.owned)


def visible(rulings: Rulings, area: str, seer: Seer, entity: Entity) -> Attributes:
    """The attributes of an entity that somebody may see; an empty set means that the entity is not to be seen at all.

    Of an entity with several types only what all of them show is seen.
    """
    person, of = seer.person, rulings.of
    if rulings.is_free(person, area):
        return None
    if len(entity.types) == 1:
        return _readable(of(person, area, entity.types[0]), area, seer, entity)
    return _common([_readable(of(person, area, name), area, seer, entity) for name in entity.types])


def told_of(rulings: Rulings, area: str, seer: Seer, entities: Iterable[Entity]) -> Sequence[Entity]:
    """The entities of which a decision may tell somebody: all, where they work at the town hall, else those of which they see something.

    What a rule looks at for anybody else, and what it refuses them, they are never shown: nobody has read it.
    """
    if seer.person.offices:
        return tuple(entities)
    return tuple(one for one in entities if visible(rulings, area, seer, one) != NOTHING)


def eyes(rulings: Rulings, area: str, seer: Seer) -> Callable[[Entity], Entity | None]:
    """What is seen of each of the many entities of one answer; what is open of every entity of a type is worked out once."""
    if rulings.is_free(seer.person, area):
        return _as_it_is
    known: dict[tuple[str, ...], Attributes] = {}

    def see(entity: Entity) -> Entity | None:
        types = entity.types
        if types not in known:
            known[types] = _open_of_all(rulings, area, seer, types)
        names = known[types]
        if names is None or (names and entity.attributes.keys() <= names):
            return entity
        return shown(entity, visible(rulings, area, seer, entity))

    return see


def openings(rulings: Rulings, area: str, seer: Seer) -> Callable[[Entity], Attributes]:
    """`visible` for the many entities of one answer; what is open of every entity of a type is worked out once."""
    if rulings.is_free(seer.person, area):
        return _everything
    known: dict[tuple[str, ...], Attributes] = {}

    def opened(entity: Entity) -> Attributes:
        types = entity.types
        if types not in known:
            known[types] = _open_of_all(rulings, area, seer, types)
        names = known[types]
        return visible(rulings, area, seer, entity) if names == NOTHING else names

    return opened


def _open_of_all(rulings: Rulings, area: str, seer: Seer, types: tuple[str, ...]) -> Attributes:
    """What is open of every entity of exactly these types, None: everything; nothing where it is not as simple as that."""
    if len(types) == 1:
        ruling = rulings.of(seer.person, area, types[0])
        plain = ruling.plain
        if not ruling.is_even or (plain.others and plain.names):
            return NOTHING
        return None if plain.others else plain.names
    asked = [rulings.of(seer.person, area, name) for name in types]
    return None if all(one.is_even and one.plain.is_whole for one in asked) else NOTHING


def _everything(_entity: Entity) -> Attributes:
    return None


def _as_it_is(entity: Entity) -> Entity:
    return entity


def _readable(ruling: Ruling, area: str, seer: Seer, entity: Entity) -> Attributes:
    return readable(ruling, seer, entity, _agreed(ruling, area, entity))


def _agreed(ruling: Ruling, area: str, entity: Entity | None) -> frozenset[str]:
    """What the holder of a present entity agrees to now; nobody is left to ask for one that is gone."""
    return agreed_to(ruling, area, entity) if ruling.uses_consent and entity is not None else NOTHING


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
    past = [of(person, area, name, READ_PAST) for name in types]
    shown = [
        readable_past(sight, ruling, seer, entity, _agreed(ruling, area, entity))
        for sight, ruling in zip(sights, past, strict=True)
    ]
    attributes = _common(shown)
    if attributes == NOTHING:
        return None
    veiled = any(
        sight.past is not None and names is not None for sight, names in zip(sights, shown, strict=True)
    )
    return PastSight(attributes, not veiled)


def shown(entity: Entity, attributes: Attributes) -> Entity | None:
    """An entity with only what may be seen of it; None when that is nothing."""
    if attributes is None:
        return entity
    if not attributes:
        return None
    kept = {name: instances for name, instances in entity.attributes.items() if name in attributes}
    return entity if len(kept) == len(entity.attributes) else msgspec.structs.replace(entity, attributes=kept)


def _common(shown: Sequence[Attributes]) -> Attributes:
    """What all types of an entity show of it; types that show something each, but nothing in common, show that it is there."""
    seen: Attributes = None
    for attributes in shown:
        if attributes is not None:
            if not attributes:
                return NOTHING
            seen = attributes if seen is None else (seen & attributes or BARE)
    return seen
