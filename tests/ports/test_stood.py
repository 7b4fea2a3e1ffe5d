"""Laws of History.stood: what is put back of a moment is what stood then, however much was written since."""

from __future__ import annotations

import random
from collections.abc import Mapping

import msgspec
import pytest

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.ports.entities import By, Change, Decision, Told
from kaiteki.stores.store import Store
from ports.sample import TYPE, SteppingClock, correct, create, drop, entity, observe, put

NAMES = ("watts", "colour", "lit")
IDS = tuple(f"urn:ngsi-ld:lamp:{n}" for n in range(5))
Standing = dict[str, dict[str, object]]


def values(found: Mapping[str, Mapping[str, Instance]]) -> Standing:
    return {
        entity_id: {name.removeprefix(TYPE): one.value for name, one in attributes.items()}
        for entity_id, attributes in found.items()
    }


async def write(store: Store, entity_id: str, wanted: dict[str, object], at: int) -> None:
    """Put these attributes in the place of all of an entity; nothing: delete it."""

    def decide(loaded: Mapping[str, Entity]) -> Decision[str]:
        before = loaded.get(entity_id)
        if not wanted:
            return Decision([Change(before, None)] if before is not None else [], "")
        fresh = entity(entity_id.removeprefix("urn:ngsi-ld:"), "Lamp", at, **wanted)
        if before is None:
            return Decision([Change(None, fresh)], "")
        kept = {
            name: before.attributes[name]
            if name in before.attributes and before.attributes[name][0].value == instances[0].value
            else instances
            for name, instances in fresh.attributes.items()
        }
        after = msgspec.structs.replace(
            before, attributes=kept, modified_at=Instant(at), version=before.version + 1
        )
        return Decision([] if kept == before.attributes else [Change(before, after)], "")

    await store.entities.change("demo", [entity_id], decide, By())


@pytest.mark.parametrize("seed", range(3))
async def test_what_stood_is_what_a_plain_replay_says(store: Store, clock: SteppingClock, seed: int) -> None:
    draw = random.Random(seed)
    model: Standing = {}
    moments: list[tuple[Instant, Standing]] = []
    for step in range(60):
        now = clock.now()
        if step % 5 == 0:
            moments.append((now, {one: dict(stood) for one, stood in model.items()}))
        entity_id = draw.choice(IDS)
        if draw.random() < 0.25:
            wanted: dict[str, object] = {}
            model.pop(entity_id, None)
        else:
            wanted = {name: draw.randrange(3) for name in NAMES if draw.random() < 0.7} or {"lit": 1}
            model[entity_id] = dict(wanted)
        await write(store, entity_id, wanted, clock.now())
    moments.append((clock.now(), model))
    for moment, expected in moments:
        assert values(await store.history.stood("demo", IDS, moment)) == expected
        some = {one: {"watts": stood["watts"]} for one, stood in expected.items() if "watts" in stood}
        assert values(await store.history.stood("demo", IDS, moment, [TYPE + "watts"])) == some


async def test_what_was_told_of_the_past_alone_never_stood(store: Store) -> None:
    await create(store, entity("lamp:1", at=10, watts=40))
    await put(store, "lamp:1", "watts", 60, 20)
    untrue = Instance("Property", 99, observed_at=Instant(1))
    await correct(store, Told(IDS[1], (TYPE + "Lamp",), ((TYPE + "watts", untrue),)))
    await correct(store, Told(IDS[2], (TYPE + "Lamp",), ((TYPE + "watts", untrue),)))
    later = Instant(2**60)
    assert values(await store.history.stood("demo", IDS, later)) == {IDS[1]: {"watts": 60}}
    assert values(await store.history.stood("demo", IDS, Instant(20))) == {IDS[1]: {"watts": 40}}
    assert await store.history.stood("demo", IDS, Instant(10)) == {}
    assert await store.history.stood("nowhere", IDS, later) == {}


async def test_instances_with_a_dataset_id_are_not_told(store: Store) -> None:
    second = Instance("Property", 2, dataset_id="urn:b")
    await create(store, entity("lamp:1", at=10, watts=second, lit=True))
    assert values(await store.history.stood("demo", IDS, Instant(11))) == {IDS[1]: {"lit": True}}


async def test_what_was_erased_comes_back_on_no_day(store: Store) -> None:
    await create(store, entity("lamp:1", at=10, watts=40))
    await put(store, "lamp:1", "watts", 60, 20)
    await drop(store, "lamp:1", purge_history=True)
    for moment in (11, 21, 2**60):
        assert await store.history.stood("demo", IDS, Instant(moment)) == {}


async def test_measurements_in_blocks_stand_like_others(store: Store) -> None:
    await create(store, entity("lamp:1", at=1, lit=True))
    for n in range(2, 60):
        await observe(store, n * 1.5, n * 1000, n)
    for moment in (3, 4, 17, 59, 60, 1000):
        expected = {"lit": True, "watts": min(moment - 1, 59) * 1.5}
        assert values(await store.history.stood("demo", IDS, Instant(moment))) == {IDS[1]: expected}
