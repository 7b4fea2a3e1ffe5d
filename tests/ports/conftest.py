"""Every suite of this folder runs over every store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kaiteki.stores.memory import open_memory
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.sqlite.blocks import BLOCK_STATES
from kaiteki.stores.store import Store
from ports.sample import SMALL_BLOCK, SteppingClock


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture(params=["memory", "sqlite", "packed"])
async def store(request: pytest.FixtureRequest, clock: SteppingClock, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "memory":
        opened = open_memory(clock)
    else:
        opened = open_sqlite(tmp_path, clock, SMALL_BLOCK if request.param == "packed" else BLOCK_STATES)
    yield opened
    await opened.entities.close()
