"""The past of entities as a snapshot takes it (ETSI GS CIM 009 V1.9.1 clause 5.16.1): the states themselves, with the addresses that they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.broker.gathered_history import GatheredHistory
from kaiteki.broker.plane import Plane
from kaiteki.broker.temporal import Recall, all_that_match
from kaiteki.broker.witness import Seen
from kaiteki.model.past import SCOPE, Past
from kaiteki.model.query import Query
from kaiteki.model.sources.pasts import PastAccount, gathered_past

STATES_MAX: Final = 100_000
"""States of the past that one snapshot holds."""


class TakenPast:
    """What a snapshot has taken of the past so far."""

    def __init__(self, states_max: int = STATES_MAX) -> None:
        self._room = states_max
        self._accounts: dict[str, list[PastAccount]] = {}

    async def take(self, recall: Recall, wanted: Query) -> bool | None:
        """Take the past of all that match, as far as it may be seen: whether there was room for all of it; None: there is none."""
        found = None
        async for seen in all_that_match(recall, wanted):
            found = True
            pasts = await self._states(recall, seen)
            if len(pasts) > self._room:
                return False
            self._room -= len(pasts)
            self._accounts.setdefault(seen.life.entity_id, []).append(_account(seen, pasts))
        return found

    async def _states(self, recall: Recall, seen: Seen) -> list[Past]:
        """The states of one entity within the stretch of time; one more than there is room for, where there are more."""
        asked, found = recall.asked, list[Past]()
        for name in (*seen.names, SCOPE):
            if name != SCOPE and asked.attrs and name not in asked.attrs:
                continue
            for measure in asked.measures:
                # scopes are never observed
                by = "modified" if name == SCOPE and measure == "observed" else measure
                limit = self._room + 1 if asked.last is None else min(asked.last, self._room + 1)
                period = asked.measured(by)
                states = await recall.witness.states(seen, name, period, limit, asked.last is not None)
                if states:
                    found += states
                    break
        return [msgspec.structs.replace(past, told_id=past.instance_id) for past in found]

    def plane(self, apart: Plane, empty: Plane) -> Plane:
        """The plane of a snapshot with this past; `empty` is one that knows none."""
        told = {entity_id: gathered_past(some) for entity_id, some in self._accounts.items()}
        return msgspec.structs.replace(apart, history=GatheredHistory(empty.history, told))


def _account(seen: Seen, pasts: Sequence[Past]) -> PastAccount:
    life = seen.life
    return PastAccount(
        life.entity_id,
        life.types,
        tuple(pasts),
        seen.standing,
        life.created_at,
        life.modified_at,
        life.deleted_at,
        held=None,
    )
