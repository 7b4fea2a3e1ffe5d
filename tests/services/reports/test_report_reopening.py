"""まだ直っていない: only from ended states, by the reporter and followers, within limits; the desk is told and puts it back unharmed."""

from __future__ import annotations

import re

import pytest
from rendered_forms import press
from report_samples import PHOTO, SETTINGS, done, kept, open_town, refused, submitted
from test_desk_forms import at, clerk_of
from test_report_pages import open_portal, send_report

from kaiteki.model.access import ANYONE, RESIDENT, STAFF, Person
from kaiteki.model.decision import Accepted
from kaiteki.services.reports.model import Report, report_id
from kaiteki.services.reports.settings import Settings
from reader import Reader
from town import BOSS, RESIDENT_A, RESIDENT_B, Town

GREEN = Person("g", "緑川 緑", frozenset({ANYONE, RESIDENT, STAFF}), frozenset({"green"}))
ROADS = Person("r", "道野 平", frozenset({ANYONE, RESIDENT, STAFF}), frozenset({"roads"}))
DAY_S = 86_400
KEPT = (
    "status", "witnesses", "witness_count", "completed_by", "date_completed", "date_closed", "temporary_fix", "duplicate_of",
)  # fmt: skip


def stand(report: Report) -> tuple[object, ...]:
    """What the desk and residents did with it."""
    return tuple(getattr(report, name) for name in KEPT)


async def closed(town: Town) -> str:
    """A report of A that was mended and that two residents confirmed; its number."""
    number = await submitted(town, RESIDENT_A, "")
    this = {"id": report_id(number)}
    await done(town, "assign", this, BOSS)
    await done(town, "complete", {**this, "photos": [PHOTO]}, BOSS)
    for who in (RESIDENT_B, Person("e", "江", frozenset({ANYONE, RESIDENT}))):
        await done(town, "witness", {**this, "mended": True}, who)
    return number


async def test_what_is_opened_again_is_put_back_by_the_desk_as_it_was() -> None:
    town = open_town()
    number = await closed(town)
    this, before = {"id": report_id(number)}, await kept(town, number, BOSS)
    assert before.status == "closed" and len(before.witnesses) == 2
    said = await town.run("reports.reopen", {**this, "why": "また割れた"}, RESIDENT_A)
    assert isinstance(said, Accepted)
    assert [(one.to, one.link) for one in said.messages] == [("office:green", f"reports/desk?open={number}")]
    opened = await kept(town, number, BOSS)
    assert (opened.status, opened.date_closed, opened.witnesses) == ("checking", None, before.witnesses)
    town.clock.pass_s(20 * DAY_S)
    await done(town, "update", {**this, "text": "写真を足します"}, RESIDENT_A)
    assert (await refused(town, "put_back", this, ROADS))[0] == "not_allowed"
    assert (await refused(town, "put_back", this, RESIDENT_A))[0] == "not_allowed"
    await done(town, "put_back", this, GREEN)
    after = await kept(town, number, BOSS)
    assert stand(after) == stand(before)
    assert [line.what for line in after.log[-3:]] == ["reopen", "update", "put_back"]
    assert (await refused(town, "put_back", this, GREEN))[0] == "conflict"


async def test_a_merge_that_was_opened_again_is_put_back_with_what_it_was_merged_into() -> None:
    town = open_town()
    first, second = await submitted(town), await submitted(town, RESIDENT_A, "")
    this = {"id": report_id(second)}
    await done(town, "merge", {**this, "into": report_id(first)}, BOSS)
    before = await kept(town, second, BOSS)
    await done(town, "reopen", this, RESIDENT_A)
    await done(town, "put_back", this, GREEN)
    assert stand(await kept(town, second, BOSS)) == stand(before)
    assert before.duplicate_of == report_id(first)


async def test_once_the_desk_goes_on_with_it_there_is_nothing_to_put_back() -> None:
    town = open_town()
    number = await closed(town)
    this = {"id": report_id(number)}
    await done(town, "reopen", this, RESIDENT_A)
    await done(town, "assign", this, GREEN)
    assert (await refused(town, "put_back", this, GREEN))[0] == "conflict"
    await done(town, "take_back", this, GREEN)
    await done(town, "put_back", this, GREEN)
    assert (await kept(town, number, BOSS)).status == "closed"


