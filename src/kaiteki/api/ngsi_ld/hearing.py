"""Notifications of context sources for subscriptions that were passed on to them (ETSI GS CIM 009 V1.9.1 clause 5.8.6)."""

from __future__ import annotations

from kaiteki.api.exchange import Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.task import Task, done
from kaiteki.broker.hearing import addressed, hear
from kaiteki.model.entity import is_object


async def take(desk: Desk, task: Task) -> Reply:
    """POST /sourceNotifications/{token}. Whoever knows the token is the source; no account is asked for, and no tenant."""
    whom = await addressed(desk.mailing, task.place.id)
    document, source = await task.document()
    if is_object(document):
        document = {name: told for name, told in document.items() if name != "@context"}
    if whom is not None:
        await hear(desk.mailing, desk.inquirer, whom, document, await desk.context(source))
    return done()
