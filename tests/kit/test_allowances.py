"""A number of deeds in somebody's name is never exceeded, whoever asks at once; what is refused or sent twice counts nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from every_store import STORES, WHOLE
from kaiteki.kit.allowances import USED_UP, is_used_up, left, period_of
from kaiteki.kit.engine import Asking
from kaiteki.main.cities import load_service_settings
from kaiteki.model.access import Allowance, Period, Person
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.services.reports.manifest import service as reports
from kaiteki.services.reports.settings import Settings
from town import RESIDENT_A, Town

DAY_S = 86_400
AT_ONCE = 8
FORM: dict[str, Any] = {
    "category": "park",
    "description": "ベンチの板が割れている",
    "latitude": 35.358,
    "longitude": 141.05,
    "address": "桜木公園",
}


def reports_town() -> Town:
    """まちレポ of the sample area."""
    return Town(reports, settings={"reports": load_service_settings("demo", "reports", Settings)})


@pytest.fixture(params=WHOLE)
async def town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    made = reports_town()
    made.store = await STORES[request.param].open(tmp_path, made.clock)
    made.engine.entities = made.store.entities
    yield made
    await made.store.entities.close()


def helper(*allowances: Allowance) -> Person:
    """Somebody in the name of a resident, by these mandates."""
    covers = frozenset(cover for one in allowances for cover in one.covers)
    return msgspec.structs.replace(RESIDENT_A, helper="h", mandate=covers, allowances=allowances)


def allowance(times: int, period: Period = "day", name: str = "mnd-1", *covers: str) -> Allowance:
    return Allowance(name, frozenset(covers or ("reports.*",)), times, period)


async def rest(town: Town, one: Allowance) -> int:
    told = await left(
        town.engine.entities, town.area, [(one.mandate, one.times, one.period)], town.clock.now()
    )
    return told[one.mandate]


async def submit(town: Town, person: Person, key: str | None = None) -> str:
    """What becomes of a report: `done`, or why not."""
    said = await town.run("reports.submit", FORM, person, key)
    if isinstance(said, Accepted):
        return "done"
    return " ".join((said.code, *(one.code for one in said.faults)))


async def test_however_many_ask_at_once_no_more_than_the_number_is_done(town: Town) -> None:
    three = allowance(3)
    said = await asyncio.gather(*(submit(town, helper(three)) for _ in range(AT_ONCE)))
    assert sorted(said) == ["done"] * 3 + [f"too_many {USED_UP}"] * (AT_ONCE - 3)
    assert await rest(town, three) == 0
    assert await submit(town, RESIDENT_A) == "done", "the person does it as ever"


async def test_what_is_refused_or_sent_twice_or_only_prepared_counts_nothing(town: Town) -> None:
    one = allowance(1)
    person = helper(one)
    wrong = await town.run("reports.submit", {**FORM, "category": "none"}, person)
    assert isinstance(wrong, Refused) and await rest(town, one) == 1
    draft = await town.run("reports.save_draft", {"draft": {"description": "ベンチ"}}, person)
    assert isinstance(draft, Accepted) and await rest(town, one) == 1
    assert await submit(town, person, "key") == "done"
    assert await submit(town, person, "key") == "done", "the same once more is the same"
    assert await submit(town, person) == f"too_many {USED_UP}"


@pytest.mark.parametrize(("period", "days"), [("day", 1), ("week", 7), ("month", 30), ("whole", None)])
async def test_a_new_period_begins_anew_and_the_whole_time_never(period: Period, days: int | None) -> None:
    town = reports_town()
    one = allowance(1, period)
    assert await submit(town, helper(one)) == "done"
    assert await submit(town, helper(one)) == f"too_many {USED_UP}"
    for _ in range(days or 300):
        assert await rest(town, one) == 0
        town.clock.pass_s(DAY_S)
        if period_of(period, town.clock.now()) != period_of(
            period, Instant(town.clock.now() - DAY_S * 10**6)
        ):
            break
    assert await rest(town, one) == (1 if days else 0)
    assert await submit(town, helper(one)) == ("done" if days else f"too_many {USED_UP}")


async def test_the_first_mandate_of_which_something_is_left_counts_and_one_without_a_number_counts_nothing() -> (
    None
):
    town = reports_town()
    first, second = allowance(1), allowance(1, "day", "mnd-2")
    seeing, other = allowance(1, "day", "mnd-3", "reports.see"), allowance(9, "day", "mnd-4", "trust.*")
    both = helper(first, second, seeing, other)
    now = town.clock.now()
    assert not await is_used_up(town.engine.entities, town.area, both, "reports", now)
    assert [await submit(town, both) for _ in range(3)] == ["done", "done", f"too_many {USED_UP}"]
    assert [await rest(town, one) for one in (first, second, seeing, other)] == [0, 0, 1, 9]
    assert await is_used_up(town.engine.entities, town.area, both, "reports", now)
    assert not await is_used_up(town.engine.entities, town.area, both, "trust", now)
    free = helper(first, allowance(0, "day", "mnd-5"))
    assert await submit(town, free) == "done"
    assert not await is_used_up(town.engine.entities, town.area, free, "reports", now)
    assert await submit(town, msgspec.structs.replace(free, allowances=())) == "done"


def test_days_weeks_and_months_are_those_of_japan() -> None:
    night = parse_instant("2026-11-30T15:30:00Z")
    assert night is not None
    periods: tuple[Period, ...] = ("day", "week", "month", "whole")
    assert [period_of(one, night) for one in periods] == ["2026-12-01", "2026-W49", "2026-12", ""]


async def test_what_is_counted_stands_with_the_deed_in_one_change() -> None:
    town = reports_town()
    person = helper(allowance(5))
    await town.engine.run("reports.submit", FORM, Asking(town.area, person))
    rows = await town.engine.entities.load(town.area, ["urn:ngsi-ld:MandateUse:mnd-1"])
    assert len(rows) == 1
