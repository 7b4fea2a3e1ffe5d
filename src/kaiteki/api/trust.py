"""The one decision of the data plane's edge: which entities and attributes a person may read, ask for and write.

What the policies say decides (kit.rulings). Results are filtered, not refused.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from kaiteki.broker.opening import Opener
from kaiteki.broker.plane import May, not_found
from kaiteki.kit.rulings.narrowing import narrowed
from kaiteki.kit.rulings.rulings import WRITE, Rulings
from kaiteki.kit.rulings.seeing import eyes, seer_of, visible, visible_past
from kaiteki.kit.rulings.sieving import Sieve
from kaiteki.model.access import ADMIN, Person
from kaiteki.model.entity import Entity
from kaiteki.model.problem import Problem
from kaiteki.model.query import Query
from kaiteki.model.visibility import NOTHING, Attributes, Opening, PastSight, Sight
from kaiteki.ports.entities import Row

COMMANDS_SHOWN_MAX: Final = 5
"""Commands that a refusal names."""


class _Writing:
    """What decides over the writes of one person in one area (broker.plane.May)."""

    def __init__(self, trust: Trust, person: Person, area: str) -> None:
        self._trust = trust
        self._whose = (person, area)

    def __call__(self, before: Entity | None, after: Entity | None) -> None:
        self._trust.need_to_write(*self._whose, before, after)

    def sees(self, entity: Entity) -> bool:
        return self._trust.visible(*self._whose, entity) != NOTHING

    def sees_past(self, types: Sequence[str], standing: Entity | None) -> bool:
        if standing is not None:
            return self.sees(standing)
        return self._trust.readable_past(*self._whose, types, None) is not None

    def refusal(self, entity_id: str) -> Problem:
        return self._trust.refusal(self._whose[0], entity_id)


class Trust:
    """Who may do what with the entities of a node's areas. Names are expanded."""

    def __init__(self, rulings: Rulings, opener: Opener | None = None) -> None:
        self.rulings: Final = rulings
        self.opener: Final = opener
        """What opens sealed attributes; None where nothing is sealed."""

    def opened(self, area: str, seen: Entity) -> Entity:
        """An entity that was cut to what is seen of it, with plain values and a note of it, within a reading."""
        return seen if self.opener is None else self.opener.opened(area, seen)

    def plain(self, area: str, seen: Entity) -> Entity:
        """The same for a decision over it that tells nobody of the values."""
        return seen if self.opener is None else self.opener.plain(area, seen)

    async def recall(self, entities: Sequence[Entity]) -> bool:
        """Have the keys remembered that open entities; whether something of them is sealed at all."""
        seals = self.opener.seals if self.opener is not None else None
        if seals is None or all(seals.of(entity.types) is None for entity in entities):
            return False
        await seals.recall(entities)
        return True

    def rests_on_consent(self, person: Person, area: str) -> bool:
        """Whether what a person sees of some entity of an area may rest on a consent."""
        return bool(self.rulings.by_consent(person, area))

    async def meet(self, area: str, entities: Iterable[Entity]) -> None:
        """Have at hand, within a reading, what the holders of entities agree to, as where rows are found."""
        met = self.opener.seals.met if self.opener is not None else None
        if met is not None:
            await met(area, entities)

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[None]:
        """A reading for one answer: what was opened in it is recorded before it ends."""
        if self.opener is None:
            yield
            return
        async with self.opener.reading():
            yield

    def level(self, person: Person, area: str) -> str:
        """A short text that is equal for persons who see the same in an area; rendered forms are cached by it."""
        return self.rulings.level(person, area)

    def visible(self, person: Person, area: str, entity: Entity) -> Attributes:
        """The attributes of an entity that a person may see; an empty set means that the entity is not to be seen at all."""
        return visible(self.rulings, area, seer_of(person), entity)

    def deciding(self, types: Iterable[str]) -> frozenset[str]:
        """The attributes of entities of some types that say who may see what of them: holder and office."""
        sights = map(self.rulings.sight, types)
        return frozenset(name for one in sights for name in (one.holder, one.office) if name)

    def eyes(self, person: Person, area: str) -> Callable[[Entity], Entity | None]:
        """What a person sees of each of the many entities of one answer; None for nothing."""
        return eyes(self.rulings, area, seer_of(person))

    def by_consent(self, person: Person, area: str, row: Row) -> bool:
        """Whether what a person sees of a found entity rests on a consent, which may be gone by the next read."""
        deciding = self.rulings.by_consent(person, area)
        return bool(deciding) and not deciding.isdisjoint(row.entity().types)

    def readable_past(
        self, person: Person, area: str, types: Sequence[str], entity: Entity | None
    ) -> PastSight | None:
        """What a person may see of the past of an entity of these types; None means nothing at all.

        `entity` is the present one, None when it is gone. The past follows the present: who may not see an entity now sees
        no past of it.
        """
        return visible_past(self.rulings, area, seer_of(person), types, entity)

    def reads_types(self, person: Person, area: str, types: Iterable[str]) -> Opening | None:
        """The attributes that a person may see in entities of exactly these types; None where it depends on the entity."""
        return Sieve(self.rulings, area, seer_of(person), Query()).opening_of(types)

    def reads_all_of(self, person: Person, area: str, types: Iterable[str]) -> Opening:
        """The attributes that a person may see in every entity of exactly these types."""
        return Sieve(self.rulings, area, seer_of(person), Query()).least_of(types)

    def narrow(self, person: Person, area: str, wanted: Query) -> Query | None:
        """The query as far as the person may ask it; None when nothing that matches could be seen."""
        return narrowed(self.rulings, area, seer_of(person), wanted)

    def writing(self, person: Person, area: str) -> May | None:
        """What decides over each change that a person makes past the commands; None for who may do everything."""
        return None if self.rulings.is_free(person, area) else _Writing(self, person, area)

    def need_to_write(self, person: Person, area: str, before: Entity | None, after: Entity | None) -> None:
        """Refuse what a person may not make of an entity: not seen, no role, or the business of a command of its service."""
        if before is not None and self.visible(person, area, before) == NOTHING:
            raise not_found(before.id)
        touched = _touched(before, after)
        types = {name for one in (before, after) if one is not None for name in one.types}
        if before is None and after is not None:
            types |= self.rulings.types_named_in(after.id)
        for type_name in sorted(types):
            sight, ruling = self.rulings.sight(type_name), self.rulings.of(person, area, type_name, WRITE)
            opening = (
                ruling.plain if before is None else ruling.opening(seer_of(person).facts(ruling, before))
            )
            closed = [name for name in touched if not opening.shows(name)]
            if opening.is_empty and (sight.raw is None or not person.holds(sight.roles)):
                raise self._no(person, type_name)
            if closed and sight.raw is None:
                raise self._no(person, min(closed))
            if opening.is_empty or closed:
                raise _by_command(sight, min(closed, default=""))

    def refusal(self, person: Person, entity_id: str) -> Problem:
        """What is said to whoever would create what is hidden from them."""
        return self._no(person, entity_id)

    def need_to_run(self, person: Person) -> None:
        """Refuse unless the person runs the node: for what touches more than entities of known types."""
        if ADMIN not in person.roles:
            raise self._no(person, "this")

    def need_a_writer(self, person: Person) -> None:
        """Refuse who can write nothing at all, before a body is read."""
        if not person.signed_in:
            raise self._no(person, "entities")

    def _no(self, person: Person, what: str) -> Problem:
        if not person.signed_in:
            return Problem(
                "Unauthorized", "writing needs a session or a bearer token with a role", "Authorization"
            )
        return Problem("Forbidden", f"this account has no role to write {what}", "Authorization")


def _touched(before: Entity | None, after: Entity | None) -> frozenset[str]:
    """The attributes that a change puts, alters or removes."""
    old = before.attributes if before is not None else {}
    new = after.attributes if after is not None else {}
    return frozenset(name for name in {*old, *new} if old.get(name) != new.get(name))


def _by_command(sight: Sight, name: str) -> Problem:
    """The refusal of a change that skips the rules of a service; it says which command has them."""
    shown = sight.commands[:COMMANDS_SHOWN_MAX]
    several = ", ".join(f"POST /{{area}}/services/{command}" for command in shown)
    rest = " …" if len(sight.commands) > len(shown) else ""
    way = f"use {several}{rest}" if shown else "its service alone changes them"
    return Problem(
        "Forbidden", f"entities of {sight.type} follow the rules of their service: {way}", name or "type"
    )
