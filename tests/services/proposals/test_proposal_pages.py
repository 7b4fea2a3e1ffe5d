"""Proposals on their pages, by forms alone: proposed, supported, amended, answered, made a project; in three languages."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from proposal_samples import MADE, NUMBER, OFFICES
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.kit.catalogue.settings import Office
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.proposals.manifest import service
from kaiteki.services.proposals.settings import Settings
from reader import Reader

ALL = "/demo/participation/proposals"
HERE = f"{ALL}/{NUMBER}"
DESK = f"/demo/participation/desk/proposals/{NUMBER}"
AMENDED = f"{HERE}/amendments/1"
TOWN = Settings(offices=OFFICES, wards=(Office("port", Words("港地区", "Port")),))
OTHER = MADE["text"].replace("三つ", "五つ")


async def open_town() -> tuple[TrialSite, Reader, Reader, Reader]:
    """A town, its clerk, and two residents."""
    site = await open_site(service, settings=TOWN)
    clerk, one, other = (Reader(site.app) for _ in range(3))
    await clerk.sign_in("desk", PASSWORD)
    for login, who in (("hanako", one), ("taro", other)):
        await site.identity.register(login, "見本", PASSWORD)
        await who.sign_in(login, PASSWORD)
    return site, clerk, one, other


async def propose(resident: Reader) -> None:
    """A proposal, by its form."""
    done = await resident.post(f"{ALL}/new", {**MADE, "ward": "port"})
    assert (done.status, done.headers["location"]) == (303, HERE)


async def press(who: Reader, page: str, do: str, **fields: str) -> None:
    """Press a button that must do what it says."""
    done = await who.post(page, {"do": do, **fields})
    assert done.status == 303, done.text


async def test_a_proposal_goes_from_an_idea_to_a_project_by_forms_alone() -> None:
    site, clerk, hanako, taro = await open_town()
    short = await hanako.post(f"{ALL}/new", {"title": "あ", "text": ""})
    assert short.status == 422 and 'id="title-error"' in short.text and 'id="text-error"' in short.text
    doubted = await hanako.post(f"{ALL}/new", {**MADE, "text": "電話は090-1234-5678へどうぞ。"})
    assert doubted.status == 422 and 'name="looked"' in doubted.text and "090-1234" in doubted.text
    await propose(hanako)
    stranger = Reader(site.app)
    seen = (await stranger.get(HERE)).text
    assert MADE["text"] in seen and "ログインして応援する" in seen and 'value="withdraw"' not in seen
    assert (await stranger.post(HERE, {"do": "support"})).status == 422
    await press(taro, HERE, "support")
    assert 'value="leave"' in (await taro.get(HERE)).text
    assert "応援 1人" in (await stranger.get(ALL)).text
    await press(taro, HERE, "comment", text="木が<b>よい</b>です。")
    shown = (await stranger.get(HERE)).text
    assert "&lt;b&gt;" in shown and "<b>よい" not in shown
    await press(clerk, DESK, "examine_proposal")
    empty = await clerk.post(DESK, {"do": "accept_proposal", "why": "", "answer": "whole"})
    assert empty.status == 422
    await press(clerk, DESK, "accept_proposal", why="休む所が足りないためです。", answer="partly")
    await press(clerk, DESK, "begin_project", why="秋に始めます。", project="海浜公園のベンチ")
    await press(clerk, DESK, "report_progress", why="二つ置きました。", percent="66")
    shown = (await stranger.get(HERE)).text
    assert "休む所が足りないためです。" in shown and "海浜公園のベンチ" in shown and "66%" in shown
    for who in (hanako, taro):
        assert (await who.get("/demo/my")).text.count(HERE) >= 4
    assert MADE["title"] in (await hanako.get(f"{ALL}/mine")).text


async def test_another_text_is_shown_with_what_differs_and_taken_in() -> None:
    _, clerk, hanako, taro = await open_town()
    await propose(hanako)
    form = (await taro.get(f"{HERE}/amend")).text
    assert MADE["text"] in form and 'name="version" value="1"' in form
    told = {"title": MADE["title"], "text": OTHER, "why": "三つでは足りません。", "version": "1"}
    made = await taro.post(f"{HERE}/amend", told)
    assert (made.status, made.headers["location"]) == (303, AMENDED)
    page = (await hanako.get(AMENDED)).text
    assert '<del class="out">三</del><ins class="in">五</ins>' in page and 'value="accept"' in page
    assert 'value="accept"' not in (await taro.get(AMENDED)).text
    await press(hanako, AMENDED, "accept")
    assert OTHER in (await clerk.get(HERE)).text
    late = await taro.post(f"{HERE}/amend", {**told, "text": OTHER + "ね。"})
    assert late.status == 422 and "提案の文が変わりました" in late.text


async def test_what_is_flagged_waits_at_the_desk_and_goes_out_of_sight() -> None:
    site, clerk, hanako, taro = await open_town()
    await propose(hanako)
    await press(taro, HERE, "comment", text="いやな言葉です。")
    await press(hanako, HERE, "flag", n="1", why="abuse")
    waiting = await clerk.get("/demo/participation/desk/proposals")
    assert "いやな言葉です。" in waiting.text
    this = re.search(r'name="id" value="([^"]+Comment[^"]+)"', waiting.text)
    assert this is not None
    await press(clerk, "/demo/participation/desk/proposals", "hide", id=this[1], why="abuse")
    assert "いやな言葉" not in (await Reader(site.app).get(HERE)).text
    assert "いやな言葉" in (await clerk.get(DESK)).text
    await press(clerk, DESK, "show", id=this[1])
    assert "いやな言葉" in (await Reader(site.app).get(HERE)).text
    await press(clerk, DESK, "hide", why="other")
    gone = (await Reader(site.app).get(HERE)).text
    assert MADE["title"] not in gone and MADE["text"] not in gone
    for query in ("", f"?q={quote('ベンチ')}", f"?q={NUMBER}", "?state=open", "?ward=port"):
        assert f"proposals/{NUMBER}" not in (await Reader(site.app).get(f"{ALL}{query}")).text


async def test_the_list_is_searched_narrowed_and_put_in_order() -> None:
    site, _, hanako, taro = await open_town()
    await propose(hanako)
    site.clock.at = Instant(site.clock.at + 1_000_000)
    second = {"title": "図書館を夜も開ける", "text": "仕事のあとに本を借りたいです。"}
    assert (await hanako.post(f"{ALL}/new", second)).status == 303
    await press(taro, HERE, "support")

    async def order(query: str) -> list[str]:
        text = (await taro.get(f"{ALL}{query}")).text
        return re.findall(r'proposals/(PR-2026-\d+)"', text)

    other = "PR-2026-00002"
    assert await order("") == [other, NUMBER]
    assert await order("?sort=support") == [NUMBER, other]
    assert await order(f"?q={quote('図書館')}") == [other]
    assert await order("?q=pr-2026-1") == [NUMBER]
    assert await order("?ward=port") == [NUMBER]
    assert await order("?state=done") == []
    assert (await taro.get(f"{ALL}?sort=nothing")).status == 400


@pytest.mark.parametrize(
    ("language", "word"), [("ja", "応援した人"), ("ja-easy", "おうえんした"), ("en", "Supporters")]
)
async def test_every_page_speaks_every_language(language: str, word: str) -> None:
    _, clerk, hanako, taro = await open_town()
    await propose(hanako)
    told = {"title": MADE["title"], "text": OTHER, "why": "三つでは足りません。", "version": "1"}
    await taro.post(f"{HERE}/amend", told)
    pages = (ALL, HERE, f"{ALL}/new", f"{ALL}/mine", f"{HERE}/amend", AMENDED, DESK)
    for page in (*pages, "/demo/participation/desk/proposals"):
        shown = await clerk.get(f"{page}?lang={language}")
        assert shown.status == 200, page
        if page == HERE:
            assert word in re.sub(r"<wbr>|\u200b|<r[tp]>[^<]*</r[tp]>|</?ruby>", "", shown.text)


@pytest.mark.parametrize(
    "path", ["x", f"{NUMBER}/amendments/x", f"{NUMBER}/amendments/99999999", f"{NUMBER}/amendments/2"]
)
async def test_an_address_of_nothing_is_told_as_such(path: str) -> None:
    _, _, hanako, _ = await open_town()
    await propose(hanako)
    assert (await hanako.get(f"{ALL}/{path}")).status == 404
    assert (await hanako.post(HERE, {"do": "nothing"})).status == 404
