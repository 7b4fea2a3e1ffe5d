"""The disaster switch: one decision turns reports into damage triage and one turns them back; all of it is kept."""

from __future__ import annotations

import pytest
from register_samples import stand
from report_samples import done, kept, refused
from test_report_pages import PASSWORD, open_portal_of
from test_report_register import open_register

from kaiteki.main.cities import load_service_settings
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.services.reports.damage import cluster
from kaiteki.services.reports.figures_rules import Timed, work_out
from kaiteki.services.reports.model import MODE, Mode, Report, report_id
from kaiteki.services.reports.settings import USUAL, Settings
from reader import Reader
from town import BOSS, CLERK, RESIDENT_A, Town

FLOOD = {
    "category": "damage-flood",
    "description": "道が水につかっている",
    "latitude": 35.37,
    "longitude": 141.05,
}


async def mode_of(town: Town) -> Mode:
    """How the area stands."""
    return await town.city().get(Mode, MODE) or Mode(MODE)


async def test_one_decision_turns_it_on_and_one_turns_it_off_and_each_can_be_taken_back() -> None:
    town = open_register()
    assert (await refused(town, "begin_disaster", {"name": "台風15号"}, RESIDENT_A))[0] == "not_allowed"
    assert await refused(town, "begin_disaster", {"name": ""}, CLERK) == ("invalid", ("name",))
    assert (await refused(town, "end_disaster", {}, CLERK))[0] == "conflict"
    await done(town, "begin_disaster", {"name": "台風15号", "why": "警戒本部の設置"}, CLERK)
    first = await mode_of(town)
    assert (first.name, first.event != USUAL) == ("台風15号", True)
    assert (await refused(town, "begin_disaster", {"name": "地震"}, BOSS))[0] == "conflict"
    town.clock.pass_s(60)
    await done(town, "end_disaster", {"why": "解除"}, CLERK)
    over = await mode_of(town)
    assert (over.event, [past.event for past in over.past]) == (USUAL, [first.event])
    assert (await refused(town, "take_back_mode", {}, BOSS))[0] == "conflict"
    await done(town, "take_back_mode", {}, CLERK)
    again = await mode_of(town)
    assert (again.event, again.name, again.past) == (first.event, "台風15号", ())
    assert (await refused(town, "take_back_mode", {}, CLERK))[0] == "conflict"
    staff = await town.city(CLERK).get(Mode, MODE)
    assert [step.what for step in staff.log] == ["begin_disaster", "end_disaster", "undo"]


async def test_the_switch_stands_in_the_audit_and_in_the_history() -> None:
    town = open_register()
    await done(town, "begin_disaster", {"name": "台風15号"}, CLERK)
    town.clock.pass_s(60)
    await done(town, "end_disaster", {}, CLERK)
    events = [one for one in await town.store.events.read(0) if one.entity_id == MODE]
    assert [(one.action, one.actor) for one in events] == [
        ("reports.begin_disaster", "c"),
        ("reports.end_disaster", "c"),
    ]
    pasts = await town.store.history.past("demo", MODE)
    assert "台風15号" in str([past.instance for past in pasts])


async def test_the_undo_has_its_time() -> None:
    town = open_register()
    await done(town, "begin_disaster", {"name": "台風15号"}, CLERK)
    town.clock.pass_s(Settings().undo_max_s + 1)
    assert (await refused(town, "take_back_mode", {}, CLERK))[0] == "conflict"


async def test_reports_of_the_time_carry_the_disaster_and_their_urgency() -> None:
    town = open_register()
    before = (await done(town, "submit", {**FLOOD, "category": "other"}))["number"]
    await done(town, "begin_disaster", {"name": "台風15号"}, CLERK)
    event = (await mode_of(town)).event
    deep = (await done(town, "submit", {**FLOOD, "answers": {"depth": "more"}}))["number"]
    line = (await done(town, "submit", {**FLOOD, "category": "damage-line"}))["number"]
    usual = (await done(town, "submit", {**FLOOD, "category": "other"}))["number"]
    await done(town, "end_disaster", {}, CLERK)
    after = (await done(town, "submit", {**FLOOD, "category": "other"}))["number"]
    reports = [await kept(town, number) for number in (before, deep, line, usual, after)]
    assert [(one.event, one.urgency, one.priority) for one in reports] == [
        (USUAL, "normal", 0),
        (event, "high", 1),
        (event, "now", 2),
        (event, "normal", 0),
        (USUAL, "normal", 0),
    ]


async def test_in_a_disaster_many_people_may_tell_of_one_place() -> None:
    town = open_register()
    await done(town, "begin_disaster", {"name": "台風15号"}, CLERK)
    for n in range(Settings().place_hour_max + 3):
        await done(town, "submit", FLOOD, browser=f"phone{n}")


