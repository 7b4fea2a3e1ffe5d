"""How to reach a reporter is open to the office in charge, kept in step when a report is handed over, and read by nobody meanwhile."""

from __future__ import annotations

import pytest
from report_samples import PHOTO, done, kept, open_town, submitted
from test_report_reopening import GREEN, ROADS

from kaiteki.broker.opening import Reader
from kaiteki.model.query import Query
from kaiteki.services.reports.model import Contact, contact_id, report_id
from town import BOSS, RESIDENT_A, Town

REACH = {"contact_name": "青木 葵", "contact_email": "aoi@example.jp", "contact_phone": "090"}
WHO = {"green": GREEN, "roads": ROADS, "all": BOSS, "mine": RESIDENT_A}


async def openers(town: Town, number: str) -> set[str]:
    """Who opens the contact of a report, by its id, in lists, counts and conditions alike."""
    found: set[str] = set()
    for name, person in WHO.items():
        city = town.city(person)
        one = await city.get(Contact, contact_id(number))
        listed = (await city.find(Contact, Query(limit=10, total=True))).total
        assert (one is not None) == bool(listed), name
        if one is not None:
            assert (one.name, one.email, one.phone) == ("青木 葵", "aoi@example.jp", "090")
            found.add(name)
    return found


async def handed_over(town: Town) -> str:
    """A report of A with a contact; its number."""
    return await submitted(town, RESIDENT_A, "", **REACH)


@pytest.mark.parametrize(
    ("command", "form", "after"),
    [
        ("assign", {"office": "roads"}, "roads"),
        ("check", {}, "green"),
        ("correct", {"category": "road", "why": "道でした"}, "roads"),
        ("pass_on", {"why": "国の道です", "office": "state"}, "green"),
        ("complete", None, "green"),
    ],
)
async def test_the_contact_follows_the_report(command: str, form: dict[str, str] | None, after: str) -> None:
    town = open_town()
    number = await handed_over(town)
    this = {"id": report_id(number)}
    assert await openers(town, number) == {"green", "all", "mine"}
    if form is None:
        await done(town, "assign", this, BOSS)
        await done(town, command, {**this, "photos": [PHOTO]}, BOSS)
    else:
        await done(town, command, {**this, **form}, BOSS)
    assert await openers(town, number) == {after, "all", "mine"}
    assert (await kept(town, number, BOSS)).office == ("state" if command == "pass_on" else after)


async def test_the_contact_comes_back_with_the_report() -> None:
    town = open_town()
    numbers = [await handed_over(town) for _ in range(2)]
    ids = [report_id(number) for number in numbers]
    await done(town, "assign_many", {"ids": ids, "office": "roads"}, BOSS)
    assert await openers(town, numbers[0]) == {"roads", "all", "mine"}
    await done(town, "take_back_many", {"ids": ids}, BOSS)
    for number in numbers:
        assert await openers(town, number) == {"green", "all", "mine"}


async def test_what_comes_to_an_owner_outside_is_open_to_those_of_all_offices() -> None:
    town = open_town()
    number = await submitted(town, RESIDENT_A, "", latitude=35.15, **REACH)
    assert (await kept(town, number, BOSS)).office == "state"
    assert await openers(town, number) == {"all", "mine"}


async def test_another_office_checks_and_assigns_without_a_look_at_the_contact() -> None:
    town = open_town()
    number = await handed_over(town)
    seen: list[str] = []

    class Noting:
        """Keeps what rules saw."""

        async def saw(self, area: str, entities: object, reader: Reader) -> None:
            seen.extend(one.id for one in entities)  # pyright: ignore

    town.engine.opener = Noting()  # pyright: ignore
    await done(town, "check", {"id": report_id(number)}, ROADS)
    await done(town, "assign", {"id": report_id(number)}, ROADS)
    assert report_id(number) in seen and contact_id(number) not in seen


async def test_a_report_without_a_contact_gets_none() -> None:
    town = open_town()
    number = await submitted(town, RESIDENT_A, "")
    await done(town, "assign", {"id": report_id(number), "office": "roads"}, BOSS)
    assert await openers(town, number) == set()
