"""The past of entities as a snapshot takes it (ETSI GS CIM 009 V1.9.1 clause 5.16.1): the states themselves, with the addresses that they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.broker.gathered_history import GatheredHistory
from kaiteki.broker.opening import unopened
from kaiteki.broker.temporal import Recall, all_that_match
from kaiteki.broker.watching import Viewer
from kaiteki.broker.witness import Seen
from kaiteki.model.entity import Entity
from kaiteki.model.past import SCOPE, Past
from kaiteki.model.query import Query
from kaiteki.model.sources.pasts import PastAccount, gathered_past
from kaiteki.ports.history import History

STATES_MAX: Final = 100_000
"""States of the past that one snapshot holds."""


class TakenPast:
    """What a snapshot has taken of the past so far."""

    def __init__(self, states_max: int = STATES_MAX) -> None:
        self._room = states_max
        self._accounts: dict[str, list[PastAccount]] = {}
        self.standing: Final[dict[str, Entity]] = {}
        """What decides over that past: the entities as they stand, by id. They are not shown."""

    async def take(self, recall: Recall, wanted: Query, viewer: Viewer) -> bool | None:
        """Take the past of all that match, as far as somebody may see it: whether there was room for all of it; None: there is none."""
        found = None
        async for seen in all_that_match(recall, wanted):
            found = True
            pasts = await self._states(recall, seen)
            if len(pasts) > self._room:
                return False
            self._room -= len(pasts)
            await self._stand(recall, seen.life.entity_id, viewer)
            self._accounts.setdefault(seen.life.entity_id, []).append(_account(seen, pasts))
        return found

    async def _stand(self, recall: Recall, entity_id: str, viewer: Viewer) -> None:
        row = (await recall.plane.entities.load(recall.area, [entity_id])).get(entity_id)
        taken = viewer.take(row.entity()) if row is not None else None
        if taken is not None:
            self.standing[entity_id] = msgspec.structs.replace(taken, version=1)

    async def _states(self, recall: Recall, seen: Seen) -> list[Past]:
        """The states of one entity within the stretch of time, as they are kept (sealed ones open when they are read); one more than there is
        room for, where there are more."""
        asked, found = recall.asked, list[Past]()
        for name in (*seen.names, SCOPE):
            if name != SCOPE and asked.attrs and name not in asked.attrs:
                continue
            for measure in asked.measures:
                # scopes are never observed
                by = "modified" if name == SCOPE and measure == "observed" else measure
                limit = self._room + 1 if asked.last is None else min(asked.last, self._room + 1)
                period = asked.measured(by)
                with unopened():
                    states = await recall.witness.states(seen, name, period, limit, asked.last is not None)
                if states:
                    found += states
                    break
        return [msgspec.structs.replace(past, told_id=past.instance_id) for past in found]

    def history(self, none: History) -> History:
        """This past; `none` is a history that knows nothing."""
        told = {entity_id: gathered_past(some) for entity_id, some in self._accounts.items()}
        return GatheredHistory(none, told)


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
