"""Each case of this folder speaks NGSI v2 as Orion's clients do, over every store, without a server between."""

from collections.abc import AsyncIterator

import pytest

from broker.town import StandingClock
from conformance.v2.two_faces import TwoFaces
from conformance.watched_town import WatchedTown, notifying
from every_store import Keep


@pytest.fixture
async def town(keep: Keep) -> TwoFaces:
    return await TwoFaces.over(keep)


@pytest.fixture
async def watched(keep: Keep) -> AsyncIterator[WatchedTown]:
    async with notifying(WatchedTown(await keep(StandingClock()))) as town:
        yield town
