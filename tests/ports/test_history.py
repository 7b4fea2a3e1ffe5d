"""Laws of ports.history: every value an attribute ever had."""

import msgspec
import pytest

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.model.problem import Problem
from kaiteki.model.query import TypeIs
from kaiteki.ports.entities import By, Change, Decision, Forgotten, Revised, Told
from kaiteki.ports.history import SCOPE, Life, Past, Period
from kaiteki.stores.store import Store
from ports.sample import MAYOR, TYPE, correct, create, drop, entity, measured, observe, put, setting

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
        was = "" if one is not None else "Property"
        return Past(ID, TYPE + "watts", Instant(at), version, one, dataset, number=version, was=was)

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


async def test_late_and_repeated_measurements_change_nothing(store: Store) -> None:
    """Whatever order measurements come in, and how often, the observed time tells each once and in order."""
    await create(store, entity("lamp:1", at=10, watts=Instance("Property", 1, observed_at=Instant(100))))
    for at, (value, observed) in enumerate([(5, 500), (3, 300), (1, 100), (5, 500), (3, 300), (4, 300)], 20):
        await observe(store, value, observed, at)
    observed = Period(measured="observed")
    assert [value for _, _, value in await values(store, "watts", period=observed)] == [1, 3, 4, 5]
    assert [
        value for _, _, value in await values(store, "watts", period=observed, newest_first=True, limit=2)
    ] == [5, 4]
    assert await values(store, "watts", period=Period(Instant(300), Instant(500), "observed"), limit=1) == [
        ("watts", 3, 3)
    ]
    assert len(await values(store, "watts")) == 7, "in the order of writes each of them stands"


async def test_a_state_is_measured_on_each_of_its_times(lived: Store) -> None:
    assert await values(lived, "watts", period=Period(measured="modified")) == [
        ("watts", 1, 40),
        ("watts", 2, 60),
    ]
    gone = await lived.history.past("demo", ID, [TYPE + "watts"], Period(measured="deleted"))
    assert [(past.version, past.instance, past.was) for past in gone] == [(4, None, "Property")]
    assert await values(lived, "watts", period=Period(end=Instant(10), measured="created")) == [
        ("watts", 2, 60)
    ]
    assert await values(lived, "watts", period=Period(dataset_ids=("urn:other",))) == []
    assert len(await values(lived, "watts", period=Period(dataset_ids=("@none", "urn:other")))) == 3


async def test_scopes_have_a_history_that_is_asked_for_by_name(store: Store) -> None:
    first = msgspec.structs.replace(entity("lamp:1", at=10, watts=1), scopes=("/a",))
    await create(store, first)
    await put(store, "lamp:1", "watts", 2, 20)

    def rescope(loaded: dict[str, Entity]) -> Decision[str]:
        before = loaded[ID]
        after = msgspec.structs.replace(
            before, scopes=("/b", "/c"), version=before.version + 1, modified_at=Instant(30)
        )
        return Decision([Change(before, after)], "")

    await store.entities.change("demo", [ID], rescope, MAYOR)  # pyright: ignore
    await drop(store, "lamp:1")
    told = await store.history.past("demo", ID, [SCOPE])
    assert [(past.at, past.version, past.instance and past.instance.value) for past in told[:2]] == [
        (10, 1, ["/a"]),
        (30, 3, ["/b", "/c"]),
    ]
    assert [past.instance for past in told[2:]] == [None]
    assert SCOPE not in {past.attribute for past in await store.history.past("demo", ID)}
    assert await store.history.names("demo", ID) == [TYPE + "watts"]


async def test_lives_are_of_entities_that_are_and_were(lived: Store) -> None:
    await create(lived, entity("pole:1", "Pole", at=12, height=8), entity("lamp:0", at=15))
    types = (TYPE + "Lamp",)
    gone = await lived.history.life("demo", ID)
    assert gone is not None and gone.deleted_at is not None
    assert gone == Life(ID, types, Instant(10), gone.deleted_at, gone.deleted_at)
    at = gone.deleted_at
    assert await lived.history.lives("demo", gone_since=at) == [gone]
    assert await lived.history.lives("demo", gone_since=Instant(at + 1)) == []
    assert await lived.history.lives("demo", TypeIs(TYPE + "Pole"), gone_since=at) == []
    assert await lived.history.lives("demo", None, ID, gone_since=at) == []
    there = Life("urn:ngsi-ld:lamp:2", types, Instant(10), Instant(10))
    assert await lived.history.life("demo", "urn:ngsi-ld:lamp:2") == there
    assert await lived.history.life("demo", "urn:ngsi-ld:none") is None
    assert await lived.history.lives("nowhere") == []
    lamps = await lived.history.lives("demo", TypeIs(TYPE + "Lamp"))
    assert [life.entity_id.rsplit(":", 1)[-1] for life in lamps] == ["0", "1", "2"]
    assert await lived.history.lives("demo", after_id=ID, limit=1) == [there]
    assert await lived.history.names("demo", ID) == [TYPE + "colour", TYPE + "lit", TYPE + "watts"]
    await create(lived, entity("lamp:1", at=LATER, watts=5))
    assert await lived.history.life("demo", ID) == Life(ID, types, Instant(LATER), Instant(LATER))
    await drop(lived, "lamp:1", purge_history=True)
    assert await lived.history.life("demo", ID) is None
    assert ID not in {life.entity_id for life in await lived.history.lives("demo")}


# Corrections -----------------------------------------------------------------------------------------------------------


async def observed(store: Store) -> list[object]:
    """The values in the order of the observed time."""
    return [value for _, _, value in await values(store, "watts", period=Period(measured="observed"))]


