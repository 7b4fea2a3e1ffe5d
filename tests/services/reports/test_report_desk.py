"""What the office does beside single steps: themes, several reports at once, corrections with their routing, rounds, sheets, replies."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_samples import HERE, done, kept, open_town, refused, submitted
from test_report_pages import PASSWORD, PLACE, open_portal, send_report

from kaiteki.model.decision import Accepted
from kaiteki.services.reports.model import report_id
from kaiteki.services.reports.rounds import length_m, order_of
from reader import Reader
from town import BOSS, CLERK

STOPS = st.lists(st.tuples(st.floats(140.0, 140.05), st.floats(35.5, 35.55)), max_size=12)


async def desk_reader() -> tuple[Reader, str]:
    """A clerk at the desk of a town with one report."""
    app = await open_portal()
    number = await send_report(Reader(app))
    desk = Reader(app)
    assert (await desk.sign_in("desk", PASSWORD)).status == 303
    return desk, number


async def test_several_reports_are_given_at_once_and_taken_back() -> None:
    town = open_town()
    numbers = [await submitted(town, browser=f"b{n}") for n in range(3)]
    ids = [report_id(number) for number in numbers]
    await done(town, "hide", {"id": ids[2]}, BOSS)
    await done(town, "pass_on", {"id": ids[2], "why": "市の外"}, BOSS)
    answer = await done(town, "assign_many", {"ids": ids, "office": "hall"}, BOSS)
    assert answer["numbers"] == numbers[:2]
    assert [(await kept(town, number)).office for number in numbers] == ["hall", "hall", "green"]
    assert (await done(town, "take_back_many", {"ids": ids[:2]}, BOSS))["numbers"] == numbers[:2]
    assert [(await kept(town, number)).status for number in numbers] == ["received", "received", "outside"]
    assert (await refused(town, "take_back_many", {"ids": ids[:2]}, BOSS))[0] == "conflict"
    assert (await refused(town, "assign_many", {"ids": [], "office": "hall"}, BOSS))[0] == "invalid"


async def test_who_reported_hears_of_a_correction_also_without_following() -> None:
    town = open_town()
    number = await submitted(town, follow=False)
    said = await town.run(
        "reports.correct", {"id": report_id(number), "category": "road", "why": "道路でした"}, BOSS
    )
    assert isinstance(said, Accepted)
    assert [(one.to, one.body.ja) for one in said.messages] == [("phone", "道路でした")]
    assert (await kept(town, number)).office == "roads"
    await done(town, "take_back", {"id": report_id(number)}, BOSS)
    assert (await kept(town, number)).category == "park"


async def test_a_merge_is_taken_back_at_once_or_opened_again_later() -> None:
    town = open_town()
    first, second = await submitted(town), await submitted(town, browser="other")
    this = {"id": report_id(second)}
    await done(town, "merge", {**this, "into": report_id(first)}, BOSS)
    await done(town, "take_back", this, BOSS)
    assert ((await kept(town, second)).status, (await kept(town, second)).duplicate_of) == ("received", "")
    await done(town, "merge", {**this, "into": report_id(first)}, BOSS)
    town.clock.pass_s(86_400)
    assert (await refused(town, "reopen", this, CLERK))[0] == "not_allowed"
    await done(town, "reopen", this, BOSS)
    assert ((await kept(town, second)).status, (await kept(town, second)).duplicate_of) == ("checking", "")


async def test_a_theme_is_begun_put_right_ended_and_reopened_at_the_desk() -> None:
    desk, _ = await desk_reader()
    page = "/demo/reports/desk/themes"
    theme = {
        "do": "keep", "title": "見えない標識", "text": "通学路で見てください", "category": "road", "date_start": "2026-11-20",
        "date_end": "2026-12-20", "questions": "何が隠していますか\nいつからですか", "title_en": "Hidden signs",
    }  # fmt: skip
    faulty = await desk.post(page, {**theme, "date_end": "2026-11-01"})
    assert (faulty.status, 'href="#date_end"' in faulty.text, "見えない標識" in faulty.text) == (
        422,
        True,
        True,
    )
    assert (await desk.post(page, theme)).status == 303
    listed = (await desk.get(page)).text
    found = re.search(r"edit=([a-z0-9]+)#edit", listed)
    assert found is not None and "受付中" in listed
    edit = (await desk.get(f"{page}?edit={found[1]}")).text
    assert "いつからですか" in edit and 'value="2026-12-20"' in edit
    code = {"code": found[1]}
    assert (await desk.post(page, {**theme, **code, "title": "隠れた標識"})).status == 303
    public = (await desk.get("/demo/reports/themes")).text
    assert "隠れた標識" in public and "見えない標識" not in public
    assert "Hidden signs" in (await desk.get("/demo/reports/themes?lang=en")).text
    await desk.post(page, {"do": "close", **code})
    assert "このテーマで知らせる" not in (await desk.get("/demo/reports/themes?lang=ja")).text
    await desk.post(page, {"do": "reopen", **code})
    assert "このテーマで知らせる" in (await desk.get("/demo/reports/themes")).text


async def test_a_correction_shows_its_routing_before_it_is_kept() -> None:
    desk, number = await desk_reader()
    page = f"/demo/reports/desk?queue=new&open={number}"
    given = {
        "number": number,
        "category": "litter",
        "place_address": "港区域 1丁目",
        "place_lat": "35.34426",
        "place_lon": "141.01186",
    }
    seen = (await desk.post(page, {**given, "do": "preview"})).text
    assert "この内容だと：環境課" in seen
    before = (await desk.get(f"/demo/reports/{number}")).text
    assert "公園緑地課" in before
    assert (await desk.post(page, {**given, "do": "correct", "why": "ごみでした"})).status == 303
    after = (await desk.get(f"/demo/reports/{number}")).text
    assert "環境課" in after and "ごみでした" in after


async def test_a_chosen_reply_speaks_the_language_of_the_reporter() -> None:
    app = await open_portal()
    reporter, desk = Reader(app), Reader(app)
    for page, fields in (
        ("new?lang=en", {"category": "park"}),
        ("new/place", PLACE),
        ("new/photo", {"description": "A bench is broken", "answer-hurt": "no"}),
        ("new/check", {}),
    ):
        await reporter.get(f"/demo/reports/{page}")
        sent = await reporter.post(f"/demo/reports/{page.partition('?')[0]}", fields)
    number = sent.headers["location"].rsplit("/", 1)[1]
    await desk.sign_in("desk", PASSWORD)
    page = f"/demo/reports/desk?queue=new&open={number}"
    chosen = re.search(r'<option value="(\w+)" data-text="(Thank[^"]+)"', (await desk.get(page)).text)
    assert chosen is not None
    await desk.post(page, {"do": "check", "number": number, "why": "", "reply": chosen[1]})
    assert chosen[2] in (await reporter.get(f"/demo/reports/{number}")).text


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_every_page_of_the_desk_speaks_every_language(language: str) -> None:
    desk, number = await desk_reader()
    paths = (
        "desk", f"desk?queue=new&open={number}", f"desk?assigned={number}", "desk?queue=ended", "desk/themes", "desk/replies",
        "desk/round", "desk/round?here_lat=35.35&here_lon=141.05&order=route&queue=new", f"desk/sheet?number={number}",
        "desk/sheet?queue=open", "desk/sheet?number=R-1", "desk.csv?queue=open", "statistics", "statistics.csv",
    )  # fmt: skip
    for path in paths:
        answer = await desk.get(f"/demo/reports/{path}{'&' if '?' in path else '?'}lang={language}")
        assert answer.status == 200, path
    assert (
        number in (await desk.get("/demo/reports/desk/round?here_lat=35.35&here_lon=141.05&order=route")).text
    )
    assert (await Reader(desk.app).get("/demo/reports/desk/round")).status in (302, 303)


@given(STOPS)
def test_a_round_visits_every_place_once_and_is_no_longer_than_going_to_the_nearest(
    stops: list[tuple[float, float]],
) -> None:
    start = (HERE["longitude"], 35.52)
    order = order_of(start, stops)
    assert sorted(order) == list(range(len(stops)))
    here, left, nearest = start, set(range(len(stops))), list[int]()
    while left:
        nearest.append(min(left, key=lambda n: (length_m(here, stops, [n]), n)))
        left.remove(nearest[-1])
        here = stops[nearest[-1]]
    assert length_m(start, stops, order) <= length_m(start, stops, nearest) + 0.001


async def test_published_news_are_not_offered_to_be_taken_back_but_a_step_is() -> None:
    desk, number = await desk_reader()
    page = f"/demo/reports/desk?queue=open&open={number}"
    await desk.post(page, {"do": "check", "number": number, "why": ""})
    assert 'value="take_back"' in (await desk.get(page)).text
    await desk.post(page, {"do": "note", "number": number, "why": "部品を待っています", "public": "1"})
    said = (await desk.get(page)).text
    assert "部品を待っています" in said
    assert 'value="take_back"' not in said and "元に戻せます" not in said
    refused = await desk.post(page, {"do": "take_back", "number": number})
    assert refused.status == 422 and "公開した書き込みは元に戻せません" in refused.text


async def test_a_search_that_finds_nothing_in_a_queue_leads_to_the_others_and_reads_wide_digits() -> None:
    desk, number = await desk_reader()
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    assert f">{number}</a>" in (await desk.get(f"/demo/reports/desk?q={quote(wide)}")).text
    page = f"/demo/reports/desk?queue=ended&q={quote(wide)}"
    said = (await desk.get(page)).text
    assert "「対応中すべて」を探す" in said and "「終わったもの」を探す" not in said
    link = re.search(r'href="([^"]+)"[^>]*><span>「対応中すべて」を探す', said)
    assert link is not None
    assert f">{number}</a>" in (await desk.get(unescape(link[1]))).text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ja", "知らせを選んでください。"),
        ("ja-easy", "えらんで ください。"),
        ("en", "Please choose reports."),
    ],
)
async def test_an_office_for_no_report_asks_to_choose_reports(language: str, words: str) -> None:
    desk, _ = await desk_reader()
    page = f"/demo/reports/desk?queue=open&lang={language}"
    said = await desk.post(page, {"do": "assign_many", "office": ""})
    assert said.status == 422 and words in re.sub(r"<[^>]+>", "", said.text)


@pytest.mark.parametrize("written", ["00001", "1", "2026-00001", "０００１", "r-2026-1"])
async def test_a_report_is_found_by_its_bare_number_at_the_desk_and_in_public(written: str) -> None:
    desk, number = await desk_reader()
    assert number == "R-2026-00001"
    assert f">{number}</a>" in (await desk.get(f"/demo/reports/desk?q={quote(written)}")).text
    assert number in (await desk.get(f"/demo/reports?q={quote(written)}")).text
    assert f">{number}</a>" not in (await desk.get("/demo/reports/desk?q=00002")).text


async def test_a_number_that_no_report_has_is_looked_for_as_words() -> None:
    app = await open_portal()
    number = await send_report(Reader(app), "3番の柱が曲がっている")
    desk = Reader(app)
    await desk.sign_in("desk", PASSWORD)
    assert number in (await desk.get("/demo/reports?q=3")).text