async def test_one_person_opens_few_reports_again_and_none_long_after_its_end() -> None:
    town = open_town()
    numbers = [await closed(town) for _ in range(SETTINGS.reopens_day_max + 1)]
    ids = [{"id": report_id(number)} for number in numbers]
    for this in ids:
        await done(town, "follow", this, RESIDENT_B)
    for this in ids[:-1]:
        await done(town, "reopen", this, RESIDENT_B)
    assert (await refused(town, "reopen", ids[-1], RESIDENT_B))[0] == "too_many"
    assert (await kept(town, numbers[-1])).status == "closed"
    for _ in range(SETTINGS.reopens_max - 1):
        await done(town, "put_back", ids[0], GREEN)
        town.clock.pass_s(2 * DAY_S)
        await done(town, "reopen", ids[0], RESIDENT_B)
    await done(town, "put_back", ids[0], GREEN)
    town.clock.pass_s(2 * DAY_S)
    assert (await refused(town, "reopen", ids[0], RESIDENT_B))[0] == "too_many"
    town.clock.pass_s(SETTINGS.reopen_days * DAY_S)
    assert (await refused(town, "reopen", ids[-1], RESIDENT_A))[0] == "conflict"
    await done(town, "reopen", ids[-1], GREEN)


async def test_somebody_passing_by_tells_the_office_and_changes_nothing() -> None:
    town = open_town()
    number = await submitted(town, RESIDENT_A, "")
    this = {"id": report_id(number)}
    await done(town, "assign", this, BOSS)
    await done(town, "complete", {**this, "photos": [PHOTO]}, BOSS)
    before = await kept(town, number, BOSS)
    said = await town.run("reports.witness", {**this, "mended": False}, RESIDENT_B)
    assert isinstance(said, Accepted) and [one.to for one in said.messages] == ["office:green"]
    after = await kept(town, number, BOSS)
    assert stand(after) == stand(before)
    assert (after.log[-1].what, after.undo) == ("doubt", before.undo)
    assert (await refused(town, "witness", {**this, "mended": False}, RESIDENT_B))[0] == "conflict"


async def test_news_of_residents_leaves_the_desk_room_and_its_undo() -> None:
    town = open_town()
    number = await submitted(town, RESIDENT_A, "")
    this = {"id": report_id(number)}
    await done(town, "assign", {**this, "office": "roads"}, BOSS)
    for n in range(SETTINGS.news_day_max):
        await done(town, "update", {**this, "text": f"{n}"}, RESIDENT_B)
    assert (await refused(town, "update", {**this, "text": "また"}, RESIDENT_B))[0] == "too_many"
    await done(town, "take_back", this, BOSS)
    report = await kept(town, number, BOSS)
    assert (report.status, report.office) == ("received", "green")
    narrow = open_town(Settings(**{**_fields(SETTINGS), "log_lines_residents_max": 2}))
    this = {"id": report_id(await submitted(narrow, RESIDENT_A, ""))}
    await done(narrow, "update", {**this, "text": "1"}, RESIDENT_A)
    assert (await refused(narrow, "update", {**this, "text": "2"}, RESIDENT_A))[0] == "too_many"
    await done(narrow, "check", this, BOSS)


def _fields(settings: Settings) -> dict[str, object]:
    return {name: getattr(settings, name) for name in settings.__struct_fields__}


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_the_desk_puts_it_back_on_its_page(language: str) -> None:
    app = await open_portal()
    phone, desk = Reader(app), await clerk_of(app)
    number = await send_report(phone)
    page, public = at(number), f"/demo/reports/{number}"
    assert (await press(desk, page, "pass_on", why="県の道です")).status == 303
    stranger = Reader(app)
    assert "終わった知らせが、もう一度開かれました" not in (await desk.get(page)).text
    assert 'value="reopen"' not in (await stranger.get(public)).text
    assert (await press(phone, public, "reopen")).status == 303
    shown = (await desk.get(f"{page}&lang={language}")).text
    assert re.search(r'value="put_back"', shown)
    assert (await press(desk, page, "put_back")).status == 303
    assert 'value="put_back"' not in (await desk.get(page)).text
