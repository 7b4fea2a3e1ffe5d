"""Each case of this folder names a clause of ETSI GS CIM 009 V1.9.1 and runs over every store, without a server between."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from broker.town import StandingClock
from conformance.neighbours import Neighbours, another_store
from conformance.plane import DataPlane
from conformance.watched_town import WatchedTown, notifying
from every_store import STORES, WHOLE, Keep
from kaiteki.broker import lasting
from kaiteki.ports.clock import Clock
from kaiteki.stores.store import Store
from waiting import LONG_S


@pytest.fixture(autouse=True)
def _patient_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads wait until what has expired is removed, however busy the machine is."""
    monkeypatch.setattr(lasting, "WAIT_MAX_S", LONG_S)


@pytest.fixture(params=WHOLE)
async def keep(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Keep]:
    """Opens the store of a case with the clock of the case, and closes it behind the case."""
    opened: list[Store] = []

    async def opening(clock: Clock) -> Store:
        opened.append(await STORES[request.param].open(tmp_path, clock))
        return opened[-1]

    yield opening
    for store in opened:
        await store.entities.close()


@pytest.fixture
async def plane(keep: Keep) -> DataPlane:
    return await DataPlane.over(keep)


@pytest.fixture
async def store(keep: Keep) -> Store:
    return await keep(StandingClock())


@pytest.fixture
async def town(store: Store) -> AsyncIterator[WatchedTown]:
    async with notifying(WatchedTown(store)) as watched:
        yield watched


@pytest.fixture
async def net(store: Store) -> AsyncIterator[Neighbours]:
    """Two nodes, here and there."""
    net = Neighbours()
    here = net.add("here.example", store)
    there = another_store(here)
    net.add("there.example", there)
    yield net
    await there.entities.close()


@pytest.fixture
def here(net: Neighbours) -> WatchedTown:
    return net.towns["here.example"]


@pytest.fixture
def there(net: Neighbours) -> WatchedTown:
    return net.towns["there.example"]
