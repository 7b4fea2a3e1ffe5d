"""The life of a report, as residents and the desk make it."""

from __future__ import annotations

import msgspec
import pytest
from report_samples import (
    A_PHOTO,
    B_PHOTO,
    HERE,
    PHOTO,
    SETTINGS,
    TASK,
    done,
    kept,
    open_town,
    refused,
    submitted,
)
from test_report_pages import PLACE, open_portal

from kaiteki.model.decision import Accepted, Refused
from kaiteki.services.reports.arrows import ARROWS, STATES, may_go
from kaiteki.services.reports.model import Book, Contact, Held, book_id, contact_id, report_id
from kaiteki.services.reports.veil import whole
from reader import Reader
from town import BOSS, CLERK, RESIDENT_A, RESIDENT_B


async def test_a_report_is_numbered_routed_and_public_at_once() -> None:
    town = open_town()
    number = await submitted(town, photos=[PHOTO], contact_email="a@example.jp")
    report = await kept(town, number)
    assert (number, report.name, report.status, report.office) == (
        "R-2026-00001",
        "ベンチがこわれている",
        "received",
        "green",
    )
    assert report.point == (140.1, 35.13)
    assert (report.zone, report.zone_sure) == ("north", True)
    assert [line.ja for line in report.office_reason] == ["北区（位置）", "全域 × 公園 → 公園課"]
    assert (report.reporter, report.followers) == ("", ())
    assert await town.city().get(Contact, contact_id(number)) is None
    contact = await town.city(BOSS).get(Contact, contact_id(number))
    assert contact is not None and contact.email == "a@example.jp"


async def test_everything_wrong_with_a_report_is_said_at_once() -> None:
    wrong = {"category": "moon", "answers": {"size": "x"}, "photos": [PHOTO] * 4}
    code, fields = await refused(open_town(), "submit", wrong, browser="phone")
    assert (code, fields) == ("invalid", ("category", "place", "photos", "answers.size"))
    said = await open_town().run("reports.submit", wrong, browser="phone")
    assert isinstance(said, Refused)
    assert [fault.code for fault in said.faults if fault.field == "photos"] == ["unsent", "too_many"]
    code, fields = await refused(open_town(), "submit", {"category": "road", "address": "北区1"})
    assert (code, fields) == ("invalid", ("description",))


async def test_hazard_words_and_dangerous_answers_make_it_urgent_with_the_reason() -> None:
    town = open_town()
    number = await submitted(
        town, category="road", description="通学路に穴。木が倒れそう", answers={"size": "person"}
    )
    report = await kept(town, number)
    assert report.urgency == "now"
    assert [r.ja for r in report.urgency_reason] == [
        "「倒れ」：すぐ危険",
        "「通学路」：子どもが通る",
        "大きさ：人が入る",
    ]


async def test_the_browser_and_the_place_have_a_limit() -> None:
    town = open_town()
    for _ in range(SETTINGS.browser_hour_max):
        await submitted(town)
    assert (await refused(town, "submit", {"category": "park", "description": "x", **HERE}, browser="phone"))[
        0
    ] == "too_many"
    for n in range(SETTINGS.place_hour_max - SETTINGS.browser_hour_max):
        await submitted(town, browser=f"other{n}")
    assert (await refused(town, "submit", {"category": "park", "description": "x", **HERE}, browser="new"))[
        0
    ] == "too_many"
    await submitted(town, CLERK)
    town.clock.pass_s(3601)
    await submitted(town)


async def test_the_draft_of_a_browser_is_its_own_and_goes_with_the_report() -> None:
    town = open_town()
    await done(town, "save_draft", {"draft": {"category": "park"}}, browser="phone")
    mine = await town.city(browser="phone").get(Book, book_id("phone"))
    assert mine is not None and mine.draft == {"category": "park"}
    assert await town.city(browser="other").get(Book, book_id("phone")) is None
    await submitted(town)
    mine = await town.city(browser="phone").get(Book, book_id("phone"))
    assert mine is not None and mine.draft == {} and mine.follows == (report_id("R-2026-00001"),)


async def test_followers_hear_every_public_step_once() -> None:
    town = open_town()
    number = await submitted(town, RESIDENT_A)
    follow = {"id": report_id(number)}
    await done(town, "follow", follow, RESIDENT_B)
    await done(town, "follow", follow, RESIDENT_B)
    said = await town.run("reports.assign", follow, CLERK)
    assert isinstance(said, Accepted)
    assert [(m.to, m.title.ja) for m in said.messages] == [
        (to, f"{number} ベンチがこわれている：行政対応") for to in ("a", "b")
    ]
    said = await town.run("reports.write_note", {**follow, "text": "内部のこと"}, BOSS)
    assert isinstance(said, Accepted) and said.messages == ()
    await done(town, "unfollow", follow, RESIDENT_B)
    assert (await kept(town, number)).follower_count == 1


