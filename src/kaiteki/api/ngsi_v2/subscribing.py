"""Subscriptions over NGSI v2: the same ones as those of NGSI-LD, in the words of v2 (decision 20)."""

from __future__ import annotations

from typing import Final

from kaiteki.api.exchange import Headers, Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_v2.querying import read_limit, read_offset
from kaiteki.api.ngsi_v2.task import Task, done, fresh_id, holder_of, shown
from kaiteki.broker.subscriptions import (
    add_subscription,
    change_subscription,
    delete_subscription,
    described_v2,
    query_subscriptions,
    retrieve_subscription,
)
from kaiteki.model.matching import matches_scopes
from kaiteki.model.problem import Problem
from kaiteki.model.watch.v2.reading import Made, patch_subscription, read_subscription
from kaiteki.model.watch.v2.wish import to_subscription_id
from kaiteki.ports.subscriptions import KeptSubscription

_ALL: Final = 1_000_000
"""More subscriptions than an area can have."""


async def create(desk: Desk, task: Task) -> Reply:
    """POST /subscriptions."""
    holder, v2_id = holder_of(desk, task), fresh_id(desk)
    path = ",".join(task.path.paths)
    made = Made(to_subscription_id(v2_id), path, task.path.scope, desk.plane.clock.now())
    await add_subscription(desk.watchers, holder, read_subscription(await task.json(), made))
    return done(201, [("location", f"/v2/subscriptions/{v2_id}")])


async def list_subscriptions(desk: Desk, task: Task) -> Reply:
    """GET /subscriptions."""
    options = task.options
    own, _ = await query_subscriptions(desk.watchers, holder_of(desk, task), _ALL, 0)
    found = [kept for kept in own if _is_here(kept, task)]
    offset = read_offset(task.parameters)
    page = found[offset : offset + read_limit(task.parameters)]
    headers: Headers = [("fiware-total-count", str(len(found)))] if "count" in options else []
    return shown(task, [described_v2(desk.watchers, kept) for kept in page], headers)


def _is_here(kept: KeptSubscription, task: Task) -> bool:
    """Whether a subscription was made with a service path that is asked for."""
    wanted = task.path.scope
    path = kept.subscription.v2.path if kept.subscription.v2 is not None else ""
    return wanted is None or matches_scopes((path,) if len(path) > 1 else (), wanted)


async def retrieve(desk: Desk, task: Task) -> Reply:
    """GET /subscriptions/{id}."""
    return shown(task, described_v2(desk.watchers, await _own(desk, task)))


async def update(desk: Desk, task: Task) -> Reply:
    """PATCH /subscriptions/{id}."""
    kept = await _own(desk, task)
    one = patch_subscription(kept.subscription, await task.json(), desk.plane.clock.now())
    await change_subscription(desk.watchers, holder_of(desk, task), kept, one)
    return done()


async def remove(desk: Desk, task: Task) -> Reply:
    """DELETE /subscriptions/{id}."""
    kept = await _own(desk, task)
    await delete_subscription(desk.watchers, holder_of(desk, task), kept.subscription.id)
    return done()


async def _own(desk: Desk, task: Task) -> KeptSubscription:
    """The subscription of the path. Raises ResourceNotFound in the words of Orion."""
    holder = holder_of(desk, task)
    try:
        return await retrieve_subscription(desk.watchers, holder, to_subscription_id(task.place.id))
    except Problem as problem:
        if problem.code in ("ResourceNotFound", "BadRequestData"):
            raise Problem(
                "ResourceNotFound",
                "The requested subscription has not been found. Check id",
                "subscriptionId",
            ) from None
        raise
