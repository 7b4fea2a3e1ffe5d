"""Laws of ports.entities: one write path, all or nothing, once per key."""

import asyncio
from collections.abc import Mapping

import msgspec
import pytest

from kaiteki.model.entity import Entity
from kaiteki.model.problem import Problem
from kaiteki.model.query import Comparison, Path, Query
from kaiteki.ports.entities import Change, Decision, Repeated, Stamp, TypeSummary
from kaiteki.stores.memory.entities import MemoryEntities
from kaiteki.stores.postgres.entities import NoGlances
from kaiteki.stores.store import Store
from ports.sample import MAYOR, TYPE, SteppingClock, create, creating, deleting, drop, entity, put, setting

LAMP = entity("lamp:1", lit=True, watts=40)
BENCH = entity("bench:1", "Bench", seats=3)


async def test_what_was_created_is_loaded(store: Store) -> None:
    await create(store, LAMP, BENCH)
    rows = await store.entities.load("demo", [LAMP.id, "urn:ngsi-ld:none", BENCH.id])
    assert {key: (row.id, row.version, row.entity()) for key, row in rows.items()} == {
        LAMP.id: (LAMP.id, 1, LAMP),
        BENCH.id: (BENCH.id, 1, BENCH),
    }


async def test_areas_share_nothing(store: Store) -> None:
    await create(store, LAMP, area="east")
    await create(store, entity("lamp:1", lit=False), area="west")
    east = await store.entities.load("east", [LAMP.id])
    west = await store.entities.load("west", [LAMP.id])
    assert east[LAMP.id].entity() == LAMP
    assert west[LAMP.id].entity() == entity("lamp:1", lit=False)
    assert await store.entities.areas() == ["east", "west"]
    assert await store.entities.load("north", [LAMP.id]) == {}
    assert (await store.entities.find("north", Query(total=True))).total == 0


async def test_a_change_answers_and_is_seen_by_the_next(store: Store) -> None:
    await create(store, LAMP)
    answer = await store.entities.change("demo", [LAMP.id], setting("lamp:1", "watts", 60, 9), MAYOR)
    row = (await store.entities.load("demo", [LAMP.id]))[LAMP.id]
    assert (answer, row.version, row.entity().modified_at) == ("watts is 60", 2, 9)


async def test_a_deleted_entity_is_gone_and_may_come_again(store: Store) -> None:
    await create(store, LAMP)
    await drop(store, "lamp:1")
    assert await store.entities.load("demo", [LAMP.id]) == {}
    assert list((await store.entities.find("demo", Query())).rows) == []
    await create(store, LAMP)
    assert (await store.entities.load("demo", [LAMP.id]))[LAMP.id].entity() == LAMP


@pytest.mark.parametrize("purge_history", [False, True])
async def test_no_two_states_ever_have_the_same_stamp(store: Store, purge_history: bool) -> None:
    stamps: list[Stamp] = []

    async def look() -> None:
        row = (await store.entities.load("demo", [LAMP.id]))[LAMP.id]
        (found,) = (await store.entities.find("demo", Query())).rows
        quick = store.glances.row("demo", LAMP.id)
        assert (quick is None) == isinstance(store.glances, NoGlances)
        assert row.stamp == found.stamp == (quick or row).stamp
        assert store.glances.seen("demo", LAMP.id) in (None, row.stamp)
        stamps.append(row.stamp)

    for _ in range(3):
        await create(store, LAMP)
        await look()
        await put(store, "lamp:1", "watts", 60, LAMP.modified_at)
        await look()
        await drop(store, "lamp:1", purge_history=purge_history)
    await create(store, LAMP, area="east")
    stamps.append((await store.entities.load("east", [LAMP.id]))[LAMP.id].stamp)
    assert len(set(stamps)) == 7


async def test_what_decide_raises_keeps_nothing(store: Store) -> None:
    def decide(loaded: Mapping[str, Entity]) -> Decision[str]:
        raise Problem("Forbidden", "no")

    with pytest.raises(Problem, match="no"):
        await store.entities.change("demo", [LAMP.id], decide, MAYOR, "key")
    assert (await store.events.last(), await store.entities.audit("demo")) == (0, [])
    assert await store.entities.change("demo", [LAMP.id], creating(LAMP), MAYOR, "key") == "created"


