"""Sealing what was kept in clear before its type was sealed: entities, then the past of their attributes. It may be stopped and begun again."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

import msgspec

from kaiteki.broker.sealing import SealedEntities
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.model.past import Period
from kaiteki.model.query import Query, TypeIs
from kaiteki.model.sealed import SealedType, ciphertext_of
from kaiteki.ports.entities import By, Change, Decision, Revised
from kaiteki.ports.history import History

SEAL: Final = By(actor="kaiteki", action="seal")
PAGE: Final = 100
"""Entities that are sealed in one transaction, so that whoever else writes waits for no more."""
STATES: Final = 1000
"""States of the past of one entity that are looked at together."""
STATES_MAX: Final = 1_000_000
"""States that one write may have left of one entity."""


async def seal_up(entities: SealedEntities, history: History) -> tuple[int, int]:
    """Seal everything of sealed types that stands in clear; how many entities and how many states of the past.

    `history` is that of the store. The past of entities that are gone already is left as it is: nothing says any more whose it was.
    """
    present = past = 0
    for area in await entities.areas():
        for one in entities.seals.types.values():
            after: str | None = None
            while True:
                wanted = Query(types=TypeIs(one.type), limit=PAGE, after_id=after)
                rows = (await entities.find(area, wanted)).rows
                if not rows:
                    break
                after = rows[-1].id
                plain = [row.id for row in rows if is_plain(one, row.entity())]
                if plain:
                    await entities.change(area, plain, _again, SEAL)
                    present += len(plain)
                for row in rows:
                    past += await _seal_past((entities, history), area, row.id, one)
    return present, past


def is_plain(one: SealedType, entity: Entity) -> bool:
    """Whether something of an entity stands in clear that is to be sealed."""
    return any(
        ciphertext_of(entity.attributes[name]) is None for name in one.names & entity.attributes.keys()
    )


def _again(found: Mapping[str, Entity]) -> Decision[None]:
    """The same once more: what stood in clear is sealed as it is kept."""
    return Decision(
        [Change(one, msgspec.structs.replace(one, version=one.version + 1)) for one in found.values()],
        None,
        hides=True,
    )


async def _seal_past(
    stores: tuple[SealedEntities, History], area: str, entity_id: str, one: SealedType
) -> int:
    """Seal the states of the past of an entity that are in clear, page by page in order of their writes."""
    entities, history = stores
    names, done = sorted(one.names), 0
    start, limit = Instant(0), STATES
    while limit <= STATES_MAX:
        states = await history.past(area, entity_id, names, Period(start=start), limit)
        for state in states:
            if state.instance is not None and ciphertext_of((state.instance,)) is None:
                revised = Revised(entity_id, state.attribute, state.instance_id, _as_it_is)
                await entities.change(area, [entity_id], partial(_correcting, revised), SEAL)
                done += 1
        if len(states) < limit:
            break
        # a page that is one moment from end to end is asked for once more, and longer
        limit = limit * 2 if states[-1].at == start else STATES
        start = states[-1].at
    return done


def _as_it_is(state: Instance | None) -> Instance | None:
    return state


def _correcting(revised: Revised, _found: Mapping[str, Entity]) -> Decision[None]:
    return Decision((), None, correction=revised, hides=True)
