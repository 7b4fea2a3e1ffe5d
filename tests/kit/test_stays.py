"""What stood near a place and left is what a plain model says that replays every write, as whoever asks may know of it."""

from __future__ import annotations

import random

import pytest
from test_former import INSIDE, OUTSIDE, PLACE, Bench, at, bench, service

from kaiteki.kit import stays
from kaiteki.kit.stays import DAY_US, Stay, Stays
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.instant import Instant
from kaiteki.model.query import GeoFilter, Query
from kaiteki.ports.entities import By, Change, Decision, Found
from town import CLERK, Town

NEAR = GeoFilter("near", at(INSIDE), PLACE, max_distance_m=30.0)
Told = tuple[str, str, Instant, Instant, bool]


async def told(town: Town, person: Person = NOBODY) -> Stays:
    return await town.city(person).stays(("Bench", "Hut"), NEAR)


def plain(stay: Stay) -> Told:
    return stay.id, stay.seen.name, stay.since, stay.until, stay.gone


@pytest.mark.parametrize("seed", range(4))
async def test_what_stood_there_and_left_is_what_a_replay_says(seed: int) -> None:
    town = Town(service())
    target = LocalTarget(town.store.entities, town.clock, town.area)
    draw, standing, came = random.Random(seed), dict[str, Bench](), dict[str, Instant]()
    expected: list[Told] = []
    for step in range(60):
        town.clock.pass_s(1)
        now = town.clock.now()
        one = bench(draw.randrange(4), f"{step}", draw.choice((INSIDE, OUTSIDE)))
        before = standing.get(one.id)
        is_gone = draw.random() < 0.3
        if is_gone:
            await target.remove([one.id])
            standing.pop(one.id, None)
        else:
            await target.keep([one])
            standing[one.id] = one
        is_near = not is_gone and one.location == at(INSIDE)
        if one.id in came and not is_near and before is not None:
            expected.append((one.id, before.name, came.pop(one.id), now, is_gone))
        elif is_near and one.id not in came:
            came[one.id] = now
    # what came again under an id is found when it was written since
    town.clock.pass_s(1)
    await target.keep(
        [
            bench(int(one.id[-1]), "last", INSIDE if one.location == at(INSIDE) else OUTSIDE)
            for one in standing.values()
        ]
    )
    found = await told(town)
    assert sorted(map(plain, found.rows)) == sorted(expected)
    assert [one.until for one in found.rows] == sorted((one.until for one in found.rows), reverse=True)
    assert found.reach_days == 400


async def test_what_left_is_told_as_its_type_says_and_never_when_it_was_erased() -> None:
    for public_gone, names in ((True, ["海"]), (False, [])):
        town = Town(service(public_gone))
        target = LocalTarget(town.store.entities, town.clock, town.area)
        await target.keep([bench(1, note="loose"), bench(2)])
        town.clock.pass_s(1)
        await target.remove([bench(1).id])
        await town.store.entities.change(
            town.area,
            (bench(2).id,),
            lambda loaded: Decision([Change(loaded[bench(2).id], None, purge_history=True)], None),
            By("admin", "erase"),
        )
        town.clock.pass_s(1)
        assert [(one.seen.name, one.seen.note) for one in (await told(town)).rows] == [
            (one, "") for one in names
        ]
        staff = await told(town, CLERK)
        assert [(one.seen.name, one.seen.note) for one in staff.rows] == [("海", "loose")]
        # (huts do not tell their past, so not all of it is told)
        assert (staff.tells_gone, (await told(town)).tells_gone) == (True, False)


async def test_where_much_was_written_the_answer_reaches_back_less_far_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = Town(service())
    target = LocalTarget(town.store.entities, town.clock, town.area)
    for days in (50, 20, 1):
        await target.keep([bench(days), bench(days + 1)])
        town.clock.pass_s(1)
        await target.remove([bench(days).id])
        town.clock.pass_s(DAY_US / 1_000_000 * (days // 2 + 1))
    found = {limit: await _reach(town, monkeypatch, limit) for limit in (9, 2, 1, 0)}
    assert found == {9: (400, 3), 2: (30, 2), 1: (7, 1), 0: (0, 0)}


async def test_after_a_large_import_it_is_said_that_nothing_was_looked_at_without_reading_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = Town(service())
    await LocalTarget(town.store.entities, town.clock, town.area).keep([bench(one) for one in range(9)])
    monkeypatch.setattr(stays, "WRITTEN_MAX", 8)
    asked: list[Query] = []
    find = town.store.entities.find

    async def told_of(area: str, wanted: Query) -> Found:
        asked.append(wanted)
        return await find(area, wanted)

    monkeypatch.setattr(town.engine.entities, "find", told_of)
    found = await told(town)
    assert (found.reach_days, found.rows, {one.limit for one in asked}) == (0, (), {1})
    monkeypatch.setattr(stays, "WRITTEN_MAX", 9)
    assert (await told(town)).reach_days == 400


async def _reach(town: Town, monkeypatch: pytest.MonkeyPatch, limit: int) -> tuple[int, int]:
    monkeypatch.setattr(stays, "CANDIDATES_MAX", limit)
    found = await told(town)
    return found.reach_days, len(found.rows)
