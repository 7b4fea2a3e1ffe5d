"""Laws of ports.accesses: reads are lines of the log that consumers of events pass by, found by subject and by actor."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from kaiteki.model.instant import Instant
from kaiteki.ports.accesses import ACCESSES_MAX, ENTITIES_MAX, SUBJECTS_MAX, Access, Kept
from kaiteki.ports.entities import By
from kaiteki.ports.events import ERASED
from kaiteki.stores.store import Store
from ports.sample import MAYOR, TYPE, SteppingClock, create, creating, drop, entity, put

ONE, TWO = "urn:ngsi-ld:lamp:1", "urn:ngsi-ld:lamp:2"
CLERK = By("clerk", "desk.read", "福祉課", "welfare.visit", helper="son")


def read(subject: str, by: By = CLERK, area: str = "demo", **other: object) -> Access:
    """A read of the phone numbers of a subject."""
    made = Access(area, by, subject, TYPE + "Lamp", (TYPE + "phone",))
    return msgspec.structs.replace(made, **other)


def told(found: object) -> list[tuple[int, str]]:
    assert isinstance(found, list)
    return [(kept.number, kept.access.subject) for kept in found if isinstance(kept, Kept)]


async def test_an_access_is_found_as_it_was_kept(store: Store, clock: SteppingClock) -> None:
    whole = read("pair-1", count=3, ground="個情法69条2項", entities=(ONE, TWO), review_at=Instant(9))
    await store.accesses.keep([whole, read("pair-2")])
    (kept,) = await store.accesses.of("demo", ["pair-1"])
    assert kept == Kept(1, Instant(clock.at), whole) and kept.review_at == Instant(9)
    (plain,) = await store.accesses.of("demo", ["pair-2"])
    assert plain == Kept(2, kept.at, read("pair-2")) and plain.review_at is None


async def test_accesses_are_found_by_subjects_and_by_actor_newest_first_and_page_by_page(
    store: Store,
) -> None:
    other = By("robot", "export")
    for subject, by in (("a", CLERK), ("b", other), ("a", other), ("c", CLERK), ("b", CLERK)):
        await store.accesses.keep([read(subject, by)])
    await store.accesses.keep([read("a", area="else")])
    accesses = store.accesses
    assert told(await accesses.of("demo", ["a", "b", "a"])) == [(5, "b"), (3, "a"), (2, "b"), (1, "a")]
    assert told(await accesses.of("demo", ["a", "b"], limit=2)) == [(5, "b"), (3, "a")]
    assert told(await accesses.of("demo", ["a", "b"], before=3, limit=2)) == [(2, "b"), (1, "a")]
    assert told(await accesses.by("demo", "clerk")) == [(5, "b"), (4, "c"), (1, "a")]
    assert told(await accesses.by("demo", "clerk", before=4, limit=1)) == [(1, "a")]
    assert told(await accesses.of("else", ["a", "b"])) == [(6, "a")]
    assert told(await accesses.of("demo", [])) == told(await accesses.by("demo", "nobody")) == []


async def test_events_and_accesses_share_their_numbers_and_consumers_meet_events_alone(store: Store) -> None:
    await create(store, entity("lamp:1", watts=40))
    await store.accesses.keep([read("a"), read("b")])
    assert await store.events.last() == 1 and not await store.events.wait(1, timeout_s=0.01)
    await put(store, "lamp:1", "watts", 60, 20)
    await store.accesses.keep([read("a")])
    events = await store.events.read(0)
    assert [(one.number, one.what) for one in events] == [(1, "created"), (4, "modified")]
    assert [one.number for one in await store.events.read(1, 1)] == [4] and await store.events.read(4) == []
    assert await store.events.last() == 4 and await store.events.wait(1, timeout_s=1)
    assert told(await store.accesses.of("demo", ["a", "b"])) == [(5, "a"), (3, "b"), (2, "a")]
    lines = await store.entities.audit("demo")
    assert [(line.number, line.entities) for line in lines] == [(1, (ONE,)), (4, (ONE,))]
    pasts = await store.history.past("demo", ONE, [TYPE + "watts"])
    assert [past.number for past in pasts] == [1, 4]


async def test_writes_and_accesses_that_arrive_together_are_all_kept(store: Store) -> None:
    lamps = [entity(f"lamp:{number}", watts=number) for number in range(20)]
    await asyncio.gather(
        *(create(store, lamp) for lamp in lamps),
        *(store.accesses.keep([read("a", count=number + 1)]) for number in range(20)),
    )
    events = [one.number for one in await store.events.read(0)]
    found = await store.accesses.of("demo", ["a"])
    assert sorted(kept.access.count for kept in found) == list(range(1, 21))
    assert sorted(events + [kept.number for kept in found]) == list(range(1, 41))
    assert len(await store.entities.load("demo", [lamp.id for lamp in lamps])) == 20


async def test_an_erased_entity_is_named_by_no_access_from_before(store: Store) -> None:
    await create(store, entity("lamp:1", watts=40), entity("lamp:2", watts=40))
    await store.accesses.keep([read("a", entities=(ONE, TWO), count=2), read("b", entities=(TWO,))])
    await drop(store, "lamp:1", purge_history=True)
    await create(store, entity("lamp:1", watts=40))
    await store.accesses.keep([read("a", entities=(ONE,))])
    after = [kept.access.entities for kept in await store.accesses.of("demo", ["a", "b"])]
    assert after == [(ONE,), (TWO,), (ERASED, TWO)]


async def test_a_change_names_the_helper_of_who_asked_for_it(store: Store) -> None:
    by = msgspec.structs.replace(MAYOR, helper="daughter")
    new = entity("lamp:1", watts=40)
    await create(store, entity("lamp:2", watts=1))
    await store.entities.change("demo", [new.id], creating(new), by)
    assert [line.by for line in await store.entities.audit("demo")] == [MAYOR, by]
    await drop(store, "lamp:1", purge_history=True)
    assert [line.by for line in await store.entities.audit("demo")] == [MAYOR, by, MAYOR]


async def test_strange_and_long_names_are_kept_as_they_are(store: Store) -> None:
    names = ["", "a\x00b", "🏠" * 5000, "🏠" * 5000 + "!", "'; DROP TABLE aside; --"]
    for name in names:
        await store.accesses.keep([read(name, By(name))])
    for number, name in enumerate(names, 1):
        assert told(await store.accesses.of("demo", [name])) == [(number, name)]
        assert told(await store.accesses.by("demo", name)) == [(number, name)]


async def test_too_much_at_once_is_refused_and_nothing_of_it_kept(store: Store) -> None:
    await store.accesses.keep([])
    with pytest.raises(ValueError, match="together"):
        await store.accesses.keep([read("a")] * (ACCESSES_MAX + 1))
    with pytest.raises(ValueError, match="names more"):
        await store.accesses.keep([read("a"), read("a", entities=(ONE,) * (ENTITIES_MAX + 1))])
    with pytest.raises(ValueError, match="asked for together"):
        await store.accesses.of("demo", ["a"] * (SUBJECTS_MAX + 1))
    assert await store.accesses.of("demo", ["a"]) == []
