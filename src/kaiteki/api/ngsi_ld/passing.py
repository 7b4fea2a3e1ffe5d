"""Requests as their forwarding to context sources sees them (ETSI GS CIM 009 V1.9.1 clauses 6.3.17, 6.3.18)."""

from __future__ import annotations

from collections.abc import Sequence

from kaiteki.api.exchange import Headers
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.task import Task
from kaiteki.broker.asking import read_flag
from kaiteki.model.sources.passage import Passage, read_via
from kaiteki.model.terms.context import Context


def passage_of(desk: Desk, task: Task, context: Context) -> Passage:
    """A request as its forwarding sees it."""
    return Passage(
        area=task.area,
        alias=desk.registry.alias(task.area),
        context=context,
        via=read_via(task.ask.header("via")),
        header=task.ask.header,
    )


async def others_may_know(desk: Desk, task: Task) -> bool:
    """Whether sources may have a part in a request: some are registered, and more than this node is asked for."""
    if desk.registry.is_alone(task.area) or read_flag(task.parameters, "local"):
        return False
    await desk.registry.ready()
    return not desk.registry.is_alone(task.area)


def warned(warnings: Sequence[str]) -> Headers:
    """What was not as it should be at the sources, as headers (clause 6.3.17)."""
    return [("ngsild-warning", warning) for warning in warnings]
