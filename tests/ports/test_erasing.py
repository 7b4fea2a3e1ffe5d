"""Laws of erasing: what was erased is nowhere, in no store; what stands beside it is as it was."""

from __future__ import annotations

from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.model.watch.subscription import Endpoint, Subscription, Telling
from kaiteki.ports.entities import Change, Decision, Forgotten
from kaiteki.ports.events import ERASED
from kaiteki.ports.subscriptions import PARCELS_FROM, Delivery, KeptSubscription, Settlement
from kaiteki.stores.store import Store
from ports.sample import MAYOR, TYPE, correct, create, deleting, drop, entity, put

ONE, TWO = "urn:ngsi-ld:lamp:1", "urn:ngsi-ld:lamp:2"


async def lived(store: Store) -> None:
    """Two lamps made by one decision, each changed once; the first had a life before."""
    await create(store, entity("lamp:1", old=1))
    await drop(store, "lamp:1")
    await create(store, entity("lamp:1", watts=40), entity("lamp:2", seats=1))
    await put(store, "lamp:1", "watts", 60, 20)
    await put(store, "lamp:2", "seats", 2, 20)


async def told(store: Store) -> list[tuple[int, str, str, tuple[str, ...]]]:
    events = await store.events.read(0)
    return [(one.number, one.what, one.entity_id, one.attributes) for one in events]


async def test_what_is_erased_is_named_by_the_erasure_alone(store: Store) -> None:
    await lived(store)
    await drop(store, "lamp:1", purge_history=True)
    assert await told(store) == [
        (1, "created", ERASED, ()),
        (2, "deleted", ERASED, ()),
        (3, "created", ERASED, ()),
        (4, "created", TWO, (TYPE + "seats",)),
        (5, "modified", ERASED, ()),
        (6, "modified", TWO, (TYPE + "seats",)),
        (7, "deleted", ONE, (TYPE + "watts",)),
    ]
    lines = await store.entities.audit("demo")
    assert [(one.number, one.entities, one.attributes) for one in lines] == [
        (1, (ERASED,), ()),
        (2, (ERASED,), ()),
        (4, (ERASED, TWO), (TYPE + "seats",)),
        (5, (ERASED,), ()),
        (6, (TWO,), (TYPE + "seats",)),
        (7, (ONE,), (TYPE + "watts",)),
    ]
    assert await store.history.past("demo", ONE) == [] and await store.history.life("demo", ONE) is None
    assert len(await store.history.past("demo", TWO)) == 2
    found = await store.entities.find("demo", Query(total=True))
    assert ([row.id for row in found.rows], found.total) == ([TWO], 1)


async def test_an_id_may_be_used_again_and_begins_anew(store: Store) -> None:
    await lived(store)
    await drop(store, "lamp:1", purge_history=True)
    await create(store, entity("lamp:1", watts=5))
    assert [one.entity_id for one in await store.events.read(7)] == [ONE]
    assert len(await store.history.past("demo", ONE)) == 1


async def test_what_is_gone_already_is_erased_with_its_past(store: Store) -> None:
    await lived(store)
    await drop(store, "lamp:1")
    await correct(store, Forgotten(ONE))
    events = await store.events.read(0)
    assert [one.number for one in events if one.entity_id == ONE] == [8]
    assert events[-1].what == "corrected" and await store.history.life("demo", ONE) is None


async def test_many_are_erased_at_once_in_their_area_alone(store: Store) -> None:
    lamps = [entity(f"lamp:{n}", watts=n) for n in range(12)]
    await create(store, *lamps)
    await create(store, *lamps, area="east")
    ids = [one.id for one in lamps[:10]]
    await store.entities.change(
        "demo",
        ids,
        lambda loaded: Decision([Change(one, None, purge_history=True) for one in loaded.values()], None),
        MAYOR,
    )
    events = await store.events.read(0)
    left = [one.entity_id for one in events if one.area == "demo" and one.what == "created"]
    assert left == [ERASED] * 10 + [one.id for one in lamps[10:]]
    assert [one.entity_id for one in events if one.area == "east"] == [one.id for one in lamps]


async def test_what_is_owed_of_it_goes_too(store: Store) -> None:
    await lived(store)
    one = Subscription("urn:ngsi-ld:Subscription:1", Telling(Endpoint("http://receiver.example")))
    await store.subscriptions.put(KeptSubscription("demo", "mayor", one))
    owed = [
        Delivery("demo", one.id, number, entity_id, Instant(0), parcel=told)
        for number, entity_id, told in (
            (5, ONE, b""),
            (6, TWO, b""),
            (PARCELS_FROM + 5, ONE, b"watts"),
            (PARCELS_FROM + 6, TWO, b"watts"),
        )
    ]
    await store.subscriptions.settle(Settlement(owed=owed))
    await store.entities.change("demo", [ONE], deleting("lamp:1", purge_history=True), MAYOR)
    assert [one.number for one in await store.subscriptions.owed(("demo", one.id))] == [6, PARCELS_FROM + 6]
