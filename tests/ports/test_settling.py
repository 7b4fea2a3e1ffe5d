"""Settlements and removals that come at the same time get on with each other."""

import asyncio

from kaiteki.model.instant import Instant
from kaiteki.model.watch.document import Standing
from kaiteki.model.watch.subscription import Endpoint, Subscription, Telling
from kaiteki.ports.subscriptions import Delivery, KeptSubscription, Settlement
from kaiteki.stores.store import Store
from waiting import LONG_S

SUBSCRIPTIONS = 12
TURNS = 6


async def test_what_is_settled_while_it_is_removed_is_gone_in_the_end(store: Store) -> None:
    kept = [
        KeptSubscription(
            "demo", "anna", Subscription(f"urn:s:{n}", Telling(Endpoint("https://example.org/n")))
        )
        for n in range(SUBSCRIPTIONS)
    ]
    for one in kept:
        await store.subscriptions.put(one)

    async def settle(turn: int) -> None:
        owed = [
            Delivery("demo", one.subscription.id, turn, f"urn:e:{turn}", Instant(1), attempts=turn)
            for one in kept
        ]
        gone = [one.key for one in owed] if turn % 2 else []
        standings = {one.key: Standing(turn, 0, Instant(5), Instant(5)) for one in reversed(kept)}
        await store.subscriptions.settle(Settlement(("n", turn), owed, gone, standings))

    async with asyncio.timeout(LONG_S):
        await settle(0)
        removals = (store.subscriptions.remove(one.key) for one in kept)
        done = await asyncio.gather(*(settle(turn) for turn in range(1, TURNS)), *removals)
    assert done[TURNS - 1 :] == [True] * SUBSCRIPTIONS
    assert (await store.subscriptions.list(), await store.subscriptions.backlogs()) == ([], [])
