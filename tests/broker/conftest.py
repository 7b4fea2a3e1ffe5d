"""A data plane over the memory store, with a clock that stands still and a web of known documents."""

from collections.abc import AsyncIterator

import pytest

from broker.town import StandingClock, Web
from kaiteki.broker.plane import Plane
from kaiteki.stores.memory import open_memory


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def web() -> Web:
    return Web({})


@pytest.fixture
async def plane(clock: StandingClock, web: Web) -> AsyncIterator[Plane]:
    store = open_memory(clock)
    yield Plane(
        entities=store.entities,
        history=store.history,
        events=store.events,
        contexts=store.contexts,
        clock=clock,
        outgoing=web,
        glances=store.glances,
        subscriptions=store.subscriptions,
        sources=store.sources,
    )
    await store.entities.close()
