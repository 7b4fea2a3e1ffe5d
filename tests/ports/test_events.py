"""Laws of ports.events: told after it is kept, in order, with cursors."""

import asyncio

from kaiteki.ports.events import Event
from kaiteki.stores.store import Store
from ports.sample import TYPE, SteppingClock, create, drop, entity, put
from waiting import LONG_S

ID = "urn:ngsi-ld:lamp:1"


async def test_each_change_is_told_once_in_order(store: Store, clock: SteppingClock) -> None:
    await create(store, entity("lamp:1", watts=40), entity("lamp:2", watts=1))
    await put(store, "lamp:1", "watts", 60, 20)
    await create(store, entity("lamp:9"), area="east")
    await drop(store, "lamp:1")
    told = await store.events.read(0)
    assert [
        (e.number, e.area, e.what, e.entity_id, e.types, e.attributes, e.version, e.actor, e.action)
        for e in told
    ] == [
        (1, "demo", "created", ID, (TYPE + "Lamp",), (TYPE + "watts",), 1, "mayor", "test"),
        (2, "demo", "created", "urn:ngsi-ld:lamp:2", (TYPE + "Lamp",), (TYPE + "watts",), 1, "mayor", "test"),
        (3, "demo", "modified", ID, (TYPE + "Lamp",), (TYPE + "watts",), 2, "mayor", "test"),
        (4, "east", "created", "urn:ngsi-ld:lamp:9", (TYPE + "Lamp",), (), 1, "mayor", "test"),
        (5, "demo", "deleted", ID, (TYPE + "Lamp",), (TYPE + "watts",), 3, "mayor", "test"),
    ]
    assert [event.at for event in told] == sorted(event.at for event in told)
    assert told[-1].at <= clock.at
    assert await store.events.last() == 5


async def test_reading_goes_on_behind_a_number(store: Store) -> None:
    await create(store, *(entity(f"lamp:{n}") for n in range(5)))
    await put(store, "lamp:1", "watts", 60, 20)

    async def numbers(after: int, limit: int = 500) -> list[int]:
        return [event.number for event in await store.events.read(after, limit)]

    assert await numbers(0, 3) == [1, 2, 3]
    assert await numbers(3, 2) == [4, 5]
    assert await numbers(4) == [5, 6]
    assert await numbers(6) == []


async def test_waiting_ends_with_news_or_with_the_time(store: Store) -> None:
    assert await store.events.wait(0, 0.01) is False
    waiting = asyncio.create_task(store.events.wait(0, LONG_S))
    second = asyncio.create_task(store.events.wait(1, LONG_S))
    await asyncio.sleep(0)
    await create(store, entity("lamp:1"))
    assert await waiting is True
    assert not second.done()
    await create(store, entity("lamp:2"))
    assert await second is True
    assert await store.events.wait(1, 0) is True


async def test_waiting_gives_others_a_turn_even_when_there_is_news(store: Store) -> None:
    """Who reads and waits in turn, and cannot read yet what is told, must not stop the node."""
    await create(store, entity("lamp:1"))
    turns: list[int] = []

    async def other() -> None:
        turns.append(1)

    running = asyncio.create_task(other())
    assert await store.events.wait(0, LONG_S) is True
    assert turns == [1]
    await running


async def test_cursors_are_kept_for_each_consumer(store: Store) -> None:
    assert await store.events.cursor("notify") == 0
    await store.events.advance("notify", 7)
    await store.events.advance("lake", 3)
    await store.events.advance("notify", 9)
    assert (await store.events.cursor("notify"), await store.events.cursor("lake")) == (9, 3)


async def test_an_event_is_told_only_after_its_entity_can_be_read(store: Store) -> None:
    async def look() -> list[tuple[Event, bool]]:
        await store.events.wait(0, LONG_S)
        return [
            (event, event.entity_id in await store.entities.load("demo", [event.entity_id]))
            for event in await store.events.read(0)
        ]

    looking = asyncio.create_task(look())
    await asyncio.sleep(0)
    await create(store, entity("lamp:1"))
    assert [seen for _, seen in await looking] == [True]
