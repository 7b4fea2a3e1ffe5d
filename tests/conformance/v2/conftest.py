"""Each case of this folder speaks NGSI v2 as Orion's clients do, over memory and SQLite, without a server between."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest

from broker.town import StandingClock
from conformance.v2.two_faces import TwoFaces
from conformance.watched_town import WatchedTown, notifying
from kaiteki.ports.clock import Clock
from kaiteki.stores.memory import open_memory
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.store import Store


@pytest.fixture(params=["memory", "sqlite"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Clock], Store]:
    return open_memory if request.param == "memory" else partial(open_sqlite, tmp_path)


@pytest.fixture
async def town(opened: Callable[[Clock], Store]) -> AsyncIterator[TwoFaces]:
    both = TwoFaces(opened)
    yield both
    await both.store.entities.close()


@pytest.fixture
async def watched(opened: Callable[[Clock], Store]) -> AsyncIterator[WatchedTown]:
    store = opened(StandingClock())
    async with notifying(WatchedTown(store)) as town:
        yield town
    await store.entities.close()
