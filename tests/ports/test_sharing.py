"""Laws of ports.sharing, and of what a node sees of what another one has kept on the same store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from kaiteki.model.query import Query, TypeIs
from kaiteki.model.watch.subscription import Endpoint, Subscription, Telling
from kaiteki.ports.subscriptions import KeptSubscription
from kaiteki.stores.postgres.opening import open_postgres
from kaiteki.stores.store import Store
from ports.sample import TYPE, SteppingClock, create, drop, entity, put
from postgres_server import emptied, running_server
from waiting import LONG_S

NOBODY = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype='advisory' AND granted"
KEPT = KeptSubscription("demo", "anna", Subscription("urn:s:1", Telling(Endpoint("https://example.org/n"))))


@pytest.fixture
async def nodes() -> AsyncIterator[tuple[Store, Store]]:
    """Two nodes on one database."""
    url = await emptied(running_server())
    one, other = await open_postgres(url, SteppingClock()), await open_postgres(url, SteppingClock())
    yield one, other
    await one.entities.close()
    await other.entities.close()


async def test_a_turn_is_given_to_who_asks(store: Store) -> None:
    async with asyncio.timeout(LONG_S), store.sharing.turn("work") as lost:
        assert not lost.is_set()


async def test_one_node_at_a_time_has_a_turn(nodes: tuple[Store, Store]) -> None:
    one, other = nodes
    had: list[str] = []

    async def wait_for_it() -> None:
        async with other.sharing.turn("work"):
            had.append("other")

    async with one.sharing.turn("work"), one.sharing.turn("another"):
        waiting = asyncio.create_task(wait_for_it())
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), 0.8)
        had.append("one")
    async with asyncio.timeout(LONG_S):
        await waiting
    assert had == ["one", "other"]


async def test_who_loses_the_database_loses_the_turn(nodes: tuple[Store, Store]) -> None:
    one, other = nodes
    async with asyncio.timeout(LONG_S), one.sharing.turn("work") as lost:
        await asyncio.to_thread(running_server().ask, NOBODY, "town")
        await lost.wait()
        async with other.sharing.turn("work") as held:
            assert not held.is_set()


async def test_the_secret_is_that_of_the_first_node(nodes: tuple[Store, Store]) -> None:
    one, other = nodes
    assert await one.sharing.secret(b"first") == b"first"
    assert await other.sharing.secret(b"second") == b"first"
    assert await one.sharing.secret(b"third") == b"first"


async def test_a_register_tells_that_it_was_changed_elsewhere(nodes: tuple[Store, Store]) -> None:
    one, other = nodes
    seen = [await other.subscriptions.revision()]
    await one.subscriptions.put(KEPT)
    seen.append(await other.subscriptions.revision())
    assert await other.subscriptions.remove(KEPT.key) is True
    seen.append(await one.subscriptions.revision())
    assert len(set(seen)) == 3
    assert await one.sources.revision() == 0


async def test_what_one_node_keeps_the_other_sees_at_once(nodes: tuple[Store, Store]) -> None:
    one, other = nodes
    waiting = asyncio.create_task(other.events.wait(0, LONG_S))
    await create(one, entity("lamp:1", watts=1), entity("bench:1", "Bench"))
    found = await other.entities.find("demo", Query(types=TypeIs(TYPE + "Lamp"), total=True))
    assert ([row.id for row in found.rows], found.total) == (["urn:ngsi-ld:lamp:1"], 1)
    assert await waiting is True
    await asyncio.gather(*(put(node, "lamp:1", "watts", 2, 20) for node in (one, other, one, other)))
    await drop(other, "bench:1")
    events = await one.events.read(0)
    assert [event.number for event in events] == list(range(1, 8))
    assert [event.version for event in events if event.entity_id.endswith("lamp:1")] == [1, 2, 3, 4, 5]
    assert await one.entities.summarise("demo") == await other.entities.summarise("demo")
