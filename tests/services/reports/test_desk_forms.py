"""Every form of the desk, posted as the page renders it: what a clerk types arrives."""

from __future__ import annotations

import re

import pytest
from rendered_forms import form_of, press
from starlette.applications import Starlette
from test_report_pages import PASSWORD, PLACE, open_portal, send_report
from test_report_photos import photo

from kaiteki.main.cities import load_service_settings
from kaiteki.services.reports.settings import Settings
from kaiteki.services.reports.triage import triage
from reader import Reader


async def clerk_of(app: Starlette) -> Reader:
    """A clerk who is signed in."""
    desk = Reader(app)
    assert (await desk.sign_in("desk", PASSWORD)).status == 303
    return desk


async def send_another(app: Starlette, words: str, phone: Reader | None = None) -> str:
    """A further report from the same place, by somebody else; its number."""
    phone = phone or Reader(app)
    for page, fields in (
        ("new", {"category": "park"}),
        ("new/place", PLACE),
        ("new/photo", {"description": words, "answer-hurt": "no"}),
        ("new/check", {"follow": "yes"}),
    ):
        await phone.get(f"/demo/reports/{page}")
        sent = await phone.post(f"/demo/reports/{page}", fields)
    return sent.headers["location"].rsplit("/", 1)[1]


def at(number: str) -> str:
    """A report opened at the desk."""
    return f"/demo/reports/desk?open={number}"


async def test_what_is_typed_at_the_desk_arrives_from_note_to_completion() -> None:
    app = await open_portal()
    phone, desk = Reader(app), await clerk_of(app)
    number = await send_report(phone)
    page, public = at(number), f"/demo/reports/{number}"
    assert (await press(desk, page, "note", why="現場を見ました")).status == 303
    assert "現場を見ました" in (await desk.get(page)).text
    assert "現場を見ました" not in (await phone.get(public)).text
    for do, typed in (
        ("note", {"why": "みなさんへのお知らせです", "public": "yes"}),
        ("check", {"why": "あした見に行きます"}),
        ("assign", {"why": "土木の担当にしました", "office": "roads"}),
        ("start", {"why": "作業に入ります"}),
        ("plan", {"why": "部品が届く日です", "planned": "2026-12-01"}),
    ):
        sent = await press(desk, page, do, **typed)
        assert sent.status == 303, (do, sent.text)
        assert typed["why"] in (await phone.get(public)).text, do
    corrected = await press(desk, page, "correct", category="litter", why="ごみのことでした")
    assert corrected.status == 303
    assert "ごみのことでした" in (await phone.get(public)).text
    mended = await press(desk, page, "fix_temporarily", photo("red"), why="ロープを張りました")
    assert mended.status == 303 and "ロープを張りました" in (await phone.get(public)).text
    done = await press(desk, page, "complete", photo("green"), why="直しました")
    assert done.status == 303 and "直しました" in (await phone.get(public)).text
    again = await press(desk, page, "reopen", why="もう一度見ます")
    assert again.status == 303 and "もう一度見ます" in (await phone.get(public)).text


async def test_a_task_a_merge_a_pass_on_and_hiding_carry_their_words() -> None:
    app = await open_portal()
    desk = await clerk_of(app)
    first = await send_report(Reader(app))
    second = await send_another(app, "木の枝が折れている")
    task = {"why": "手伝ってください", "what": "板を替える", "day": "2026-11-29"}
    made = await press(desk, at(first), "make_task", **task)
    assert made.status == 303, made.text
    shown = (await Reader(app).get(f"/demo/reports/{first}")).text
    assert "手伝ってください" in shown and "板を替える" in shown
    hidden = await press(desk, at(second), "hide")
    assert hidden.status == 303
    assert (await press(desk, at(second), "publish")).status == 303
    merged = await press(desk, at(second), "merge", why="同じベンチです", into=first)
    assert merged.status == 303, merged.text
    assert "同じベンチです" in (await Reader(app).get(f"/demo/reports/{second}")).text
    third = await send_another(app, "水が出ない")
    passed = await press(desk, at(third), "pass_on", why="市の外の施設です")
    assert passed.status == 303
    assert "市の外の施設です" in (await Reader(app).get(f"/demo/reports/{third}")).text


