"""What entities were before, for assistants: kept values, and what they add up to."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from kaiteki.api.mcp.arguments import AddUp, GetHistory
from kaiteki.api.mcp.doors import Visitor
from kaiteki.api.mcp.finding import Document

_EPOCH: Final = "1970-01-01T00:00:00Z"


def _time(since: str, until: str) -> dict[str, str]:
    """The stretch of time as parameters of the API."""
    if since and until:
        return {"timerel": "between", "timeAt": since, "endTimeAt": until}
    if since:
        return {"timerel": "after", "timeAt": since}
    return {"timerel": "before", "timeAt": until} if until else {}


async def get_history(visitor: Visitor, asked: GetHistory) -> Document:
    """The newest kept values of some attributes within a time."""
    area = visitor.area(asked.area)
    parameters = {
        "attrs": ",".join(asked.attributes),
        "lastN": str(asked.last),
        "options": "temporalValues",
        **_time(asked.since, asked.until),
    }
    found, _ = await visitor.get(area, f"/temporal/entities/{quote(asked.id, safe=':')}", parameters)
    return {"area": area, "history": found}


async def aggregate(visitor: Visitor, asked: AddUp) -> Document:
    """What the values of an attribute add up to, period by period."""
    area = visitor.area(asked.area)
    parameters = {
        "attrs": asked.attribute,
        "options": "aggregatedValues",
        "aggrMethods": ",".join(asked.methods),
        "aggrPeriodDuration": asked.period,
        **(_time(asked.since, asked.until) or {"timerel": "after", "timeAt": _EPOCH}),
    }
    found, _ = await visitor.get(area, f"/temporal/entities/{quote(asked.id, safe=':')}", parameters)
    return {"area": area, "aggregates": found}
