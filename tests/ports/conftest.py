"""Every suite of this folder runs over every store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from every_store import ALL, STORES
from kaiteki.stores.store import Store
from ports.sample import SteppingClock


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture(params=ALL)
async def store(request: pytest.FixtureRequest, clock: SteppingClock, tmp_path: Path) -> AsyncIterator[Store]:
    opened = await STORES[request.param].open(tmp_path, clock)
    yield opened
    await opened.entities.close()
