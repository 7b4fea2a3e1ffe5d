"""Every suite of this folder runs over every store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kaiteki.stores.memory import open_memory
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.store import Store
from ports.sample import SteppingClock


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, clock: SteppingClock, tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_memory(clock) if request.param == "memory" else open_sqlite(tmp_path, clock)
    yield opened
    await opened.entities.close()
