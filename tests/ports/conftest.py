"""Every suite of this folder runs over every store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store
from ports.sample import SteppingClock


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture(params=["memory"])
async def store(request: pytest.FixtureRequest, clock: SteppingClock, tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_memory(clock)
    yield opened
    await opened.entities.close()
