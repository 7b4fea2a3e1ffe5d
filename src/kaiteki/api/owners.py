"""With whose eyes notifications are seen: the decision of a read, asked for the owner of a subscription each time anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import msgspec

from kaiteki.api.ngsi_ld.forms import seen_part
from kaiteki.api.persons import PersonOf
from kaiteki.api.trust import Trust
from kaiteki.broker.opening import reader_of, reads
from kaiteki.broker.watching import Owners, Viewer
from kaiteki.kit.rulings.schema import Use
from kaiteki.model.access import ADMIN, STAFF, Person
from kaiteki.model.entity import Entity
from kaiteki.model.query import Query
from kaiteki.model.watch.happening import Happening, happening
from kaiteki.model.watch.subscription import Terms

REMEMBERED_S: Final = 1.0
"""How long the roles of an account are remembered: what is taken from it is not told any more after this time."""
REMEMBERED_MAX: Final = 10_000


class Eyes:
    """What one person sees; see broker.watching.Viewer."""

    def __init__(self, trust: Trust, person: Person, area: str) -> None:
        self._trust = trust
        self._person = person
        self._area = area
        self._level = trust.level(person, area)
        self._by_consent = trust.rests_on_consent(person, area)

    @property
    def level(self) -> str:
        """Equal for persons who see the same."""
        return self._level

    @property
    def hall(self) -> bool:
        """Whether it is somebody of the town hall, or who runs the node."""
        return bool({ADMIN, STAFF} & self._person.roles)

    @property
    def by_consent(self) -> bool:
        """Whether what is seen of some entity may rest on a consent."""
        return self._by_consent

    async def meet(self, states: Iterable[Entity]) -> None:
        """Have at hand what the holders of states agree to now."""
        await self._trust.meet(self._area, states)

    def see(self, entity: Entity) -> Entity | None:
        """What is seen of a present entity."""
        return seen_part(entity, self._trust.visible(self._person, self._area, entity))

    def take(self, entity: Entity) -> Entity | None:
        """What is seen of a present entity, with what decides over it."""
        visible = self._trust.visible(self._person, self._area, entity)
        return seen_part(entity, visible and visible | self._trust.deciding(entity.types))

    async def opened(self, area: str, happened: Happening) -> Happening:
        """What happened with plain values, within a reading."""
        return await self._unsealed(happened, partial(self._trust.opened, area))

    async def plain(self, area: str, happened: Happening) -> Happening:
        """The same, told to nobody."""
        return await self._unsealed(happened, partial(self._trust.plain, area))

    async def _unsealed(self, happened: Happening, unseal: Callable[[Entity], Entity]) -> Happening:
        sealed = (happened.before, happened.after, happened.known)
        if not await self._trust.recall([one for one in sealed if one is not None]):
            return happened
        before, after, known = (unseal(one) if one is not None else None for one in sealed)
        if before is happened.before and after is happened.after:
            return happened
        # (ciphertexts differ also where what they hold does not)
        return happening(before, after, known)

    def show(self, area: str, entity: Entity) -> Entity | None:
        """What is seen of an entity that was found just now, with plain values."""
        seen = self.see(entity)
        return self._trust.opened(area, seen) if seen is not None else None

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[None]:
        """A reading of this person."""
        async with self._trust.reading():
            reads(reader_of(self._person, action="notify"))
            yield

    def narrow(self, wanted: Query) -> Query | None:
        """A query as far as it may be asked."""
        return self._trust.narrow(self._person, self._area, wanted)

    def see_past(self, entity: Entity, present: Entity | None) -> Entity | None:
        """What is seen of a former state."""
        sight = self._trust.readable_past(self._person, self._area, entity.types, present)
        seen = seen_part(entity, sight.attributes) if sight is not None else None
        if seen is None or sight is None or sight.scopes:
            return seen
        return msgspec.structs.replace(seen, scopes=())


def eyes_of_owners(trust: Trust, person_of: PersonOf) -> Owners:
    """The eyes of accounts on the terms of what they worded, remembered for a moment."""
    remembered: dict[tuple[str, str, Terms], tuple[float, Viewer | None]] = {}
    uses = trust.rulings.catalogue.uses

    async def eyes(area: str, account: str, terms: Terms) -> Viewer | None:
        now_s = asyncio.get_running_loop().time()
        known = remembered.get((area, account, terms))
        if known is not None and now_s < known[0]:
            return known[1]
        found = await person_of(area, account)
        person = on_terms(found, terms, uses) if found is not None else None
        viewer = Eyes(trust, person, area) if person is not None else None
        if len(remembered) >= REMEMBERED_MAX:
            remembered.clear()
        remembered[area, account, terms] = (now_s + REMEMBERED_S, viewer)
        return viewer

    return eyes


def on_terms(person: Person, terms: Terms, uses: Mapping[str, Use]) -> Person | None:
    """A person with no more than the terms of what they worded; None where its purpose is theirs no more, or is none any more."""
    held = Terms("", person.roles, person.offices).within(terms)
    narrowed = msgspec.structs.replace(
        person,
        roles=held.roles or frozenset(),
        offices=held.offices or frozenset(),
        purpose=terms.purpose,
    )
    if not terms.purpose:
        return narrowed
    use = uses.get(terms.purpose)
    return narrowed if use is not None and narrowed.holds(use.roles) else None
