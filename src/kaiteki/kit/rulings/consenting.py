"""Consents, compared with what is found: those in force of the holders of rows, fetched in one step before anybody looks at the rows.

They are kept with the reading (broker.opening) of the one answer that they were fetched for, and nowhere else: a withdrawal holds at
the next read. Outside of a reading nothing is agreed to, so that a reader that somebody forgot shows less.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kaiteki.broker.opening import reading_now
from kaiteki.kit.consents import Consent, Consents
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.views import expand_name
from kaiteki.model.entity import Entity
from kaiteki.model.visibility import NOTHING, Ruling

_RECORD: Final = expand_name(Consent.entity_type)


class Consenting:
    """Fetches the consents that decide over rows. One per node."""

    def __init__(self, rulings: Rulings, consents: Consents) -> None:
        self._rulings = rulings
        self._consents = consents

    async def met(self, area: str, states: Iterable[Entity]) -> None:
        """Have at hand what the holders of entities have agreed to, where that decides for who reads now. Else nothing is looked at."""
        reading = reading_now()
        person = reading.reader.person if reading is not None and reading.reader is not None else None
        if reading is None or person is None:
            return
        # (the records themselves are not opened by what they say)
        deciding = self._rulings.by_consent(person, area) - {_RECORD}
        if not deciding:
            return
        holders: dict[str, dict[str, None]] = {}
        for entity in states:
            for name in deciding.intersection(entity.types):
                ruling = self._rulings.of(person, area, name)
                holders.setdefault(ruling.purpose, {})[_holder(ruling, entity)] = None
        for purpose, held in holders.items():
            asked = tuple(one for one in held if one)
            agreed = await self._consents.in_force(area, asked, purpose)
            reading.agreed.update({(area, purpose, one): agreed.get(one, NOTHING) for one in asked})


def agreed_to(ruling: Ruling, area: str, entity: Entity) -> frozenset[str]:
    """The attributes of an entity to whose use its holder has agreed, as was looked up for this answer; outside of one: none."""
    reading = reading_now()
    if reading is None:
        return NOTHING
    items = reading.agreed.get((area, ruling.purpose, _holder(ruling, entity)), NOTHING)
    return NOTHING.union(*(ruling.items.get(item, NOTHING) for item in items))


def _holder(ruling: Ruling, entity: Entity) -> str:
    held = entity.first(ruling.holder)
    return held.value if held is not None and isinstance(held.value, str) else ""