async def test_an_entity_may_have_a_past_and_no_present(store: Store) -> None:
    lamp = (TYPE + "Lamp",)
    await correct(store, Told(ID, lamp, (measured(3, 30), measured(1, 10), measured(2, 20)), ("/a",)))
    assert await observed(store) == [1, 2, 3]
    assert len({past.instance_id for past in await store.history.past("demo", ID)}) == 3
    life = await store.history.life("demo", ID)
    assert life is not None and (life.types, life.deleted_at) == (lamp, None)
    assert await store.entities.load("demo", [ID]) == {}
    assert [one.entity_id for one in await store.history.lives("demo", TypeIs(lamp[0]))] == [ID]
    await create(store, entity("lamp:1", at=LATER, watts=Instance("Property", 4, observed_at=Instant(40))))
    assert await observed(store) == [1, 2, 3, 4]
    told = await store.events.read(0)
    assert [(one.what, one.version, one.attributes) for one in told] == [
        ("corrected", 0, (TYPE + "watts",)),
        ("created", 1, (TYPE + "watts",)),
    ]
    (line, _) = await store.entities.audit("demo")
    assert (line.by, line.entities, line.attributes) == (MAYOR, (ID,), (TYPE + "watts",))


async def test_what_is_told_of_the_past_leaves_the_present_alone(lived: Store) -> None:
    await create(lived, entity("lamp:1", at=LATER, watts=Instance("Property", 4, observed_at=Instant(40))))
    before = (await lived.entities.load("demo", [ID]))[ID].entity()
    await correct(lived, Told(ID, (), (measured(1, 10), measured(9, 35, "urn:b"))))
    assert await observed(lived) == [1, 9, 4]
    assert (await lived.entities.load("demo", [ID]))[ID].entity() == before
    await put(lived, "lamp:1", "lit", True, LATER + 1)
    assert await observed(lived) == [1, 9, 4]


async def test_one_state_is_revised_and_removed_by_its_address(lived: Store) -> None:
    first, *_ = await lived.history.past("demo", ID, [TYPE + "watts"])

    def brighter(one: Instance | None) -> Instance | None:
        return None if one is None else msgspec.structs.replace(one, value=41)

    await correct(lived, Revised(ID, TYPE + "watts", first.instance_id, brighter))
    after = await lived.history.past("demo", ID, [TYPE + "watts"])
    assert [past.instance and past.instance.value for past in after] == [41, 60, None]
    assert after[0].instance_id == first.instance_id
    await correct(lived, Revised(ID, TYPE + "watts", first.instance_id, brighter, removes=True))
    assert await values(lived, "watts") == [("watts", 2, 60), ("watts", 4, None)]
    assert await values(lived, "lit") == [("lit", 1, True), ("lit", 4, None)]
    for missing in (
        Revised(ID, TYPE + "watts", first.instance_id, brighter),
        Revised(ID, TYPE + "watts", "urn:ngsi-ld:Instance:none", brighter),
        Revised("urn:ngsi-ld:none", TYPE + "watts", first.instance_id, brighter),
    ):
        with pytest.raises(Problem) as refused:
            await correct(lived, missing)
        assert refused.value.code == "ResourceNotFound"


async def test_the_past_of_an_attribute_is_forgotten_and_its_present_stays(store: Store) -> None:
    await create(store, entity("lamp:1", at=10, watts=40, lit=True))
    await correct(store, Forgotten(ID, TYPE + "watts"))
    assert await values(store) == [("lit", 1, True)]
    assert await store.history.names("demo", ID) == [TYPE + "lit"]
    present = (await store.entities.load("demo", [ID]))[ID].entity()
    assert present.attributes[TYPE + "watts"][0].value == 40
    await put(store, "lamp:1", "watts", 60, 20)
    assert await values(store) == [("lit", 1, True), ("watts", 2, 60)]
    await correct(store, Told(ID, (), (measured(7, 7, "urn:b"),)))
    await correct(store, Forgotten(ID, TYPE + "watts", ("@none",)))
    assert [past.dataset_id for past in await store.history.past("demo", ID, [TYPE + "watts"])] == ["urn:b"]
    with pytest.raises(Problem):
        await correct(store, Forgotten(ID, TYPE + "watts", ("@none",)))
    with pytest.raises(Problem):
        await correct(store, Forgotten(ID, TYPE + "colour"))


async def test_all_of_the_past_is_forgotten(lived: Store) -> None:
    await correct(lived, Forgotten(ID))
    assert await lived.history.life("demo", ID) is None and await values(lived) == []
    with pytest.raises(Problem):
        await correct(lived, Forgotten(ID))
    there = "urn:ngsi-ld:lamp:2"
    await correct(lived, Forgotten(there))
    assert (
        await lived.history.past("demo", there) == [] and await lived.history.life("demo", there) is not None
    )
    assert set(await lived.entities.load("demo", [there])) == {there}
    await drop(lived, "lamp:2")
    await create(lived, entity("lamp:2", at=LATER, watts=9))
    assert [past.version for past in await lived.history.past("demo", there)] == [2, 1]


async def test_a_correction_is_a_decision_of_its_own(store: Store) -> None:
    new = entity("lamp:1", at=10, watts=40)

    def both(_: object) -> Decision[str]:
        return Decision([Change(None, new)], "", correction=Forgotten(ID))

    for ids in ([ID], []):
        with pytest.raises(ValueError, match="decision of its own"):
            await store.entities.change("demo", ids, both, MAYOR)
    assert await store.events.last() == 0
