"""The pages of reports over the whole portal, without JavaScript: the journey, what comes of it, the desk."""

from __future__ import annotations

import re
from typing import Any

import pytest
from argon2 import PasswordHasher
from register_samples import LIGHT_AT, register, stand
from report_samples import PHOTO, TASK, done
from starlette.applications import Starlette

from kaiteki.kit.identity import Identity
from kaiteki.main.cities import load_city, load_service_settings
from kaiteki.portal.app import portal
from kaiteki.portal.site import Parts
from kaiteki.ports.accounts import Grant
from kaiteki.ports.faces import Faces
from kaiteki.services.reports.manifest import service
from kaiteki.services.reports.model import report_id
from kaiteki.services.reports.settings import Settings
from reader import Reader
from town import BOSS, Town

PASSWORD = "correct horse battery"
PLACE = {"place_address": "丘区域 桜木公園", "place_lat": "35.358", "place_lon": "141.05"}


def report_town(faces: Faces | None = None) -> Town:
    """The trial town with reports, and perhaps someone who finds faces."""
    settings = {"reports": load_service_settings("demo", "reports", Settings)}
    return Town(service, settings=settings, faces=faces)


async def open_portal() -> Starlette:
    """The portal of the trial town with reports."""
    return await open_portal_of(report_town())