async def test_one_decision_is_kept_whole_or_not_at_all(store: Store) -> None:
    await create(store, LAMP)
    with pytest.raises(Problem) as refused:
        await create(store, BENCH, LAMP)
    assert (refused.value.code, refused.value.field) == ("AlreadyExists", "id")
    assert await store.entities.load("demo", [BENCH.id]) == {}
    assert await store.events.last() == 1


async def test_a_failing_decision_harms_no_other_of_its_group(store: Store) -> None:
    await create(store, LAMP)
    decisions = [creating(entity(f"lamp:{n}", n=n)) for n in range(1, 8)]
    answers = await asyncio.gather(
        *(
            store.entities.change("demo", [f"urn:ngsi-ld:lamp:{n}"], decide, MAYOR)
            for n, decide in enumerate(decisions, 1)
        ),
        return_exceptions=True,
    )
    assert isinstance(answers[0], Problem)
    assert answers[1:] == ["created"] * 6
    assert [row.id for row in (await store.entities.find("demo", Query())).rows] == [
        f"urn:ngsi-ld:lamp:{n}" for n in range(1, 8)
    ]


async def test_no_write_comes_between_load_and_keeping(store: Store) -> None:
    await create(store, entity("lamp:1", n=0))

    def count(loaded: Mapping[str, Entity]) -> Decision[str]:
        (before,) = loaded.values()
        name, (instance,) = next(iter(before.attributes.items()))
        after = msgspec.structs.replace(
            before,
            attributes={name: (msgspec.structs.replace(instance, value=instance.value + 1),)},
            version=before.version + 1,
        )
        return Decision([Change(before, after)], "counted")

    await asyncio.gather(*(store.entities.change("demo", [LAMP.id], count, MAYOR) for _ in range(50)))
    kept = (await store.entities.load("demo", [LAMP.id]))[LAMP.id].entity()
    assert (kept.version, [one.value for (one,) in kept.attributes.values()]) == (51, [50])


async def test_a_key_works_once_per_area(store: Store) -> None:
    first = await store.entities.change("demo", [LAMP.id], creating(LAMP), MAYOR, "key")
    again = await store.entities.change("demo", [LAMP.id], creating(LAMP), MAYOR, "key")
    elsewhere = await store.entities.change("east", [LAMP.id], creating(LAMP), MAYOR, "key")
    assert (first, again, elsewhere) == ("created", Repeated(b"receipt"), "created")


async def test_a_key_that_comes_twice_at_once_works_once(store: Store) -> None:
    answers = await asyncio.gather(
        *(store.entities.change("demo", [LAMP.id], creating(LAMP), MAYOR, "key") for _ in range(5))
    )
    assert answers == ["created", *[Repeated(b"receipt")] * 4]


async def test_a_key_is_used_up_by_a_decision_without_changes(store: Store) -> None:
    def nothing(loaded: Mapping[str, Entity]) -> Decision[str]:
        return Decision([], "nothing", b"empty")

    assert await store.entities.change("demo", [], nothing, MAYOR, "key") == "nothing"
    assert await store.entities.change("demo", [], nothing, MAYOR, "key") == Repeated(b"empty")
    assert await store.entities.audit("demo") == []


@pytest.mark.parametrize(
    "change",
    [
        Change(None, None),
        Change(LAMP, msgspec.structs.replace(LAMP, version=1)),
        Change(LAMP, msgspec.structs.replace(LAMP, id="urn:ngsi-ld:other", version=2)),
        Change(msgspec.structs.replace(LAMP, version=8), msgspec.structs.replace(LAMP, version=9)),
        Change(BENCH, msgspec.structs.replace(BENCH, version=2)),
    ],
)
async def test_a_change_from_another_state_is_a_bug(store: Store, change: Change) -> None:
    await create(store, LAMP, BENCH)
    with pytest.raises(ValueError, match=r"."):
        await store.entities.change("demo", [LAMP.id], lambda loaded: Decision([change], ""), MAYOR)
    assert await store.events.last() == 2


