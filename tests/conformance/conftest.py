"""Each case of this folder names a clause of ETSI GS CIM 009 V1.9.1 and runs over memory and SQLite, without a server between."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from conformance.plane import DataPlane
from kaiteki.stores.memory import open_memory
from kaiteki.stores.sqlite import open_sqlite


@pytest.fixture(params=["memory", "sqlite"])
async def plane(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DataPlane]:
    opened = DataPlane(open_memory if request.param == "memory" else partial(open_sqlite, tmp_path))
    yield opened
    await opened.store.entities.close()
