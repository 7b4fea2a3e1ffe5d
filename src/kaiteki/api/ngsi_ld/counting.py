"""How much an area holds, over HTTP (an extension)."""

from __future__ import annotations

from kaiteki.api.exchange import Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.discovering import seen_entities
from kaiteki.api.ngsi_ld.negotiation import JSON
from kaiteki.api.ngsi_ld.task import Task, shown
from kaiteki.api.owners import Eyes
from kaiteki.broker.statistics import statistics


async def count(desk: Desk, task: Task) -> Reply:
    """GET /statistics."""
    context = await desk.context(task.link)
    summaries = await seen_entities(desk.plane.entities, desk.trust, task.person).summarise(task.area)
    eyes = Eyes(desk.trust, task.person, task.area)
    told = await statistics(desk.plane, task.area, summaries, (eyes.narrow, eyes.see), context)
    return shown(200, told, JSON)