async def test_two_changes_of_one_entity_in_one_decision_are_a_bug(store: Store) -> None:
    with pytest.raises(ValueError, match="two changes"):
        await create(store, LAMP, LAMP)
    assert await store.events.last() == 0


async def test_types_are_summarised(store: Store) -> None:
    both = msgspec.structs.replace(BENCH, types=(*BENCH.types, *LAMP.types))
    await create(store, LAMP, entity("lamp:2", lit=False), both)
    await put(store, "lamp:2", "watts", 30, 9)
    await create(store, entity("lamp:3", lit=False))
    await drop(store, "lamp:3")
    lit, watts, seats = (name for e in (LAMP, BENCH) for name in e.attributes)
    assert await store.entities.summarise("demo") == [
        TypeSummary(both.types, 1, {seats: {"Property": 1}}),
        TypeSummary(LAMP.types, 2, {lit: {"Property": 2}, watts: {"Property": 2}}),
    ]


async def test_each_kept_decision_leaves_one_audit_line(store: Store, clock: SteppingClock) -> None:
    await create(store, LAMP, BENCH)
    await store.entities.change("demo", [LAMP.id], deleting("lamp:1"), MAYOR)
    await create(store, LAMP, area="east")
    lines = await store.entities.audit("demo")
    assert [(line.number, line.by, line.entities) for line in lines] == [
        (2, MAYOR, (LAMP.id, BENCH.id)),
        (3, MAYOR, (LAMP.id,)),
    ]
    assert lines[0].attributes == tuple(sorted({*LAMP.attributes, *BENCH.attributes}))
    assert lines[0].at < lines[1].at <= clock.at
    assert await store.entities.audit("demo", after=2) == lines[1:]
    assert await store.entities.audit("demo", limit=1) == lines[:1]


async def test_an_entity_that_is_forgotten_and_made_again_at_once_is_new(
    store: Store, clock: SteppingClock
) -> None:
    await create(store, LAMP)
    looked = clock.at
    await asyncio.gather(drop(store, "lamp:1", purge_history=True), create(store, BENCH), create(store, LAMP))
    assert (await store.entities.load("demo", [LAMP.id]))[LAMP.id].entity() == LAMP
    assert [past.version for past in await store.history.past("demo", LAMP.id)] == [1, 1]
    assert (clock.at - looked) // 1_000_000 == 3, "each decision was decided once"


class Odd(msgspec.Struct, frozen=True):
    """Of a number above a least one, whether it is odd: what no index decides."""

    least: int = 0

    @property
    def names(self) -> frozenset[str]:
        return frozenset({TYPE + "watts"})

    def holds(self, one: Entity) -> bool:
        instance = one.first(TYPE + "watts")
        return instance is not None and instance.value % 2 == 1 and instance.value >= self.least


async def test_no_store_looks_further_than_it_may(store: Store) -> None:
    """What an index narrows is answered; where entities are looked at one by one, the limit ends it. (The memory looks at all anyway.)"""
    await create(store, *(entity(f"lamp:{n:02}", watts=n) for n in range(40)))
    seven = Comparison(Path((TYPE + "watts",)), "==", 7)
    found = await store.entities.find("demo", Query(q=seven, test=Odd(), looked_max=5))
    assert [row.id for row in found.rows] == ["urn:ngsi-ld:lamp:07"]
    first = await store.entities.find("demo", Query(test=Odd(), limit=1, looked_max=5))
    assert [row.id for row in first.rows] == ["urn:ngsi-ld:lamp:01"]
    far = Query(test=Odd(30), limit=1, looked_max=20)
    if isinstance(store.entities, MemoryEntities):
        assert [row.id for row in (await store.entities.find("demo", far)).rows] == ["urn:ngsi-ld:lamp:31"]
        return
    with pytest.raises(Problem) as refused:
        await store.entities.find("demo", far)
    assert (refused.value.code, refused.value.field) == ("TooComplexQuery", "filter")
    whole = msgspec.structs.replace(far, looked_max=41)
    assert [row.id for row in (await store.entities.find("demo", whole)).rows] == ["urn:ngsi-ld:lamp:31"]