async def open_portal_of(town: Town, **further: Any) -> Starlette:
    """The portal of a town, with a clerk and residents, and with further parts."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    identity = Identity(
        town.store.accounts, town.store.credentials, town.clock, b"secret of the tests", hasher
    )
    await identity.register("desk", "見本 花子", PASSWORD, [Grant("demo", "staff")])
    for login in ("guest", "neighbour", "passer"):
        await identity.register(login, "見本 太郎", PASSWORD)
    parts: dict[str, Any] = {
        "areas": [load_city("demo")],
        "services": tuple(one for one in town.engine.services.values() if one.name != "kit"),
        "city": town.cities.of,
        "identity": identity,
        "darkroom": town.cities.darkroom,
        "history": town.store.history,
        "events": town.store.events,
        "clock": town.clock,
        "settings": town.engine.settings,
        "secret": b"a secret of the tests, 32 bytes long",
    }
    return portal(Parts(**parts, **further))


async def send_report(reader: Reader, words: str = "ベンチの板が割れている", latitude: str = "35.358") -> str:
    """The journey of four steps; the number of the report."""
    await reader.get("/demo/reports/new")
    first = await reader.post("/demo/reports/new", {"category": "park"})
    assert first.headers["location"].endswith("/reports/new/place")
    await reader.post("/demo/reports/new/place", {**PLACE, "place_lat": latitude})
    third = await reader.post("/demo/reports/new/photo", {"description": words, "answer-hurt": "yes"})
    assert third.headers["location"].endswith("/reports/new/check"), third.text
    check = (await reader.get("/demo/reports/new/check")).text
    assert words in check and "公園緑地課" in check
    sent = await reader.post("/demo/reports/new/check", {"follow": "yes"})
    assert sent.status == 303, sent.text
    return sent.headers["location"].rsplit("/", 1)[1]


async def test_a_report_travels_from_phone_to_desk_to_helper_and_back() -> None:
    app = await open_portal()
    phone, desk, helper = Reader(app), Reader(app), Reader(app)
    number = await send_report(phone)
    assert number in (await phone.get(f"/demo/reports/done/{number}")).text
    assert (await desk.sign_in("desk", PASSWORD)).status == 303
    assert (await helper.sign_in("guest", PASSWORD)).status == 303
    opened = (await desk.get(f"/demo/reports/desk?queue=urgent&open={number}")).text
    assert "けがをしそうですか：はい" in opened
    task = {
        "do": "make_task", "number": number, "what": "板を替える", "day": "2026-11-29", "people_max": "3",
        "people_min": "1", "insurance": "市の保険", "tools": "ねじ回し、手袋",
    }  # fmt: skip
    made = await desk.post(f"/demo/reports/desk?queue=urgent&open={number}", task)
    assert (made.status, number in made.headers["location"]) == (303, True), made.text
    page = f"/demo/reports/{number}"
    assert (
        "ねじ回し" in (await phone.get("/demo/reports/tasks")).text
        or "桜木公園" in (await phone.get("/demo/reports/tasks")).text
    )
    assert (await helper.post(page, {"do": "join_task"})).status == 303
    done = await helper.post(page, {"do": "complete", "why": "直しました"})
    assert (done.status, "写真" in done.text) == (422, True)
    assert "市民協働タスク" in (await phone.get(page)).text


async def test_who_did_the_work_is_told_who_may_confirm_and_gets_no_button() -> None:
    town = report_town()
    app = await open_portal_of(town)
    number = await send_report(Reader(app))
    this = {"id": report_id(number)}
    await done(town, "make_task", {**TASK, **this, "people_max": 3}, BOSS)
    helper, left, other = Reader(app), Reader(app), Reader(app)
    page = f"/demo/reports/{number}"
    for who, login in ((helper, "guest"), (left, "neighbour"), (other, "passer")):
        await who.sign_in(login, PASSWORD)
    for who in (helper, left):
        assert (await who.post(page, {"do": "join_task"})).status == 303
    await left.post(page, {"do": "leave_task"})
    assert "参加する" in (await left.get(page)).text
    await done(town, "complete", {**this, "photos": [PHOTO]}, BOSS)
    assert "自分では確認できません" in (await helper.get(page)).text
    assert 'name="mended"' not in (await helper.get(page)).text
    for who in (left, other):
        assert 'name="mended" value="yes"' in (await who.get(page)).text
    done_by_desk = await Reader(app).get(page)
    assert "ログインして確認する" in done_by_desk.text


async def test_the_number_of_a_pole_is_not_asked_where_the_light_was_chosen() -> None:
    town = Town(service, register, settings={"reports": load_service_settings("demo", "reports", Settings)})
    light = await stand(town, "A-7")
    phone = Reader(await open_portal_of(town))
    await phone.get("/demo/reports/new")
    await phone.post("/demo/reports/new", {"category": "light"})
    at = {"place_address": "A-7", "place_lat": str(LIGHT_AT[1]), "place_lon": str(LIGHT_AT[0])}
    await phone.post("/demo/reports/new/place", at)
    assert "柱の番号札" in (await phone.get("/demo/reports/new/photo")).text
    await phone.post("/demo/reports/new/asset", {"asset": light})
    assert "柱の番号札" not in (await phone.get("/demo/reports/new/photo")).text


async def test_the_same_thing_is_suggested_and_can_be_followed_instead() -> None:
    app = await open_portal()
    number = await send_report(Reader(app))
    second = Reader(app)
    await second.get("/demo/reports/new")
    await second.post("/demo/reports/new", {"category": "park"})
    await second.post("/demo/reports/new/place", PLACE)
    page = (await second.get("/demo/reports/new/known")).text
    assert "これと同じ" in page
    found = re.search(r'name="same" value="([^"]+)"', page)
    assert found is not None
    close = (await second.get(f"/demo/reports/new/known?see={number}")).text
    assert "ベンチの板が割れている" in close and found[1] in close
    moved = await second.post("/demo/reports/new/known", {"same": found[1]})
    assert moved.headers["location"].endswith(f"/reports/{number}")
    assert "続報を止める" in (await second.get(f"/demo/reports/{number}")).text


async def test_faults_are_said_at_their_fields_and_nothing_is_lost() -> None:
    reader = Reader(await open_portal())
    await reader.get("/demo/reports/new")
    none = await reader.post("/demo/reports/new", {})
    assert (none.status, 'href="#category"' in none.text) == (422, True)
    await reader.post("/demo/reports/new", {"category": "park"})
    nowhere = await reader.post("/demo/reports/new/place", {"place_address": " "})
    assert (nowhere.status, 'href="#place_address"' in nowhere.text) == (422, True)
    await reader.post("/demo/reports/new/place", {"place_address": "<b>桜木</b>公園"})
    empty = await reader.post("/demo/reports/new/photo", {"description": ""})
    assert (empty.status, 'href="#description"' in empty.text) == (422, True)
    await reader.post("/demo/reports/new/photo", {"description": "割れている"})
    check = (await reader.get("/demo/reports/new/check")).text
    assert "&lt;b&gt;桜木" in check and "割れている" in check


async def test_the_map_lists_the_newest_report_first() -> None:
    town = report_town()
    app = await open_portal_of(town)
    numbers = [await send_report(Reader(app))]
    town.clock.pass_s(60)
    numbers.append(await send_report(Reader(app), latitude="35.37"))
    said = (await Reader(app).get("/demo/map?layer=Report")).text
    assert [*dict.fromkeys(re.findall(r"R-\d{4}-\d{5}", said))] == [*reversed(numbers)]


async def test_degrees_are_read_from_a_japanese_keyboard_and_never_dropped_in_silence() -> None:
    reader = Reader(await open_portal())
    await reader.get("/demo/reports/new")
    await reader.post("/demo/reports/new", {"category": "park"})
    words = {"place_address": "桜木公園", "place_lat": "35,358", "place_lon": "141.05"}
    unread = await reader.post("/demo/reports/new/place", words)
    assert (unread.status, "緯度・経度を読めません" in unread.text) == (422, True)
    wide = {"place_address": "", "place_lat": "３５．３５８", "place_lon": "１４１．０５"}
    assert (await reader.post("/demo/reports/new/place", wide)).status == 303
    assert "35.35800, 141.05000" in (await reader.get("/demo/reports/new/check")).text


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_every_page_speaks_every_language(language: str) -> None:
    app = await open_portal()
    reader = Reader(app)
    number = await send_report(reader)
    paths = ("reports", "reports?state=yellow&q=x", "reports?lat=35.35&lon=141.05&within=500", "reports/new",
             "reports/new/place", "reports/tasks", "reports/themes", "reports/statistics", f"reports/{number}",
             f"reports/done/{number}")  # fmt: skip
    for path in paths:
        glue = "&" if "?" in path else "?"
        answer = await reader.get(f"/demo/{path}{glue}lang={language}")
        assert answer.status in (200, 303), path
    assert (await reader.get("/demo/reports/R-2026-99999")).status == 404
    assert (await reader.get("/demo/reports/desk")).status in (303, 302)


async def test_a_school_class_behind_one_address_can_report_and_one_browser_cannot_flood() -> None:
    app = await open_portal()
    pupils = [Reader(app) for _ in range(40)]
    for pupil in pupils:
        answer = await pupil.post("/demo/reports/new", {"category": "park"})
        assert answer.status == 303
    flood = [(await pupils[0].post("/demo/reports/new", {"category": "park"})).status for _ in range(40)]
    assert (flood[0], flood[-1], flood.count(429) >= 10) == (303, 429, True)
    neighbour = await pupils[1].post("/demo/reports/new", {"category": "park"})
    assert neighbour.status == 303