def report_at(n: int, category: str, metres: float, priority: int = 0, asset: str = "") -> Report:
    """A report some metres north of a place."""
    location = {"type": "Point", "coordinates": [141.05, 35.37 + metres / 111_195]}
    return Report(f"r{n}", f"R-{n}", "", category, location=location, asset=asset, priority=priority, date_submitted=Instant(n))  # fmt: skip


def test_reports_of_one_thing_are_clustered_the_most_urgent_and_largest_first() -> None:
    reports = [
        report_at(9, "line", 500, 2),
        report_at(1, "flood", 0, 1),
        report_at(2, "flood", 30, 1),
        report_at(3, "road", 10, 1),
        report_at(4, "flood", 200, 1, "urn:a"),
        report_at(5, "flood", 205, 1, "urn:b"),
        report_at(6, "road", 900, 0, "urn:a"),
    ]
    told = [(one.head.id, [other.id for other in one.others]) for one in cluster(reports, 40.0)]
    assert told == [("r9", []), ("r1", ["r2"]), ("r4", ["r6"]), ("r3", []), ("r5", [])]


@pytest.mark.parametrize("city", ["chiba", "kashiwa", "demo"])
def test_every_area_asks_for_damage_with_safety_first(city: str) -> None:
    settings = load_service_settings(city, "reports", Settings)
    kinds = settings.categories_of("D1")
    assert len(kinds) >= 6 and kinds != settings.categories_of(USUAL)
    assert "119" in settings.disaster.safety[1].ja and "110" in settings.disaster.safety[1].ja
    for kind in kinds:
        assert not kind.solvable and settings.category(kind.code) is kind
        for words in (kind.words, kind.hint, *(q.words for q in kind.questions)):
            assert words.ja and words.en and words.easy


async def test_all_pages_show_it_and_the_desk_works_by_it() -> None:
    town = open_register()
    await stand(town, "12-34")
    app = await open_portal_of(town)
    phone, desk = Reader(app), Reader(app)
    assert "大切なお知らせ" not in (await phone.get("/demo/")).text
    assert (await phone.get("/demo/reports/damage")).status in (302, 303)
    await desk.sign_in("desk", PASSWORD)
    assert (await desk.post("/demo/reports/damage", {"do": "begin", "name": ""})).status == 422
    assert (await desk.post("/demo/reports/damage", {"do": "begin", "name": "台風15号"})).status == 303
    for path in ("", "reports", "reports/tasks", "search", "about", "reports/statistics"):
        page = (await phone.get(f"/demo/{path}")).text
        assert "台風15号：被害の知らせを受け付けています" in page, path
    start = (await phone.get("/demo/reports/new")).text
    assert "tel:119" in start and "救助の依頼になりません" in start
    assert "浸水・冠水" in start and "落書き" not in start
    assert start.index("まず自分と周りの人の安全") < start.index("浸水・冠水")
    numbers = [(await done(town, "submit", FLOOD, browser=f"p{n}"))["number"] for n in range(3)]
    triage = (await desk.get("/demo/reports/damage")).text
    assert "ほか 2 件" in triage
    merged = await desk.post("/demo/reports/damage", {"do": "merge", "head": numbers[0], "other": numbers[1]})
    assert merged.status == 303 and (await kept(town, numbers[1])).duplicate_of == report_id(numbers[0])
    assert (await desk.post("/demo/reports/damage", {"do": "end", "why": "解除"})).status == 303
    assert "落書き" in (await phone.get("/demo/reports/new")).text
    for language in ("ja", "ja-easy", "en"):
        assert (await desk.get(f"/demo/reports/damage?lang={language}")).status == 200


async def test_the_reports_of_a_disaster_are_counted_apart() -> None:
    town = open_register()
    await done(town, "submit", {**FLOOD, "category": "other"})
    await done(town, "begin_disaster", {"name": "台風15号"}, CLERK)
    for _ in range(2):
        await done(town, "submit", FLOOD)
    event = (await mode_of(town)).event
    reports = list((await town.city().find(Timed, Query(limit=10))).items)
    parted = [work_out(reports, {}, town.clock.now(), one) for one in (USUAL, event)]
    assert [(one.counted, {row.key for row in one.categories}) for one in parted] == [
        (1, {"other"}),
        (2, {"damage-flood"}),
    ]
    reader = Reader(await open_portal_of(town))
    usual = (await reader.get("/demo/reports/statistics")).text
    apart = (await reader.get(f"/demo/reports/statistics?event={event}")).text
    assert all("台風15号</a>" in page for page in (usual, apart)) and usual != apart
