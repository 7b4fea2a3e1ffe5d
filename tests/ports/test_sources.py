"""Laws of ports.sources: registrations come back whole, are listed in order, and keep how asking them went."""

import msgspec

from kaiteki.model.entity import Instance
from kaiteki.model.instant import Instant
from kaiteki.model.sources.registration import (
    EntityInfo,
    Information,
    Management,
    Registration,
    SourceStanding,
    Stretch,
)
from kaiteki.ports.sources import KeptSource
from kaiteki.stores.store import Store
from ports.sample import TYPE

WHOLE = Registration(
    id="urn:r:1",
    endpoint="https://example.org/broker",
    information=(
        Information(
            (
                EntityInfo((TYPE + "Lamp",), id_pattern="^urn"),
                EntityInfo((TYPE + "A", TYPE + "B"), id="urn:x:1"),
            ),
            (TYPE + "watts",),
            (TYPE + "of",),
        ),
        Information(properties=(TYPE + "level",)),
    ),
    said_mode="redirect",
    operations=("retrieveOps", "createEntity"),
    name="the neighbours",
    tenant="kashiwa",
    alias="neighbour-1",
    source_info=(("Authorization", "Bearer x"),),
    dataset_ids=("@none", "urn:d:1"),
    scopes=("/a/b",),
    places={"location": {"type": "Point", "coordinates": [140.1, 35.6]}},
    observed=Stretch(Instant(1), Instant(2)),
    managed=Stretch(Instant(1)),
    refresh_rate="PT5M",
    management=Management(True, "PT1M", 3000.0, 5000.0),
    expires_at=Instant(9),
    properties={TYPE + "kind": (Instance("Property", "sensor"),)},
    created_at=Instant(3),
    modified_at=Instant(4),
)
KEPT = KeptSource("demo", "anna", WHOLE, SourceStanding(2, 1, Instant(5), Instant(6), "it was silent"))


async def test_a_registration_comes_back_whole(store: Store) -> None:
    await store.sources.put(KEPT)
    assert await store.sources.list() == [KEPT]


async def test_registrations_are_listed_by_area_and_id_replaced_and_removed(store: Store) -> None:
    rows = [
        KeptSource(area, "anna", msgspec.structs.replace(WHOLE, id=one))
        for area, one in (("demo", "urn:r:2"), ("chiba", "urn:r:9"), ("demo", "urn:r:1"))
    ]
    for row in rows:
        await store.sources.put(row)
    changed = msgspec.structs.replace(rows[0], owner="ben")
    await store.sources.put(changed)
    assert await store.sources.list() == [rows[1], rows[2], changed]
    assert await store.sources.list(("demo", "urn:r:1")) == [changed]
    assert await store.sources.list(limit=1) == [rows[1]]
    assert await store.sources.remove(changed.key) is True
    assert await store.sources.remove(changed.key) is False
    assert await store.sources.list() == [rows[1], rows[2]]


async def test_how_asking_went_is_kept_and_what_is_gone_is_passed_over(store: Store) -> None:
    await store.sources.put(KEPT)
    standing = SourceStanding(3, 1, Instant(8), Instant(6))
    await store.sources.note({KEPT.key: standing, ("demo", "urn:r:gone"): standing})
    await store.sources.note({})
    assert await store.sources.list() == [msgspec.structs.replace(KEPT, standing=standing)]
