"""Laws of city points: caps and budgets hold, of many at once one succeeds, taking back is a transfer, what is over expires."""

from __future__ import annotations

import asyncio

from points_town import DAY_S, a_town

from kaiteki.kit.jobs import Jobs
from kaiteki.kit.messages import Letter
from kaiteki.kit.purses import Account, Transfer, digits_of, last_day, number_of
from kaiteki.kit.views import where
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.query import Query
from kaiteki.services.earning.model import Campaign, Review
from town import BOSS, CLERK, MORNING, RESIDENT_A, RESIDENT_B, Town


async def sums(town: Town) -> tuple[int, int, int]:
    """What accounts hold, what budgets hold, what the books hold: the last as transfers say it."""
    city = town.city(BOSS)
    accounts = (await city.find(Account, Query(limit=1000))).items
    campaigns = (await city.find(Campaign, Query(limit=1000))).items
    transfers = (await city.find(Transfer, Query(limit=1000))).items
    for one in accounts:
        assert one.balance == sum(lot.amount for lot in one.lots)
        assert one.balance == sum(row.amount for row in transfers if row.account == one.id)
    for one in campaigns:
        own = sum(row.amount for row in transfers if row.account == one.id)
        assert one.left == own - sum(row.amount for row in transfers if row.book == one.id)
    books = -sum(row.amount for row in transfers if row.book.startswith("book:"))
    return sum(one.balance for one in accounts), sum(one.left for one in campaigns), books


async def codes(town: Town, form: dict[str, str]) -> list[str]:
    """What four grants of one day come to."""
    done = [await town.run("points.grant", form, CLERK) for _ in range(4)]
    return [one.faults[0].code if isinstance(one, Refused) else "" for one in done]


async def test_caps_of_the_day_and_of_a_person_hold() -> None:
    town, campaign, number = await a_town()
    form = {"campaign": campaign, "number": number}
    assert await codes(town, form) == ["", "", "day_cap", "day_cap"]
    town.clock.pass_s(DAY_S)
    assert await codes(town, form) == ["", "", "day_cap", "day_cap"]
    town.clock.pass_s(DAY_S)
    assert await codes(town, form) == ["person_cap"] * 4
    assert await sums(town) == (200, 800, -1000)


async def test_a_grant_is_made_once_for_its_key_and_only_by_staff_for_a_number_that_is_one() -> None:
    town, campaign, number = await a_town()
    form = {"campaign": campaign, "number": f"{number[:4]} {number[4:]}"}
    first = await town.run("points.grant", form, CLERK, key="k")
    again = [await town.run("points.grant", form, CLERK, key="k") for _ in range(2)]
    assert (
        isinstance(first, Accepted)
        and [one.answer for one in again if isinstance(one, Accepted)] == [first.answer] * 2
    )
    assert await town.run("points.grant", form, RESIDENT_A) == Refused("not_allowed")
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    refused = await town.run("points.grant", {**form, "number": wrong}, CLERK)
    assert isinstance(refused, Refused) and refused.faults[0].code == "no_account"
    assert await sums(town) == (50, 950, -1000)


async def test_of_100_at_once_as_many_succeed_as_the_budget_has() -> None:
    town, campaign, number = await a_town(budget=50, day_max=10_000, person_max=10_000)
    form = {"campaign": campaign, "number": number}
    done = await asyncio.gather(*(town.run("points.grant", form, CLERK) for _ in range(100)))
    assert sum(isinstance(one, Accepted) for one in done) == 1
    assert await sums(town) == (50, 0, -50)


async def test_what_is_taken_back_is_a_transfer_of_its_own_once_and_the_person_hears_why() -> None:
    town, campaign, number = await a_town()
    given = await town.run("points.grant", {"campaign": campaign, "number": number}, CLERK)
    assert isinstance(given, Accepted)
    account = f"urn:ngsi-ld:PointAccount:{number}"
    form = {
        "id": given.answer["id"],
        "point_account": account,
        "campaign": campaign,
        "why": "別の人の番号でした",
    }
    assert await town.run("points.take_back", form, RESIDENT_A) == Refused("not_allowed")
    assert isinstance(await town.run("points.take_back", form, CLERK), Accepted)
    assert await town.run("points.take_back", form, CLERK) == Refused("conflict")
    transfers = (await town.city(RESIDENT_A).find(Transfer, Query(limit=10))).items
    assert sorted((one.kind, one.amount) for one in transfers) == [("grant", 50), ("reversal", -50)]
    (letter,) = (await town.city(RESIDENT_A).find(Letter, Query(q=where(Letter, "to", "==", "a")))).items
    assert "別の人の番号でした" in letter.body.ja
    assert await sums(town) == (0, 1000, -1000)


async def test_what_is_over_expires_by_a_transfer_and_what_is_not_stays() -> None:
    town, campaign, number = await a_town(ends="2030-03-31", person_max=10_000)
    form = {"campaign": campaign, "number": number}
    assert isinstance(await town.run("points.grant", form, CLERK), Accepted)
    town.clock.pass_s(40 * DAY_S)
    assert isinstance(await town.run("points.grant", form, CLERK), Accepted)
    jobs = Jobs(town.engine)
    await jobs.run_due()
    assert await sums(town) == (100, 900, -1000)
    town.clock.pass_s(705 * DAY_S)
    await jobs.run_due()
    assert await sums(town) == (50, 900, -950)
    town.clock.pass_s(100 * DAY_S)
    await jobs.run_due()
    await jobs.run_due()
    assert await sums(town) == (0, 900, -900)


async def test_what_is_implausible_waits_for_staff_and_is_cleared_once() -> None:
    town, campaign, number = await a_town(amount=1, day_max=100)
    form = {"campaign": campaign, "number": number}
    for _ in range(6):
        assert isinstance(await town.run("points.grant", form, CLERK), Accepted)
    (review,) = (await town.city(CLERK).find(Review, Query())).items
    assert (review.sign, review.status) == ("often", "open")
    assert (await town.city(RESIDENT_A).find(Review, Query())).items == ()
    assert isinstance(await town.run("points.clear", {"id": review.id}, CLERK), Accepted)
    assert await town.run("points.clear", {"id": review.id}, CLERK) == Refused("conflict")


async def test_nobody_sees_the_points_of_another_one() -> None:
    town, campaign, number = await a_town()
    await town.run("points.grant", {"campaign": campaign, "number": number}, CLERK)
    for view in (Account, Transfer):
        assert (await town.city(RESIDENT_B).find(view, Query())).items == ()
        assert (await town.city().find(view, Query())).items == ()
    seen = (await town.city().find(Campaign, Query())).items
    assert [one.name.en for one in seen] == ["Beach cleaning"]


def test_a_number_checks_itself() -> None:
    for holder in ("a", "b", "pair-1", "pair-2"):
        number = number_of("demo", holder)
        assert digits_of(number) == number == digits_of(" ".join(number))
        for place in range(16):
            wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
            assert digits_of(wrong) == ""


def test_points_hold_until_the_end_of_a_month() -> None:
    assert last_day(MORNING, 24) == "2028-11-30"
    assert last_day(MORNING, 1) == "2026-12-31"
    assert last_day(MORNING, 3) == "2027-02-28"
