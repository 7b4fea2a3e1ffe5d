"""The page of the codes of an app: a picture, a first code, codes on paper, and the step after the password."""

from __future__ import annotations

import re
from base64 import b32decode

from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.kit.identity.codes import STEP_S, code_at
from reader import Reader

PAGE = "/demo/my/app-code"


def code_of(site: TrialSite, page: str) -> str:
    """What the app shows after it has read the letters of a page."""
    found = re.search(r'<b class="num">([A-Z2-7 ]+)</b>', page)
    assert found is not None
    return code_at(b32decode(found[1].replace(" ", "")), site.clock.now() // 1_000_000 // STEP_S)


def ticket_of(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None
    return found[1]


async def test_codes_are_switched_on_used_and_switched_off() -> None:
    site = await open_site()
    reader = Reader(site.app)
    await reader.sign_in("guest", PASSWORD)
    page = (await reader.get(PAGE)).text
    assert "<svg" in page and " style=" not in page
    ticket, code = ticket_of(page, "ticket"), code_of(site, page)
    wrong = await reader.post(PAGE, {"do": "on", "ticket": ticket, "code": "1"})
    assert wrong.status == 422 and code_of(site, wrong.text) == code
    told = await reader.post(PAGE, {"do": "on", "ticket": ticket, "code": code})
    paper = re.findall(r"<code>([0-9A-Z-]{14})</code>", told.text)
    assert (told.status, len(paper)) == (200, 10)
    other = Reader(site.app)
    asked = await other.sign_in("guest", PASSWORD)
    assert asked.status == 200 and "kaiteki_session" not in other.cookies
    half_way = ticket_of(asked.text, "half_way")
    again = await other.post("/demo/sign-in", {"half_way": half_way, "code": "1"})
    assert again.status == 422 and ticket_of(again.text, "half_way") == half_way
    entered = await other.post("/demo/sign-in", {"half_way": half_way, "code": paper[0]})
    assert (entered.status, entered.headers["location"]) == (303, "/demo/my")
    over = await Reader(site.app).post("/demo/sign-in", {"half_way": half_way, "code": paper[1]})
    assert over.status == 422 and "時間がたちました" in over.text
    renewed = await reader.post(PAGE, {"do": "paper", "code": paper[2]})
    fresh = re.findall(r"<code>([0-9A-Z-]{14})</code>", renewed.text)
    assert len(fresh) == 10
    assert (await reader.post(PAGE, {"do": "off", "code": paper[3]})).status == 422
    assert (await reader.post(PAGE, {"do": "off", "code": fresh[0]})).status == 303
    assert (await Reader(site.app).sign_in("guest", PASSWORD)).status == 303


async def test_the_desk_asks_those_who_came_by_a_password_alone_for_more() -> None:
    site = await open_site()
    clerk = Reader(site.app)
    await clerk.sign_in("desk", PASSWORD)
    assert "もう1つの確認" in (await clerk.get("/demo/desk")).text
    account = await site.identity.accounts.by_login("desk")
    assert account is not None
    sure = await site.identity.open_session(account, 2, "passkey")
    clerk.cookies["kaiteki_session"] = sure.token
    assert "もう1つの確認" not in (await clerk.get("/demo/desk")).text


async def test_codes_are_for_those_who_are_signed_in() -> None:
    site = await open_site()
    assert (await Reader(site.app).get(PAGE)).headers["location"] == "/demo/sign-in?next=my/app-code"