async def test_a_report_is_mended_by_the_office_and_confirmed() -> None:
    town = open_town()
    number = await submitted(town, category="road")
    this = {"id": report_id(number)}
    await done(town, "assign", this, CLERK)
    await done(town, "plan", {**this, "planned": "2026-11-30T00:00:00Z"}, CLERK)
    await done(town, "start", this, CLERK)
    await done(town, "fix_temporarily", {**this, "photos": [PHOTO]}, CLERK)
    assert (await kept(town, number)).temporary_fix
    assert (await refused(town, "complete", {**this, "photos": []}, CLERK))[0] == "invalid"
    await done(town, "complete", {**this, "photos": [PHOTO]}, CLERK)
    await done(town, "witness", {**this, "mended": True}, RESIDENT_A)
    assert (await kept(town, number)).status == "witnessed"
    assert (await refused(town, "witness", {**this, "mended": True}, RESIDENT_A))[0] == "conflict"
    await done(town, "witness", {**this, "mended": True}, RESIDENT_B)
    report = await kept(town, number)
    assert (report.status, report.temporary_fix, report.date_closed) == ("closed", False, town.clock.now())
    assert [(line.by, line.what) for line in report.log] == [
        ("resident", "submit"),
        ("office", "assign"),
        ("office", "plan"),
        ("office", "start"),
        ("office", "fix_temporarily"),
        ("office", "complete"),
        ("resident", "witness"),
        ("resident", "witness"),
    ]
    await done(town, "follow", this, RESIDENT_A)
    await done(town, "reopen", {**this, "why": "また穴"}, RESIDENT_A)
    assert (await kept(town, number)).status == "checking"


async def test_residents_are_never_asked_to_work_on_a_road_whatever_kind_it_is() -> None:
    town = open_town()
    on_road = await submitted(town, latitude=35.15, longitude=140.1)
    task = {**TASK, "id": report_id(on_road)}
    assert await refused(town, "make_task", task, BOSS) == ("invalid", ("safety",))
    beside = await submitted(town, latitude=35.1505, longitude=140.1)
    this = {"id": report_id(beside)}
    await done(town, "make_task", {**TASK, **this}, BOSS)
    for moved in ({"latitude": 35.15, "longitude": 140.1}, {"category": "road"}):
        assert (await refused(town, "correct", {**this, **moved, "why": "地図"}, BOSS))[0] == "conflict"
    await done(town, "assign", this, BOSS)
    await done(town, "correct", {**this, "latitude": 35.15, "longitude": 140.1, "why": "地図"}, BOSS)
    assert await refused(town, "make_task", {**TASK, **this}, BOSS) == ("invalid", ("safety",))


async def test_residents_mend_it_themselves_but_never_where_cars_drive() -> None:
    town = open_town()
    number, road = await submitted(town), await submitted(town, category="road")
    task = {**TASK, "id": report_id(number), "people_max": 1}
    assert await refused(town, "make_task", {**task, "safety": "traffic"}, BOSS) == ("invalid", ("safety",))
    assert await refused(town, "make_task", {**task, "id": report_id(road)}, BOSS) == (
        "invalid",
        ("safety",),
    )
    await done(town, "make_task", task, BOSS)
    this = {"id": report_id(number)}
    await done(town, "join_task", this, RESIDENT_A)
    assert (await refused(town, "join_task", this, RESIDENT_B))[0] == "too_many"
    assert (await refused(town, "complete", {**this, "photos": [PHOTO]}, RESIDENT_B))[0] == "not_allowed"
    await done(town, "complete", {**this, "photos": [PHOTO]}, RESIDENT_A)
    assert (await refused(town, "witness", {**this, "mended": True}, RESIDENT_A))[0] == "not_allowed"
    await done(town, "witness", {**this, "mended": True}, BOSS)
    assert (await kept(town, number)).status == "closed"


async def test_the_desk_takes_back_its_last_step() -> None:
    town = open_town()
    number = await submitted(town)
    this = {"id": report_id(number)}
    await done(town, "assign", {**this, "office": "roads"}, BOSS)
    assert (await refused(town, "take_back", this, CLERK))[0] == "conflict"
    await done(town, "take_back", this, BOSS)
    report = await kept(town, number)
    assert (report.status, report.office, report.date_answered) == ("received", "green", None)
    assert [line.what for line in report.log] == ["submit", "assign", "undo"]
    assert (await refused(town, "take_back", this, BOSS))[0] == "conflict"


