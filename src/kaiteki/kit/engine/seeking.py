"""What a rule sees beside the entities that its form names: those that a query finds (`Command.seeks`), for what must stand only once.

    versions of what it needs ─► queries ─► decide over both ─┬─ still those versions ──► what the rule says
                       ▲                                      └─ another one came in ───┐
                       └──────────────────── looked for once more, SEEKS_MAX times ─────┘   then refused (conflict)

A query is asked before the transaction. Whoever could bring in what it looks for changes one of the entities that the command needs, so
what was found still holds when none of these has changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.kit.engine.work import Work
from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.entity import Entity
from kaiteki.model.query import Query
from kaiteki.ports.entities import Entities

SEEKS_MAX: Final = 3
"""Times that it is looked for what a command seeks, while others change what it needs."""
OVERTAKEN: Final = Refused("conflict")
"""What was found may hold no more."""


async def seek(entities: Entities, area: str, work: Work, queries: Sequence[Query]) -> Work:
    """The work with what its queries find now; it is refused as OVERTAKEN where something that it needs changes until it is decided."""
    kept = await entities.load(area, work.ids)
    versions = {one: row.version for one, row in kept.items()}
    found = [row.id for query in queries for row in (await entities.find(area, query)).rows]

    def rule(loaded: Mapping[str, Entity], state: State) -> Accepted | Refused:
        now = {one: loaded[one].version for one in work.ids if one in loaded}
        return work.rule(loaded, state) if now == versions else OVERTAKEN

    return msgspec.structs.replace(work, ids=tuple(dict.fromkeys((*work.ids, *found))), rule=rule)
