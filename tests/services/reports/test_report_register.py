"""What the city knows before and while somebody reports: assets with owners, works and faults by the part they play."""

from __future__ import annotations

import pytest
from register_samples import LIGHT_AT, kept_by_register, register, stand
from report_samples import done, kept, refused
from test_report_pages import open_portal_of

from kaiteki.main.cities import load_service_settings
from kaiteki.model.access import NOBODY
from kaiteki.model.instant import parse_instant
from kaiteki.services.reports.assets import Work
from kaiteki.services.reports.manifest import service
from kaiteki.services.reports.model import report_id
from kaiteki.services.reports.settings import Settings
from reader import Reader
from town import BOSS, CLERK, Town

DARK = {"category": "light", "description": "街灯が消えている"}
PLACE = {"place_address": "丘区域", "place_lat": str(LIGHT_AT[1]), "place_lon": str(LIGHT_AT[0])}


def open_register() -> Town:
    """The trial town with reports and a register of assets."""
    return Town(service, register, settings={"reports": load_service_settings("demo", "reports", Settings)})


@pytest.mark.parametrize(
    ("owner", "office", "status", "why"),
    [
        ("市", "roads", "received", "設備の台帳：見本市のもの"),
        ("国土交通省", "state-roads", "handed", "管理者は 国道事務所"),
        ("県道", "pref-roads", "handed", "管理者は 見本県の土木事務所"),
        ("電柱会社", "utility", "handed", "管理者は 電柱・電線の会社"),
        ("自治会", "private", "handed", "管理者は 土地・設備の持ち主"),
        ("だれか", "roads", "received", "全域 × 街灯・カーブミラー → 土木事務所"),
    ],
)
async def test_the_owner_of_the_asset_comes_before_every_route(
    owner: str, office: str, status: str, why: str
) -> None:
    town = open_register()
    light = await stand(town, "12-34", owner)
    number = (await done(town, "submit", {**DARK, "asset": light}, browser="phone"))["number"]
    report = await kept(town, number, BOSS)
    assert (report.office, report.status, report.asset) == (office, status, light)
    assert report.point == pytest.approx(LIGHT_AT)
    assert why in [line.ja for line in report.office_reason]
    assert (report.date_due is None, report.log[-1].what) == (
        (True, "hand_over") if status == "handed" else (False, "submit")
    )


async def test_the_city_keeps_what_is_its_own_even_on_the_road_of_another() -> None:
    town = open_register()
    on_highway = {"latitude": 35.3471, "longitude": 141.05}
    theirs = (await done(town, "submit", {**DARK, **on_highway}))["number"]
    light = await stand(town, "1", "市")
    ours = (await done(town, "submit", {**DARK, **on_highway, "asset": light}))["number"]
    assert [(await kept(town, n)).office for n in (theirs, ours)] == ["state-roads", "roads"]


async def test_what_was_handed_over_is_followed_up_by_every_desk_and_comes_back_when_it_is_ours() -> None:
    town = open_register()
    light = await stand(town, "12-34", "国")
    number = (await done(town, "submit", {**DARK, "asset": light}, browser="phone"))["number"]
    this = {"id": report_id(number)}
    await done(town, "write_note", {**this, "text": "国道事務所の受付番号は 77 です", "public": True}, CLERK)
    await done(town, "assign", {**this, "office": "roads", "why": "市の街灯でした"}, CLERK)
    report = await kept(town, number)
    assert (report.status, report.office, [step.what for step in report.log]) == (
        "office", "roads", ["submit", "hand_over", "note", "assign"],
    )  # fmt: skip


async def test_correcting_the_kind_keeps_the_owner_of_the_asset() -> None:
    town = open_register()
    light = await stand(town, "12-34", "国")
    number = (await done(town, "submit", {**DARK, "asset": light}))["number"]
    await done(town, "correct", {"id": report_id(number), "category": "other"}, BOSS)
    assert (await kept(town, number)).office == "state-roads"


async def test_what_is_in_no_register_is_refused_by_name() -> None:
    town = open_register()
    wrong = {**DARK, "address": "駅前", "asset": "urn:ngsi-ld:StreetLight:0", "known": "urn:ngsi-ld:Lamp:0"}
    assert await refused(town, "submit", wrong) == ("invalid", ("asset", "known"))
    await kept_by_register(town, "device", {"id": "urn:ngsi-ld:Lamp:0", "device_state": "ok"})
    assert await refused(town, "submit", wrong) == ("invalid", ("asset", "known"))


async def test_much_depends_on_some_assets() -> None:
    town = open_register()
    usual, critical = await stand(town, "1"), await stand(town, "2", critical="高")
    numbers = [(await done(town, "submit", {**DARK, "asset": one}))["number"] for one in (usual, critical)]
    assert [(await kept(town, n)).urgency for n in numbers] == ["normal", "high"]
    assert [r.ja for r in (await kept(town, numbers[1])).urgency_reason] == [
        "「重要度高」：多くの人が頼りにする設備"
    ]


def test_a_work_is_ahead_until_its_last_day_or_its_end() -> None:
    work = Work("w", start_date="2026-12-01", end_date="2026-12-03", work_state="予定")
    assert [work.ahead(day) for day in ("2026-11-01", "2026-12-03", "2026-12-04")] == [True, True, False]
    assert not Work("w", start_date="2026-12-01", work_state="中止").ahead("2026-11-01")


