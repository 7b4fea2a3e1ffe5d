"""A citizens' task that is confirmed gives points once to those who took part; undone, it takes them back; nobody else gets any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest
from points_town import CLEANING, DAY_S
from report_samples import PHOTO, SETTINGS, TASK, done, submitted

from kaiteki.kit.messages import Letter
from kaiteki.kit.purses import Account, Transfer, account_id, number_of
from kaiteki.kit.reactions import SYSTEM, Reactions
from kaiteki.main.parts import POINTS
from kaiteki.model.access import Person
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.query import Query
from kaiteki.services.earning.model import Campaign
from kaiteki.services.earning.tasks import ROUNDS_MAX, Deed, settle
from kaiteki.services.reports.manifest import service as reports
from kaiteki.services.reports.model import report_id
from town import BOSS, CLERK, RESIDENT_A, RESIDENT_B, Town

BY_TASK = {**CLEANING, "earned": "task"}
OTHER = Person("o", "ほかの市民", RESIDENT_A.roles)


class TaskTown:
    """Reports and points at work; A has an account and B none."""

    def __init__(self, number: str, town: Town) -> None:
        self.town, self.this = town, {"id": report_id(number)}
        self.reactions = Reactions(town.engine, town.store.events, town.store.history)

    async def told(self) -> None:
        """Let the reactions read all that happened."""
        while await self.reactions.step():
            pass

    async def do(self, command: str, person: Person, **more: Any) -> None:
        """A command of reports on the task, and what it leads to."""
        await done(self.town, command, {**self.this, **more}, person)
        await self.told()

    async def balances(self) -> list[int]:
        """What A and B have; -1 without an account."""
        found = [await self.account(one) for one in (RESIDENT_A, RESIDENT_B)]
        return [-1 if one is None else one.balance for one in found]

    async def account(self, person: Person) -> Account | None:
        number = number_of("demo", person.account_id)
        return await self.town.city(BOSS).get(Account, account_id(number))

    async def checked(self) -> int:
        """How many transfers there are; what is kept is what they add up to."""
        city = self.town.city(BOSS)
        transfers = (await city.find(Transfer, Query(limit=1000))).items
        for one in (await city.find(Account, Query(limit=1000))).items:
            assert one.balance == sum(row.amount for row in transfers if row.account == one.id)
        for one in (await city.find(Campaign, Query(limit=1000))).items:
            given = sum(row.amount for row in transfers if row.book == one.id)
            assert one.left == one.budget - given
        return len(transfers)

    async def letters(self, person: Person) -> list[str]:
        """The titles of what somebody was told of points."""
        found = (await self.town.city(person).find(Letter, Query(limit=100))).items
        return [
            one.heading.ja for one in found if one.to == person.account_id and "ポイント" in one.heading.ja
        ]


async def a_task(**campaign: Any) -> TaskTown:
    """A task that A and B joined and A reported as done."""
    town = Town(reports, POINTS, settings={"reports": SETTINGS})
    if campaign:
        assert isinstance(await town.run("points.keep_campaign", campaign, CLERK), Accepted)
    assert isinstance(await town.run("points.open", {}, RESIDENT_A), Accepted)
    one = TaskTown(await submitted(town, OTHER, ""), town)
    await one.do("make_task", BOSS, **TASK)
    await one.do("join_task", RESIDENT_A)
    await one.do("join_task", RESIDENT_B)
    await one.do("complete", RESIDENT_A, photos=[PHOTO])
    return one


async def test_a_confirmed_task_gives_points_once_and_undone_takes_them_back_and_again_the_same() -> None:
    one = await a_task(**BY_TASK)
    assert (await one.balances(), await one.checked()) == ([0, -1], 1)
    await one.do("witness", BOSS, mended=True)
    assert (await one.balances(), await one.checked()) == ([50, 50], 3)
    # events that come again, and a word that changes no state, give nothing
    again = Reactions(one.town.engine, one.town.store.events, one.town.store.history, "again")
    while await again.step():
        pass
    await one.do("update", OTHER, text="きれいになりました")
    assert (await one.balances(), await one.checked()) == ([50, 50], 3)
    lots = [found.lots for found in (await one.account(RESIDENT_A), await one.account(RESIDENT_B)) if found]
    await one.do("reopen", BOSS, why="もう一度見ます")
    assert (await one.balances(), await one.checked()) == ([0, 0], 5)
    # put back after a month: the same points with the same last day, whatever the caps of the day are
    one.town.clock.pass_s(40 * DAY_S)
    await one.do("put_back", BOSS)
    assert (await one.balances(), await one.checked()) == ([50, 50], 7)
    found = [await one.account(RESIDENT_A), await one.account(RESIDENT_B)]
    assert [kept.lots for kept in found if kept] == lots
    for _ in range(ROUNDS_MAX):
        await one.do("reopen", BOSS, why="もう一度見ます")
        await one.do("put_back", BOSS)
    assert await one.checked() == 1 + 2 * 2 * ROUNDS_MAX and await one.balances() == [0, 0]


async def test_who_has_no_account_is_told_and_finds_the_points_when_they_begin() -> None:
    one = await a_task(**BY_TASK)
    await one.do("witness", BOSS, mended=True)
    waiting = await one.account(RESIDENT_B)
    assert waiting is not None and (waiting.waits, waiting.balance) == (True, 50)
    assert await one.letters(RESIDENT_A) == await one.letters(RESIDENT_B) == ["50ポイントを受け取りました"]
    # nobody gives anything to an account that its holder has not opened
    campaign = (await one.town.city(BOSS).find(Campaign, Query(limit=1))).items[0]
    form = {"campaign": campaign.id, "number": waiting.number}
    refused = await one.town.run("points.grant", form, CLERK)
    assert isinstance(refused, Refused) and refused.faults[0].code == "no_account"
    opened = await one.town.run("points.open", {}, RESIDENT_B)
    assert isinstance(opened, Accepted) and opened.answer == {"number": waiting.number}
    kept = await one.account(RESIDENT_B)
    assert kept == msgspec.structs.replace(waiting, waits=False)


@pytest.mark.parametrize(
    ("campaign", "balances"),
    [
        ({}, [0, -1]),
        (CLEANING, [0, -1]),
        ({**BY_TASK, "starts": "2027-01-01"}, [0, -1]),
        ({**BY_TASK, "budget": 70}, [50, -1]),
    ],
)
async def test_without_a_campaign_that_runs_and_has_a_budget_nobody_gets_any(
    campaign: Mapping[str, Any], balances: Sequence[int]
) -> None:
    one = await a_task(**campaign)
    await one.do("witness", BOSS, mended=True)
    assert await one.balances() == balances
    for_tasks = "earned" in campaign
    assert await one.letters(RESIDENT_B) == ["市民タスクのポイントは贈れませんでした"] * for_tasks


async def test_what_the_office_mended_itself_is_no_task_of_citizens() -> None:
    one = await a_task(**BY_TASK)
    await one.do("reopen", BOSS, why="まだです")
    await one.do("assign", BOSS)
    await one.do("complete", BOSS, photos=[PHOTO])
    await one.do("witness", CLERK, mended=True)
    assert (await one.balances(), await one.checked()) == ([0, -1], 1)


async def test_an_event_that_is_answered_late_gives_nothing_for_what_is_no_longer_confirmed() -> None:
    one = await a_task(**BY_TASK)
    deed = await one.town.city(BOSS).get(Deed, one.this["id"])
    assert isinstance(deed, Deed)
    late = msgspec.structs.replace(deed, status="closed")
    asked = one.town.engine.asked(POINTS, one.town.city(SYSTEM).asking)
    assert settle({deed.id: deed}, late, asked) == Accepted()


async def test_tasks_have_one_campaign_in_a_fiscal_year() -> None:
    town = Town(POINTS)
    codes: list[str] = []
    for starts, ends in (
        ("2026-04-01", "2027-04-01"),
        ("2026-04-01", "2027-03-31"),
        ("2027-03-31", "2027-03-31"),
        ("2027-04-01", "2028-03-31"),
    ):
        said = await town.run("points.keep_campaign", {**BY_TASK, "starts": starts, "ends": ends}, CLERK)
        codes.append(said.faults[0].code if isinstance(said, Refused) else "")
    assert codes == ["other_year", "", "one_a_year", ""]
