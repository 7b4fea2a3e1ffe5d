"""Laws of ports.subscriptions: kept, listed in order, settled whole, owed until done; and what events are witnessed."""

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.model.language.q import parse_q
from kaiteki.model.query import GeoFilter, Selector, TypeAny, TypeIs
from kaiteki.model.watch.document import Standing
from kaiteki.model.watch.subscription import Endpoint, Subscription, Telling, Terms
from kaiteki.ports.subscriptions import PARCELS_FROM, Backlog, Delivery, KeptSubscription, Settlement
from kaiteki.stores.store import Store
from ports.sample import TYPE, create, drop, entity, put

TELLING = Telling(Endpoint("https://example.org/n", receiver_info=(("X-Key", "k"),)))
WHOLE = Subscription(
    id="urn:s:1",
    telling=msgspec.structs.replace(TELLING, attributes=(TYPE + "watts",), show_changes=True),
    selectors=(
        Selector(TypeAny((TypeIs("a"), TypeIs("b"))), ids=("urn:x",)),
        Selector(None, id_pattern="^urn"),
    ),
    watched=(TYPE + "watts",),
    triggers=("entityCreated", "attributeDeleted"),
    q=parse_q('watts==1..3,7;name~="x"|seen==2026-01-01T00:00:00Z', lambda name: name),
    q_text="q",
    geo=GeoFilter("near", {"type": "Point", "coordinates": [140, 35]}, "location", max_distance_m=5.0),
    geo_document={"georel": "near;maxDistance==5", "geometry": "Point", "coordinates": [140, 35]},
    throttling_s=1.5,
    expires_at=Instant(9),
    context=["https://example.org/c", {"x": "urn:x"}],
    terms=Terms("reports.forward", frozenset({"staff", "anyone"}), frozenset({"road"})),
)
KEPT = KeptSubscription("demo", "anna", WHOLE, 7, Standing(1, 0, Instant(5), Instant(5)))


def owed(number: int, subscription_id: str = "urn:s:1", **more: object) -> Delivery:
    return msgspec.structs.replace(
        Delivery("demo", subscription_id, number, f"urn:e:{number}", Instant(1)), **more
    )


async def test_a_subscription_comes_back_whole(store: Store) -> None:
    await store.subscriptions.put(KEPT)
    assert await store.subscriptions.list() == [KEPT]


async def test_subscriptions_are_listed_by_area_and_id_and_replaced(store: Store) -> None:
    rows = [
        KeptSubscription(area, "anna", Subscription(one, TELLING))
        for area, one in (("demo", "urn:s:2"), ("chiba", "urn:s:9"), ("demo", "urn:s:1"))
    ]
    for row in rows:
        await store.subscriptions.put(row)
    changed = msgspec.structs.replace(rows[0], since=3)
    await store.subscriptions.put(changed)
    assert await store.subscriptions.list() == [rows[1], rows[2], changed]
    assert await store.subscriptions.list(("demo", "urn:s:1")) == [changed]
    assert await store.subscriptions.list(limit=1) == [rows[1]]


async def test_a_settlement_is_kept_whole(store: Store) -> None:
    await store.subscriptions.put(KEPT)
    standing = Standing(2, 1, Instant(8), Instant(5), Instant(8))
    await store.subscriptions.settle(
        Settlement(
            ("n", 12), [owed(3), owed(2), owed(9)], [], {KEPT.key: standing, ("demo", "gone"): standing}
        )
    )
    assert await store.events.cursor("n") == 12
    assert await store.subscriptions.list() == [msgspec.structs.replace(KEPT, standing=standing)]
    assert await store.subscriptions.owed(KEPT.key) == [owed(2), owed(3), owed(9)]
    assert await store.subscriptions.owed(KEPT.key, after=2, limit=1) == [owed(3)]


async def test_what_is_done_is_owed_no_more_and_the_newer_state_counts(store: Store) -> None:
    await store.subscriptions.put(KEPT)
    await store.subscriptions.settle(Settlement(owed=[owed(1), owed(2), owed(3)]))
    dead = owed(3, attempts=4, reason="410", dead=True)
    await store.subscriptions.settle(Settlement(owed=[owed(2, attempts=1), dead], done=[owed(1).key]))
    assert await store.subscriptions.owed(KEPT.key) == [owed(2, attempts=1)]
    assert await store.subscriptions.owed(KEPT.key, dead=True) == [dead]
    assert await store.subscriptions.backlogs() == [Backlog("demo", "urn:s:1", 1, 1)]
    await store.subscriptions.settle(Settlement(owed=[msgspec.structs.replace(dead, dead=False)]))
    assert await store.subscriptions.owed(KEPT.key, dead=True) == []
    assert await store.subscriptions.backlogs() == [Backlog("demo", "urn:s:1", 2, 0)]


async def test_what_is_owed_goes_with_its_subscription(store: Store) -> None:
    await store.subscriptions.put(KEPT)
    await store.subscriptions.settle(Settlement(owed=[owed(1), owed(2, "urn:s:unknown")]))
    assert await store.subscriptions.backlogs() == [Backlog("demo", "urn:s:1", 1, 0)]
    assert await store.subscriptions.remove(KEPT.key) is True
    assert await store.subscriptions.remove(KEPT.key) is False
    assert (await store.subscriptions.list(), await store.subscriptions.backlogs()) == ([], [])


async def test_a_parcel_is_kept_with_what_it_tells_until_it_is_done(store: Store) -> None:
    await store.subscriptions.put(KEPT)
    first, second = (owed(PARCELS_FROM + number, parcel=b"told %d" % number) for number in (1, 2))
    nobody = owed(PARCELS_FROM + 3, "urn:s:unknown", parcel=b"told")
    await store.subscriptions.settle(Settlement(owed=[owed(1), first, second, nobody]))
    assert await store.subscriptions.owed(KEPT.key) == [owed(1), first, second]
    dead = msgspec.structs.replace(first, attempts=3, reason="410", dead=True)
    await store.subscriptions.settle(Settlement(owed=[dead], done=[second.key]))
    assert await store.subscriptions.owed(KEPT.key) == [owed(1)]
    assert await store.subscriptions.owed(KEPT.key, dead=True) == [dead]
    # a new one with an old number has nothing of the old one
    await store.subscriptions.settle(Settlement(owed=[msgspec.structs.replace(second, parcel=b"")]))
    assert [one.parcel for one in await store.subscriptions.owed(KEPT.key, after=1)] == [b""]
    await store.subscriptions.remove(KEPT.key)
    await store.subscriptions.put(KEPT)
    await store.subscriptions.settle(Settlement(owed=[msgspec.structs.replace(first, parcel=b"")]))
    assert [one.parcel for one in await store.subscriptions.owed(KEPT.key)] == [b""]


async def test_changes_of_this_process_are_witnessed_once_somebody_asks(store: Store) -> None:
    await create(store, entity("lamp:0"))
    assert store.events.witnessed(1) is None
    await create(store, entity("lamp:1", watts=1), entity("lamp:2"))
    await put(store, "lamp:1", "watts", 2, 20)
    await drop(store, "lamp:1")
    changes = [store.events.witnessed(number) for number in (1, 2, 3, 4, 5, 6)]
    assert [
        change and (change.before and change.before.version, change.after and change.after.version)
        for change in changes
    ] == [None, (None, 1), (None, 1), (1, 2), (2, None), None]
    assert [(event.number, event.version) for event in await store.events.read(0)] == [
        (1, 1),
        (2, 1),
        (3, 1),
        (4, 2),
        (5, 3),
    ]