# The pages ---------------------------------------------------------------------------------------------------------


async def begin(reader: Reader) -> str:
    """The first two steps of a report of a light; the answer is where they lead."""
    await reader.get("/demo/reports/new")
    await reader.post("/demo/reports/new", {"category": "light"})
    return (await reader.post("/demo/reports/new/place", PLACE)).headers["location"].rsplit("/", 1)[-1]


async def test_near_assets_are_offered_nearest_first_and_can_be_named_by_number() -> None:
    town = open_register()
    for number, metres in (("12-36", 45.0), ("12-34", 2.0), ("12-35", 20.0), ("99-99", 500.0)):
        await stand(town, number, "国" if number == "99-99" else "市", metres)
    reader = Reader(await open_portal_of(town))
    assert await begin(reader) == "asset"
    page = (await reader.get("/demo/reports/new/asset")).text
    offered = [number for number in ("12-34", "12-35", "12-36", "99-99") if f"街灯 {number}" in page]
    assert offered == ["12-34", "12-35", "12-36"]
    assert page.index("12-34") < page.index("12-35") < page.index("12-36")
    unknown = await reader.post("/demo/reports/new/asset", {"asset": "none", "number": "00"})
    assert (unknown.status, 'href="#number"' in unknown.text) == (422, True)
    await reader.post("/demo/reports/new/asset", {"asset": "none", "number": "99-99"})
    await reader.post("/demo/reports/new/photo", {"description": "消えている"})
    check = (await reader.get("/demo/reports/new/check")).text
    assert "街灯 99-99" in check and "国道事務所" in check and "000-000-0000" in check
    sent = await reader.post("/demo/reports/new/check", {"follow": "yes"})
    done_page = (await reader.get(sent.headers["location"])).text
    assert "市がこの知らせを国道事務所に引き継ぎます" in done_page


async def test_a_planned_work_answers_before_one_writes_and_one_press_follows_it() -> None:
    town = open_register()
    light = await stand(town, "12-34")
    work = {"id": "urn:ngsi-ld:RoadWork:1", "name": "街灯のLED化", "asset": light, "start_date": "2026-12-01"}
    await kept_by_register(town, "work", work)
    await kept_by_register(town, "work", {**work, "id": "urn:ngsi-ld:RoadWork:2", "start_date": "2020-01-01"})
    app = await open_portal_of(town)
    first = Reader(app)
    await begin(first)
    moved = await first.post("/demo/reports/new/asset", {"asset": light})
    assert moved.headers["location"].endswith("/known")
    page = (await first.get("/demo/reports/new/known")).text
    assert "2026-12-01" in page and "2020-01-01" not in page
    followed = await first.post("/demo/reports/new/known", {"source": work["id"]})
    number = followed.headers["location"].rsplit("/", 1)[-1]
    report = await kept(town, number, BOSS)
    assert (report.known, report.name, report.follower_count) == (work["id"], "街灯のLED化", 1)
    assert report.date_planned == parse_instant("2026-12-01T00:00:00Z")
    assert [step.what for step in report.log] == ["submit", "known"]
    second = Reader(app)
    await begin(second)
    await second.post("/demo/reports/new/asset", {"asset": light})
    again = (await second.get("/demo/reports/new/known")).text
    assert number in again and 'name="source"' not in again
    assert (await second.post("/demo/reports/new/known", {"same": report.id})).status == 303
    assert (await kept(town, number)).follower_count == 2


async def test_a_fault_of_a_device_answers_and_another_thing_can_still_be_told() -> None:
    town = open_register()
    light = await stand(town, "12-34")
    lamp = {"id": "urn:ngsi-ld:Lamp:1", "name": "点灯しません", "controlled_asset": light}
    await kept_by_register(town, "device", {**lamp, "device_state": "fault"})
    reader = Reader(await open_portal_of(town))
    await begin(reader)
    await reader.post("/demo/reports/new/asset", {"asset": light})
    assert "点灯しません" in (await reader.get("/demo/reports/new/known")).text
    other = await reader.post("/demo/reports/new/known", {"other": "yes"})
    assert other.headers["location"].endswith("/photo")
    told = await reader.post("/demo/reports/new/photo", {"description": "柱に落書き"})
    assert told.headers["location"].endswith("/check")
    await kept_by_register(town, "device", {**lamp, "device_state": "ok"})
    fresh = Reader(reader.app)
    await begin(fresh)
    quiet = await fresh.post("/demo/reports/new/asset", {"asset": light})
    assert quiet.headers["location"].endswith("/photo")


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_the_pages_of_what_is_known_speak_every_language(language: str) -> None:
    town = open_register()
    light = await stand(town, "12-34", "国")
    await kept_by_register(town, "work", {"id": "urn:ngsi-ld:RoadWork:1", "name": "LED化", "asset": light, "start_date": "2026-12-01"})  # fmt: skip
    await done(town, "submit", {**DARK, "asset": light}, NOBODY, "other")
    reader = Reader(await open_portal_of(town))
    await begin(reader)
    assert "12-34" in (await reader.get(f"/demo/reports/new/asset?lang={language}")).text
    await reader.post("/demo/reports/new/asset", {"asset": light})
    page = (await reader.get(f"/demo/reports/new/known?lang={language}")).text
    assert 'name="same"' in page and 'name="source"' in page