async def test_merged_reports_keep_their_followers() -> None:
    town = open_town()
    first, second = await submitted(town, RESIDENT_A), await submitted(town, RESIDENT_B)
    await done(town, "merge", {"id": report_id(second), "into": report_id(first)}, BOSS)
    assert (await kept(town, second)).duplicate_of == report_id(first)
    assert (await kept(town, first, BOSS)).followers == ("a", "b")
    assert (await refused(town, "merge", {"id": report_id(first), "into": report_id(first)}, BOSS))[
        0
    ] == "invalid"


async def test_what_is_hidden_is_gone_for_the_public_and_kept_for_the_desk() -> None:
    town = open_town()
    number = await submitted(town, photos=[PHOTO, {"digest": B_PHOTO}])
    this = {"id": report_id(number)}
    await done(town, "hide", {**this, "photos": [A_PHOTO]}, BOSS)
    assert [p.digest for p in (await kept(town, number)).photos] == [B_PHOTO]
    await done(town, "hide", this, BOSS)
    public, desk = await kept(town, number), await kept(town, number, BOSS)
    assert (public.description, public.photos, public.name, public.held) == ("", (), "公園", None)
    held = (whole(desk).held or Held()).photos
    assert [p.digest for p in (*whole(desk).photos, *held)] == [B_PHOTO, A_PHOTO]
    await done(town, "publish", this, BOSS)
    report = await kept(town, number)
    assert (report.published, report.name, len(report.photos)) == (True, "ベンチがこわれている", 2)


async def test_another_office_keeps_its_hands_off() -> None:
    town = open_town()
    number = await submitted(town)
    assert (await refused(town, "start", {"id": report_id(number)}, CLERK))[0] == "not_allowed"
    assert (await refused(town, "start", {"id": report_id(number)}, RESIDENT_A))[0] == "not_allowed"


async def test_only_the_reporter_withdraws() -> None:
    town = open_town()
    number = await submitted(town)
    this = {"id": report_id(number)}
    assert (await refused(town, "withdraw", this, browser="other"))[0] == "not_allowed"
    await done(town, "withdraw", this, browser="phone")
    assert (await kept(town, number)).status == "withdrawn"


async def test_a_theme_asks_its_own_questions_in_its_time() -> None:
    town = open_town()
    theme = {
        "code": "lamps",
        "title": "街灯の点検",
        "text": "夜の道を見てください",
        "category": "park",
        "date_start": "2026-11-21T00:00:00Z",
        "date_end": "2026-11-30T00:00:00Z",
        "questions": ["番号は？"],
    }
    code = (await done(town, "open_theme", theme, BOSS))["id"]
    number = await submitted(town, theme=code, answers={"q1": "L-20"})
    assert (await kept(town, number)).answers == {"q1": "L-20"}
    await done(town, "close_theme", {"id": code}, BOSS)
    wrong = {"category": "park", "description": "x", "theme": code, **HERE}
    assert await refused(town, "submit", wrong) == ("invalid", ("theme",))


async def test_good_places_are_shown_and_never_due() -> None:
    town = open_town()
    report = await kept(town, await submitted(town, category="good"))
    assert (report.status, report.kind, report.date_due) == ("shared", "praise", None)


@pytest.mark.parametrize("state", list(STATES))
def test_every_arrow_leads_to_a_state(state: str) -> None:
    assert ARROWS[state] <= STATES.keys()
    assert not may_go(state, "nowhere")
    assert STATES[state].open or not any(may_go(state, then) for then in ("working", "completed", "closed"))


async def test_a_place_far_from_every_ward_is_refused_and_a_near_one_outside_is_not() -> None:
    far = {"category": "park", "description": "穴", "latitude": 51.0, "longitude": 0.0}
    town = open_town()
    assert await refused(town, "submit", far) == ("invalid", ("place",))
    number = await submitted(town, latitude=35.3, longitude=140.25)
    moved = {"id": report_id(number), "latitude": -89.9, "longitude": 140.1, "why": "ここ"}
    assert await refused(town, "correct", moved, BOSS) == ("invalid", ("place_address",))
    bare = open_town(msgspec.structs.replace(SETTINGS, zones=()))
    await done(bare, "submit", far)
    wide = open_town(msgspec.structs.replace(SETTINGS, reach_m=20_000_000.0))
    await done(wide, "submit", far)


async def test_the_wizard_says_at_the_place_that_it_is_not_in_the_city() -> None:
    reader = Reader(await open_portal())
    await reader.get("/demo/reports/new")
    await reader.post("/demo/reports/new", {"category": "park"})
    said = await reader.post("/demo/reports/new/place", {**PLACE, "place_lat": "51", "place_lon": "0"})
    assert said.status == 422 and "この地点は市内ではないようです。" in said.text
    assert (await reader.post("/demo/reports/new/place", PLACE)).status == 303
