"""Notifications that context sources send for subscriptions that were passed on to them (ETSI GS CIM 009 V1.9.1 clauses 5.8.1.4 and 5.8.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from kaiteki.broker.federated import retrieve_federated
from kaiteki.broker.inquiring import Inquirer
from kaiteki.broker.mailing import Mailing
from kaiteki.broker.parcels import Told, encode_parcel, seen
from kaiteki.broker.watching import Viewer
from kaiteki.model.entity import Entity, Json, is_array, is_object
from kaiteki.model.problem import Problem
from kaiteki.model.query import Query, TypeAny, TypeIs
from kaiteki.model.sources.hearing import cut, read_happening
from kaiteki.model.sources.merging import Account, merged
from kaiteki.model.sources.passage import Passage
from kaiteki.model.sources.passing import held_names, is_split
from kaiteki.model.sources.registration import Registration
from kaiteki.model.terms.compiling import core_context
from kaiteki.model.terms.context import Context
from kaiteki.model.watch.happening import Happening, is_wanted
from kaiteki.model.watch.subscription import Passed
from kaiteki.ports.subscriptions import KeptSubscription, Settlement

ENTITIES_MAX: Final = 1000
"""Entities of one notification of a source."""


class Addressed(NamedTuple):
    """Whom a notification of a source is for: the subscription here, what stands for it there, and the registration."""

    outer: KeptSubscription
    passed: Passed
    registration: Registration


async def addressed(mailing: Mailing, token: str) -> Addressed | None:
    """Whom a token is of; None where its subscription is told nothing now. Raises ResourceNotFound."""
    watchers = mailing.watchers
    await watchers.ready()
    kept = watchers.by_token(token)
    passed = kept.subscription.passed if kept is not None else None
    outer = watchers.get((kept.area, passed.of)) if kept is not None and passed is not None else None
    if passed is None or outer is None:
        raise Problem("ResourceNotFound", "nobody here is told of this", "token")
    one, now = outer.subscription, watchers.plane.clock.now()
    if not one.is_active or one.local_only or one.is_over(now):
        return None
    return Addressed(outer, passed, msgspec.convert(passed.source, Registration))


async def hear(
    mailing: Mailing, inquirer: Inquirer, whom: Addressed, document: Json, context: Context
) -> int:
    """Take a notification of a source over for whom it is; how many entities it is told of. Raises BadRequestData.

    What is told is kept before the source gets its answer, and sent like any other notification.
    """
    outer, watchers = whom.outer, mailing.watchers
    viewer = await mailing.viewer(outer)
    told: list[tuple[str, bytes]] = []
    for item in _data(document, whom.passed):
        happened = read_happening(item, context)
        subject = happened.subject
        names = held_names(whom.registration, subject.id, subject.types)
        happened = cut(happened, names)
        if names is not None and not (names & _named(happened) if happened.after is not None else names):
            # it is not registered for this (clause 4.3.6.1)
            continue
        happened = await _whole(inquirer, whom, happened)
        shown = await _seen(happened, viewer) if viewer is not None else None
        if shown is None or (shown.after is not None and not is_wanted(outer.subscription, shown.after)):
            continue
        body = encode_parcel(Told(happened.before, happened.after, happened.touches, happened.known))
        told.append((subject.id, body))
    if told:
        owed = watchers.packing.pack(outer.key, told)
        await watchers.plane.subscriptions.settle(Settlement(owed=owed))
        watchers.fetch(outer.key)
    return len(told)


async def _seen(happened: Happening, viewer: Viewer) -> Happening | None:
    """What the subscriber sees of it, by what the holders agree to now."""
    async with viewer.reading():
        await viewer.meet(state for state in (happened.before, happened.after) if state is not None)
        return seen(happened, viewer)


def _data(document: Json, passed: Passed) -> list[Json]:
    if not is_object(document) or document.get("type") != "Notification":
        raise Problem("BadRequestData", "a notification has the type Notification", "type")
    if document.get("subscriptionId") != passed.remote:
        raise Problem("BadRequestData", "the notification is of another subscription", "subscriptionId")
    data: Json = document.get("data")
    if not is_array(data) or len(data) > ENTITIES_MAX:
        raise Problem("BadRequestData", f"data has up to {ENTITIES_MAX} entities", "data")
    return data


def _named(happened: Happening) -> frozenset[str]:
    after: Mapping[str, object] = happened.after.attributes if happened.after is not None else {}
    return frozenset((*after, *(touch.name for touch in happened.touches)))


async def _whole(inquirer: Inquirer, whom: Addressed, happened: Happening) -> Happening:
    """What happened to an entity that may be spread over several places, with what this node and other sources know of it (clause 5.8.6)."""
    after, registration = happened.after, whom.registration
    if after is None or not is_split(registration, whom.outer.subscription):
        return happened
    area, registry = whom.outer.area, inquirer.registry
    await registry.ready()
    row = (await registry.plane.entities.load(area, (after.id,))).get(after.id)
    local = row.entity() if row is not None else None
    types = TypeAny(tuple(TypeIs(name) for name in after.types))
    passage = Passage(area, registry.alias(area), core_context(), whom.outer.subscription.via)
    wanted = Query(ids=(after.id,), types=types)
    others = await retrieve_federated(inquirer, passage, wanted, local, registration.id)
    known: list[Entity] = (
        list(others.entities) if others is not None else [local] if local is not None else []
    )
    names = held_names(registration, after.id, after.types)
    accounts = [Account(after, registration.mode, names), *(Account(one) for one in known)]
    return msgspec.structs.replace(happened, after=merged(accounts))
