"""How much work of reactions and jobs waits for people (see kit.engine.Failure)."""

from __future__ import annotations

from kaiteki.kit.engine import FAILURES
from kaiteki.kit.views import expand_name
from kaiteki.model.language.q import parse_q
from kaiteki.model.query import Query, TypeIs
from kaiteki.ports.entities import Entities


async def set_aside(entities: Entities) -> dict[str, int]:
    """How much work of reactions and jobs waits for people, by area; areas without any are left out."""
    wanted = Query(
        types=TypeIs(expand_name(FAILURES.name)),
        q=parse_q("setAside==true", expand_name),
        limit=0,
        total=True,
    )
    counts = {area: (await entities.find(area, wanted)).total or 0 for area in await entities.areas()}
    return {area: count for area, count in counts.items() if count}
