"""Every form of the desk, posted as the page renders it: what a clerk types arrives."""

from __future__ import annotations

from rendered_forms import press
from starlette.applications import Starlette
from test_report_pages import PASSWORD, PLACE, open_portal, send_report
from test_report_photos import photo

from reader import Reader


async def clerk_of(app: Starlette) -> Reader:
    """A clerk who is signed in."""
    desk = Reader(app)
    assert (await desk.sign_in("desk", PASSWORD)).status == 303
    return desk


async def send_another(app: Starlette, words: str) -> str:
    """A further report from the same place, by somebody else; its number."""
    phone = Reader(app)
    for page, fields in (
        ("new", {"category": "park"}),
        ("new/place", PLACE),
        ("new/photo", {"description": words, "answer-hurt": "no"}),
        ("new/check", {}),
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