async def test_after_an_error_everything_that_was_typed_is_still_there() -> None:
    app = await open_portal()
    desk = await clerk_of(app)
    page = at(await send_report(Reader(app)))
    typed = {
        "what": "板を替える", "day": "2026-11-29", "starts": "15:00", "ends": "14:00", "people_min": "6", "people_max": "2",
        "tools": "のこぎり", "meeting_place": "北の入口", "insurance": "市の保険です", "why": "お願いします", "safety": "care",
    }  # fmt: skip
    answer = await press(desk, page, "make_task", **typed)
    assert answer.status == 422
    again = form_of(answer.text, "make_task").fields
    assert {name: again[name] for name in typed} == typed
    for field in ("starts_at", "people_min"):
        assert f'href="#{field}"' in answer.text and f'id="{field}"' in answer.text
        assert f'id="{field}-error"' in answer.text
    planned = await press(desk, page, "correct", why="ごみでした", category="litter")
    assert planned.status == 303
    seen = await press(desk, page, "preview", why="道でした", category="road")
    assert form_of(seen.text, "correct").fields["why"] == "道でした"
    empty = await press(desk, page, "note", public="yes")
    assert empty.status == 422 and 'href="#text"' in empty.text and 'id="text-error"' in empty.text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ja", "ほかの職員1人か、現地を見た市民2人"),
        ("ja-easy", "見（み）た 人（ひと） 2人"),
        ("en", "One other clerk, or 2 residents"),
    ],
)
async def test_who_did_the_work_is_told_who_confirms_it(language: str, words: str) -> None:
    app = await open_portal()
    desk = await clerk_of(app)
    page = at(await send_report(Reader(app)))
    await press(desk, page, "assign", office="roads")
    assert (await press(desk, page, "complete", photo("green"))).status == 303
    shown = (await desk.get(f"{page}&lang={language}")).text
    assert words in shown and 'value="confirm"' not in shown


async def test_what_was_merged_is_followed_in_the_other_report_until_it_is_stopped() -> None:
    app = await open_portal()
    desk, phone = await clerk_of(app), Reader(app)
    first = await send_another(app, "ベンチの板が割れている")
    second = await send_another(app, "ベンチの板が割れている", phone)
    assert (await press(desk, at(second), "merge", into=first)).status == 303
    public = f"/demo/reports/{first}"
    shown = (await phone.get(public)).text
    assert "続報を止める" in shown and "続報を受け取る" not in shown
    assert "続報を受け取る" in (await Reader(app).get(public)).text
    assert (await press(phone, public, "unfollow")).status == 303
    assert "続報を受け取る" in (await phone.get(public)).text


async def test_a_number_that_is_none_is_said_and_the_menu_of_the_desk_holds_pages_only() -> None:
    desk = await clerk_of(await open_portal())
    assert "そのような知らせはありません" in (await desk.get(at("R-9999-1"))).text
    assert "There is no such report" in (await desk.get(at("R-9999-1") + "&lang=en")).text
    menu = (await desk.get("/demo/desk")).text
    assert "/demo/reports/desk" in menu
    for page in ("/demo/desk", "/demo/services", "/demo"):
        answer = await desk.get(page)
        assert not re.findall(r'<a [^>]*href="[^"]*\.(?:js|csv)"', answer.text), page


async def test_the_detail_comes_first_on_a_phone() -> None:
    app = await open_portal()
    desk = await clerk_of(app)
    opened = (await desk.get(at(await send_report(Reader(app))))).text
    assert "一覧に戻る" in opened and "一覧に戻る" not in (await desk.get("/demo/reports/desk")).text


@pytest.mark.parametrize("city", ["demo", "chiba", "kashiwa"])
@pytest.mark.parametrize(
    ("words", "urgency"),
    [
        ("ごみが落ちています", "normal"),
        ("空き缶がたくさん落ちている。", "normal"),
        ("看板が落ちそうです", "high"),
        ("外壁が落ちてきそうです", "high"),
        ("柵がなく、川に転落するおそれ", "high"),
    ],
)
def test_litter_that_lies_there_is_not_urgent_but_what_may_fall_is(
    city: str, words: str, urgency: str
) -> None:
    assert triage(load_service_settings(city, "reports", Settings), words, {}).urgency == urgency
