"""The past of a type is what a plain model says that replays every write: of a day, within a window, as whoever asks may know of it."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from kaiteki.kit import former
from kaiteki.kit.city import CityOf
from kaiteki.kit.former import Formers, Wish, before
from kaiteki.kit.manifest import EVERYTHING, EntityType, Service
from kaiteki.kit.views import Location, attribute
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.decision import Refused
from kaiteki.model.instant import Instant
from kaiteki.model.query import GeoFilter, Query
from kaiteki.model.words import Words
from kaiteki.ports.entities import By, Change, Decision
from town import CLERK, Town


class Bench(msgspec.Struct, frozen=True):
    """A bench whose past is public, and the note on which is for staff."""

    id: str
    name: str = ""
    note: str = ""
    location: Location | None = None


class Hut(msgspec.Struct, frozen=True):
    """A hut that stands in public, and where it stood before is told to nobody."""

    id: str
    name: str = ""
    location: Location | None = None


def service(public_gone: bool = True) -> Service:
    bench = EntityType(
        name="Bench",
        view=Bench,
        words=Words("ベンチ", "Bench"),
        public=("name", "location"),
        raw=EVERYTHING,
        public_gone=public_gone,
    )
    hut = EntityType(
        name="Hut",
        view=Hut,
        words=Words("小屋", "Hut"),
        public=("name", "location"),
        public_past=("name",),
        raw=EVERYTHING,
    )
    words = Words("ベンチ", "Benches")
    return Service(
        name="benches",
        words=words,
        summary=words,
        field="town",
        stage="lab",
        package="kaiteki.services.opendata",
        types=(bench, hut),
    )


PLACE = attribute(Bench, "location")
RING = [[140.0, 35.0], [140.1, 35.0], [140.1, 35.1], [140.0, 35.1], [140.0, 35.0]]
WINDOW = GeoFilter("intersects", {"type": "Polygon", "coordinates": [RING]}, PLACE)
INSIDE, OUTSIDE = (140.05, 35.05), (140.5, 35.5)


def at(place: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(place)}


def bench(n: int, name: str = "海", place: tuple[float, float] = INSIDE, note: str = "") -> Bench:
    return Bench(f"urn:ngsi-ld:Bench:{n}", name, note, at(place))


def in_window(state: Bench) -> bool:
    return state.location is not None and tuple(state.location["coordinates"]) == INSIDE


async def told(city: CityOf, *moments: Instant, kind: str = "Bench") -> Formers:
    found = await city.formers(kind, Wish(moments, WINDOW, (PLACE,)))
    assert isinstance(found, Formers)
    return found


async def of_a_moment(city: CityOf, moment: Instant) -> dict[str, Bench]:
    """What stood in the window: what was not written since, and what was."""
    same = await city.find(Bench, Query(geo=WINDOW, q=before(moment), limit=100))
    standing = {one.id: one for one in same.items}
    for row in (await told(city, moment)).rows:
        state = row.states[0]
        standing.pop(row.id, None)
        if state is not None and in_window(state):
            standing[row.id] = state
    return standing


@pytest.mark.parametrize("seed", range(4))
async def test_the_past_of_a_moment_is_what_a_replay_of_all_writes_says(seed: int) -> None:
    town = Town(service())
    target = LocalTarget(town.store.entities, town.clock, town.area)
    draw, model = random.Random(seed), dict[str, Bench]()
    kept: list[tuple[Instant, dict[str, Bench]]] = []
    for step in range(60):
        town.clock.pass_s(1)
        if step % 6 == 0:
            kept.append((town.clock.now(), dict(model)))
        one = bench(draw.randrange(6), draw.choice("海山川"), draw.choice((INSIDE, OUTSIDE)))
        if draw.random() < 0.3:
            await target.remove([one.id])
            model.pop(one.id, None)
        else:
            await target.keep([one])
            model[one.id] = one
    town.clock.pass_s(1)
    kept.append((town.clock.now(), dict(model)))
    city = town.city()
    for moment, then in kept:
        assert await of_a_moment(city, moment) == {one.id: one for one in then.values() if in_window(one)}
    # two moments at once are each what one of them is alone
    (first, before_it), (second, after_it) = kept[2], kept[7]
    for row in (await told(city, first, second)).rows:
        assert row.states == (before_it.get(row.id), after_it.get(row.id))
        assert row.gone == (row.id not in model)


async def kept_and_removed(town: Town) -> Instant:
    """A bench that stays and changes, and one that goes; the moment before both."""
    target = LocalTarget(town.store.entities, town.clock, town.area)
    await target.keep([bench(1, note="loose"), bench(2, note="paint")])
    town.clock.pass_s(1)
    since = town.clock.now()
    await target.keep([bench(1, "山", note="mended")])
    await target.remove([bench(2).id])
    town.clock.pass_s(1)
    return since


async def names(town: Town, since: Instant, person: Person = NOBODY) -> dict[str, tuple[str, str]]:
    rows = (await told(town.city(person), since)).rows
    return {row.id[-1]: (row.states[0].name, row.states[0].note) for row in rows if row.states[0] is not None}


async def test_nobody_learns_more_of_the_past_than_of_the_present() -> None:
    town = Town(service())
    since = await kept_and_removed(town)
    assert await names(town, since) == {"1": ("海", ""), "2": ("海", "")}
    assert await names(town, since, CLERK) == {"1": ("海", "loose"), "2": ("海", "paint")}


async def test_what_is_gone_is_told_as_its_type_says() -> None:
    town = Town(service(public_gone=False))
    since = await kept_and_removed(town)
    assert await names(town, since) == {"1": ("海", "")}
    assert not (await told(town.city(), since)).tells_gone
    assert await names(town, since, CLERK) == {"1": ("海", "loose"), "2": ("海", "paint")}


async def test_what_was_erased_with_its_past_is_told_by_nobody() -> None:
    town = Town(service())
    target = LocalTarget(town.store.entities, town.clock, town.area)
    await target.keep([bench(1)])
    town.clock.pass_s(1)
    since = town.clock.now()
    await town.store.entities.change(
        town.area,
        (bench(1).id,),
        lambda loaded: Decision([Change(loaded[bench(1).id], None, purge_history=True)], None),
        By("admin", "erase"),
    )
    town.clock.pass_s(1)
    for person in (NOBODY, CLERK):
        assert (await told(town.city(person), since)).rows == []


async def test_a_past_that_is_not_public_is_refused_and_never_the_present_instead() -> None:
    town = Town(service())
    wish = Wish((town.clock.now(),), WINDOW, (PLACE,))
    assert await town.city().formers("Hut", wish) == Refused("no_past")
    assert await town.city().formers("None", wish) == Refused("no_past")
    assert isinstance(await town.city(CLERK).formers("Hut", wish), Formers)


async def test_too_much_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town(service())
    since = town.clock.now()
    town.clock.pass_s(1)
    target = LocalTarget(town.store.entities, town.clock, town.area)
    await target.keep([bench(n) for n in range(5)] + [bench(9, place=OUTSIDE)])
    town.clock.pass_s(1)
    wish = Wish((since, town.clock.now()), WINDOW, (PLACE,))
    monkeypatch.setattr(former, "COMPARED_MAX", 4)
    assert await town.city().formers("Bench", wish) == Refused("too_much_here")
    monkeypatch.setattr(former, "COMPARED_MAX", 5)
    found = await town.city().formers("Bench", wish)
    assert isinstance(found, Formers)
    assert (len(found.rows), found.asked) == (5, 6)
    wish = msgspec.structs.replace(wish, written_max=5)
    assert await town.city().formers("Bench", wish) == Refused("too_much_written")


async def test_the_record_begins_with_the_first_write() -> None:
    town = Town(service())
    assert await town.city().recorded_since() is None
    first = town.clock.now()
    await LocalTarget(town.store.entities, town.clock, town.area).keep([bench(1)])
    town.clock.pass_s(9)
    await LocalTarget(town.store.entities, town.clock, town.area).keep([bench(2)])
    assert await town.city().recorded_since() == first
