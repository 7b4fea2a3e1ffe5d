"""Whether the parts of a node that work in the background have done all that there is to do now.

That nothing comes is only known when whoever would have sent it has had its turn, however busy the machine is.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from kaiteki.broker.passing import Stamp
from kaiteki.ports.subscriptions import KeptSubscription

if TYPE_CHECKING:
    from conformance.watched_town import WatchedTown

SOON_S: Final = 1.0
"""What is put off for no longer than this is waited for too."""


async def is_at_rest(town: WatchedTown) -> bool:
    """Whether all that happened so far was looked at, and all that follows from it was sent, or was tried and failed."""
    return not _is_sending(town) and not _is_looking(town) and await _has_read(town)


async def _has_read(town: WatchedTown) -> bool:
    notifier: Any = town.notifier
    return not town.watchers.count or notifier._number >= await town.store.events.last()


def _is_sending(town: WatchedTown) -> bool:
    dispatcher: Any = town.notifier.dispatcher
    now_s = asyncio.get_running_loop().time()
    lanes = [lane for outlet in dispatcher.outlets.values() for lane in outlet.lanes.values()]
    timers = [throttle.timer for throttle in dispatcher._throttles.values() if throttle.timer is not None]
    return (
        dispatcher.hurry.is_set()
        or any(lane.busy and lane.timer is None for lane in lanes)
        or any(outlet.spilled and not outlet.size for outlet in dispatcher.outlets.values())
        or any(timer.when() < now_s + SOON_S for timer in timers)
    )


def _is_looking(town: WatchedTown) -> bool:
    """Whether a part that looks again and again has not looked since something changed."""
    periods: Any = town.periods
    picturing: Any = town.picturing
    passing: Any = town.passing
    now = town.clock.now()
    periodic = [kept for key in town.watchers.periodic if (kept := town.watchers.get(key)) is not None]
    if periods._telling or any(periods._is_due(kept, now) for kept in periodic):
        return True
    for key in town.watchers.of_sources:
        kept, looked = town.watchers.get(key), picturing._looked.get(key)
        if kept is None or not picturing._is_due(kept, now):
            continue
        seen = (looked.generation, looked.wording) if looked is not None else None
        if kept.subscription.throttling_s is None or seen != (
            town.registry.generation,
            kept.subscription.modified_at,
        ):
            return True
    return bool(passing._asking) or any(
        passing._stamps.get(kept.key) != _stamp(town, kept)
        for kept in town.watchers.all()
        if kept.subscription.watches_entities and not town.registry.is_alone(kept.area)
    )


def _stamp(town: WatchedTown, kept: KeptSubscription) -> Stamp:
    one = kept.subscription
    return Stamp(town.registry.generation, one.modified_at, one.is_over(town.clock.now()))
