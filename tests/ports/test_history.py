"""Laws of ports.history: every value an attribute ever had."""

import msgspec
import pytest

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.ports.history import Past, Period
from kaiteki.stores.store import Store
from ports.sample import TYPE, create, drop, entity, put, setting

ID = "urn:ngsi-ld:lamp:1"
LATER = 2_000_000_000_000_000
"""After the clock of these tests, which tells the time of deletions."""


async def values(store: Store, *names: str, **options: object) -> list[tuple[str, int, object]]:
    """What history tells: (attribute, version, value or None where it was deleted)."""
    pasts = await store.history.past("demo", ID, [TYPE + name for name in names], **options)  # pyright: ignore
    return [
        (past.attribute.removeprefix(TYPE), past.version, past.instance and past.instance.value)
        for past in pasts
    ]


@pytest.fixture
async def lived(store: Store) -> Store:
    """A lamp of three writes that was deleted, and another that only was created."""
    await create(store, entity("lamp:1", at=10, watts=40, lit=True), entity("lamp:2", at=10, watts=1))
    await put(store, "lamp:1", "watts", 60, 20)
    await put(store, "lamp:1", "colour", "warm", 30)
    await drop(store, "lamp:1")
    return store


async def test_every_value_is_kept(lived: Store) -> None:
    assert await values(lived) == [
        ("lit", 1, True),
        ("watts", 1, 40),
        ("watts", 2, 60),
        ("colour", 3, "warm"),
        ("colour", 4, None),
        ("lit", 4, None),
        ("watts", 4, None),
    ]


async def test_one_attribute_with_a_limit_from_either_end(lived: Store) -> None:
    assert await values(lived, "watts") == [("watts", 1, 40), ("watts", 2, 60), ("watts", 4, None)]
    assert await values(lived, "watts", "colour", limit=2) == [("watts", 1, 40), ("watts", 2, 60)]
    assert await values(lived, "watts", newest_first=True, limit=2) == [("watts", 4, None), ("watts", 2, 60)]
    assert await values(lived, "none") == []


async def test_a_period_includes_its_start_and_not_its_end(lived: Store) -> None:
    assert await values(lived, period=Period(Instant(20), Instant(30))) == [("watts", 2, 60)]
    assert await values(lived, period=Period(end=Instant(20))) == [("lit", 1, True), ("watts", 1, 40)]
    assert len(await values(lived, period=Period(start=Instant(30)))) == 4


async def test_every_state_knows_the_event_of_its_write(lived: Store) -> None:
    events = {event.number: event for event in await lived.events.read(0)}
    told = [events[past.number] for past in await lived.history.past("demo", ID)]
    assert [event.entity_id for event in told] == [ID] * 7
    assert [event.version for event in told] == [1, 1, 2, 3, 4, 4, 4]


async def test_an_entity_that_was_never_changed_has_its_first_state(lived: Store) -> None:
    kept = entity("lamp:2", at=10, watts=1).first(TYPE + "watts")
    assert await lived.history.past("demo", "urn:ngsi-ld:lamp:2") == [
        Past("urn:ngsi-ld:lamp:2", TYPE + "watts", Instant(10), 1, kept, number=2)
    ]
    assert await lived.history.past("demo", "urn:ngsi-ld:none") == []
    assert await lived.history.past("nowhere", "urn:ngsi-ld:lamp:2") == []


async def test_a_second_life_follows_the_first(lived: Store) -> None:
    await create(lived, entity("lamp:1", at=LATER, watts=5))
    await put(lived, "lamp:1", "watts", 6, LATER + 5)
    assert await values(lived, "watts") == [
        ("watts", 1, 40),
        ("watts", 2, 60),
        ("watts", 4, None),
        ("watts", 1, 5),
        ("watts", 2, 6),
    ]


async def test_history_is_forgotten_when_that_is_asked_for(lived: Store) -> None:
    await create(lived, entity("lamp:1", at=90, watts=5))
    await drop(lived, "lamp:1", purge_history=True)
    assert await values(lived) == []


async def test_instances_have_histories_of_their_own(store: Store) -> None:
    first = Instance("Property", 1, observed_at=Instant(7))
    second = Instance("Property", 2, dataset_id="urn:b", observed_at=Instant(6))
    third = Instance("Property", 3, dataset_id="urn:b", observed_at=Instant(9))
    new = msgspec.structs.replace(
        entity("lamp:1", at=10), attributes={TYPE + "watts": (first, second), TYPE + "on": (first,)}
    )
    await create(store, new)
    for instances in ((first, third), (first,)):

        def decide(loaded: dict[str, Entity], instances: tuple[Instance, ...] = instances) -> Decision[str]:
            before = loaded[ID]
            after = msgspec.structs.replace(
                before,
                attributes={**before.attributes, TYPE + "watts": instances},
                version=before.version + 1,
                modified_at=Instant(10 + before.version),
            )
            return Decision([Change(before, after)], "")

        await store.entities.change("demo", [ID], decide, By())  # pyright: ignore

    def past(at: int, version: int, one: Instance | None, dataset: str | None = None) -> Past:
        return Past(ID, TYPE + "watts", Instant(at), version, one, dataset, number=version)

    assert await store.history.past("demo", ID, [TYPE + "watts"]) == [
        past(10, 1, first),
        past(10, 1, second, "urn:b"),
        past(11, 2, third, "urn:b"),
        past(12, 3, None, "urn:b"),
    ]
    observed = Period(Instant(6), Instant(9), "observed")
    assert await store.history.past("demo", ID, [TYPE + "watts"], observed) == [
        past(10, 1, second, "urn:b"),
        past(10, 1, first),
    ]
    assert (await store.history.past("demo", ID, period=Period(measured="observed"), newest_first=True))[
        0
    ] == past(11, 2, third, "urn:b")


async def test_a_change_of_nothing_leaves_no_state(store: Store) -> None:
    await create(store, entity("lamp:1", at=10, watts=40))
    decide = setting("lamp:1", "watts", 41, 10)
    await store.entities.change("demo", [ID], decide, By())
    await store.entities.change("demo", [ID], decide, By())
    assert await values(store) == [("watts", 1, 40), ("watts", 2, 41)]
