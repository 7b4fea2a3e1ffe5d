"""Each case of this folder names a clause of ETSI GS CIM 009 V1.9.1 and runs over memory and SQLite, without a server between."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from broker.town import StandingClock
from conformance.plane import DataPlane
from conformance.watched_town import WatchedTown, notifying
from kaiteki.stores.memory import open_memory
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.store import Store


@pytest.fixture(params=["memory", "sqlite"])
async def plane(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DataPlane]:
    opened = DataPlane(open_memory if request.param == "memory" else partial(open_sqlite, tmp_path))
    yield opened
    await opened.store.entities.close()


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    clock = StandingClock()
    opened = open_memory(clock) if request.param == "memory" else open_sqlite(tmp_path, clock)
    yield opened
    await opened.entities.close()


@pytest.fixture
async def town(store: Store) -> AsyncIterator[WatchedTown]:
    async with notifying(WatchedTown(store)) as watched:
        yield watched
