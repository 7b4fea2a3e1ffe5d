"""Acting for somebody on the pages: the code, the switch, the bar, what is refused with words, and the way back."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator

import pytest
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.kit.identity.mandates import Wanted
from kaiteki.model.instant import Instant
from kaiteki.model.said import local_time
from reader import Reader

CODE = re.compile(r'<p class="big num code">([A-Z0-9-]{14})</p>')
GIVE = {"do": "give", "ground": "parent", "covers-garden": "*", "until": "2027-01-31"}


@pytest.fixture
async def site() -> AsyncGenerator[TrialSite]:
    yield await open_site()


async def signed_in(site: TrialSite, login: str) -> Reader:
    reader = Reader(site.app)
    assert (await reader.sign_in(login, PASSWORD)).status == 303
    return reader


async def entrusted(site: TrialSite, **more: str) -> tuple[Reader, Reader]:
    """The guest has entrusted gardens to the desk, which acts in the guest's name."""
    guest, desk = await signed_in(site, "guest"), await signed_in(site, "desk")
    page = await guest.post("/demo/my/mandates", {**GIVE, **more})
    found = CODE.search(page.text)
    assert page.status == 200 and found
    looked = await desk.post("/demo/my/mandates", {"do": "look", "code": found[1]})
    assert "見本 太郎さんから任されること" in looked.text and "親権" in looked.text
    taken = await desk.post("/demo/my/mandates", {"do": "take", "code": found[1]})
    assert (taken.status, taken.headers["location"]) == (303, "/demo/my")
    giver = re.search(r'name="for" value="(acc-\w+)"', (await desk.get("/demo/my")).text)
    assert giver
    assert (await desk.post("/demo/my/acting", {"for": giver[1]}, await token(desk))).status == 303
    return guest, desk


async def token(reader: Reader, path: str = "/demo/my") -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', (await reader.get(path)).text)
    return found[1] if found else ""


async def test_whoever_acts_sees_it_on_every_page_and_gets_back(site: TrialSite) -> None:
    _, desk = await entrusted(site)
    for path in ("/demo/", "/demo/my", "/demo/gardens", "/demo/gardens/new", "/demo/search"):
        page = await desk.get(path)
        assert page.status == 200 and "いま、見本 太郎さんの代わりに使っています" in page.text, path
    assert "見本 太郎さんのページ" in (await desk.get("/demo/my")).text
    assert (await desk.post("/demo/my/acting", {"for": ""}, await token(desk))).status == 303
    page = await desk.get("/demo/my")
    assert "代わりに使っています" not in page.text and "見本 花子さんのページ" in page.text


async def test_what_is_done_names_both(site: TrialSite) -> None:
    _, desk = await entrusted(site)
    sent = await desk.post("/demo/gardens/new", {"name": "母の庭"})
    assert sent.status == 303
    guest = await site.store.accounts.by_login("guest")
    lines = [
        (one.by.actor, one.by.helper, one.by.action)
        for one in await site.store.entities.audit("demo", limit=1000)
    ]
    assert guest is not None
    assert (guest.id, site.staff_id, "garden.tell") in lines


async def test_a_number_of_times_is_shown_to_both_and_what_is_beyond_it_is_refused_in_words(
    site: TrialSite,
) -> None:
    guest, desk = await entrusted(site, times="２", period="month")
    own = await signed_in(site, "desk")
    for left in (2, 1):
        for reader in (guest, own):
            assert f"1か月に2回まで（今月はあと{left}回）" in (await reader.get("/demo/my/mandates")).text
        assert (await desk.post("/demo/gardens/new", {"name": "母の庭"})).status == 303
    assert "あと0回" in (await guest.get("/demo/my/mandates")).text
    beyond = await desk.post("/demo/gardens/new", {"name": "母の庭"})
    assert beyond.status == 429 and "代わりにできる回数を使い切りました" in beyond.text
    assert (await desk.get("/demo/gardens")).status == 200, "looking is not counted"
    assert (await guest.post("/demo/gardens/new", {"name": "私の庭"})).status == 303


async def test_what_is_no_number_of_times_is_refused_at_its_field(site: TrialSite) -> None:
    guest = await signed_in(site, "guest")
    for times in ("0", "1000", "x", "-1"):
        page = await guest.post("/demo/my/mandates", {**GIVE, "times": times})
        assert page.status == 422 and 'href="#times"' in page.text, times
        assert "1から999までの数" in page.text and f'value="{times}"' in page.text


async def test_a_mandate_is_given_anew_with_what_it_said(site: TrialSite) -> None:
    until = site.clock.at + 5 * 86_400 * 1_000_000
    guest, _ = await entrusted(site, times="3", period="week", until=said_day(Instant(until)))
    page = (await guest.get("/demo/my/mandates")).text
    found = re.search(r'href="(/demo/my/mandates\?again=mnd-\w+)#give"', page)
    assert found and "同じ内容でもう一度任せる" in page
    form = (await guest.get(found[1])).text
    for filled in (
        'value="parent" selected',
        'value="*" selected',
        'name="times" type="text" value="3"',
        'value="week" selected',
    ):
        assert filled in form, filled
    assert 'name="until" type="date" value=""' in form, "until when is said anew"
    assert 'value="parent" selected' not in (await guest.get("/demo/my/mandates?again=mnd-other")).text


async def test_where_there_is_nothing_the_page_says_so_in_one_sentence(site: TrialSite) -> None:
    guest = await signed_in(site, "guest")
    page = (await guest.get("/demo/my/mandates")).text
    assert "だれにも任せておらず" in page
    for heading in ("任せている人", "あなたが代わりにできる人", "代わりにしてもらったこと"):
        assert heading not in page
    guest, _ = await entrusted(site)
    page = (await guest.get("/demo/my/mandates")).text
    assert "任せている人" in page and "代わりにしてもらったこと" in page
    assert "だれにも任せておらず" not in page and "あなたが代わりにできる人" not in page


def said_day(at: Instant) -> str:
    """A day in Japan as a date field of a form sends it."""
    return local_time(at).date().isoformat()


@pytest.mark.parametrize(
    "path",
    [
        "/demo/my/password",
        "/demo/my/mandates",
        "/demo/my/erase",
        "/demo/my/keys",
        "/demo/desk",
        "/demo/desk/mandates",
        "/demo/desk/garden/Garden",
    ],
)
async def test_what_is_for_the_person_alone(site: TrialSite, path: str) -> None:
    _, desk = await entrusted(site)
    page = await desk.get(path)
    assert page.status == 403 and "ここは本人だけが使えます" in page.text
    sent = await desk.post(
        path,
        {"old": PASSWORD, "password": "another password", "again": "another password"},
        await token(desk),
    )
    assert sent.status in (403, 404, 405)
    assert (await Reader(site.app).sign_in("guest", PASSWORD)).status == 303


async def test_a_page_beyond_the_mandate_says_so(site: TrialSite) -> None:
    guest, desk = await signed_in(site, "guest"), await signed_in(site, "desk")
    book = site.mandates
    account = await site.store.accounts.by_login("guest")
    assert account is not None
    until = Instant(site.clock.now() + 86_400_000_000)
    made = await book.invite(account, Wanted("entrusted", ("elsewhere.*",), until))
    assert isinstance(made, tuple)
    await desk.post("/demo/my/mandates", {"do": "take", "code": made[1]})
    await desk.post("/demo/my/acting", {"for": account.id}, await token(desk))
    page = await desk.get("/demo/gardens")
    assert page.status == 403 and "代わりにできる範囲に入っていません" in page.text
    assert (await guest.get("/demo/gardens")).status == 200


async def test_seeing_is_not_doing(site: TrialSite) -> None:
    _, desk = await entrusted(site, **{"covers-garden": "see"})
    assert (await desk.get("/demo/gardens/new")).status == 200
    assert (await desk.post("/demo/gardens/new", {"name": "母の庭"})).status == 403


async def test_ending_it_ends_it_in_the_middle(site: TrialSite) -> None:
    guest, desk = await entrusted(site)
    found = re.search(r'name="mandate" value="(mnd-\w+)"', (await guest.get("/demo/my/mandates")).text)
    assert found
    assert (await guest.post("/demo/my/mandates", {"do": "end", "mandate": found[1]})).status == 303
    page = await desk.get("/demo/my")
    assert "代わりに使っています" not in page.text and "見本 花子さんのページ" in page.text


async def test_faults_stand_at_their_fields(site: TrialSite) -> None:
    guest = await signed_in(site, "guest")
    for changes, words in (
        ({"until": "2020-01-01"}, "いつまでかを"),
        ({"covers-garden": ""}, "任せることを1つ以上"),
        ({"ground": "counter"}, "関係・根拠を選んで"),
        ({"do": "look", "code": "AAAA-BBBB-CCCC"}, "このコードは使えません"),
    ):
        page = await guest.post("/demo/my/mandates", {**GIVE, **changes})
        assert page.status == 422 and words in page.text, changes


async def test_the_counter_writes_down(site: TrialSite) -> None:
    desk, guest = await signed_in(site, "desk"), await signed_in(site, "guest")
    form = {**GIVE, "helped": "guest", "helper": "desk", "papers": "委任状", "ground": "guardian"}
    assert (await desk.post("/demo/desk/mandates", {**form, "papers": ""})).status == 422
    assert (await desk.post("/demo/desk/mandates", form)).status == 303
    assert "法定代理" in (await guest.get("/demo/my/mandates")).text
    assert (await guest.get("/demo/desk/mandates")).status == 403
    nobody = await Reader(site.app).get("/demo/my/mandates")
    assert nobody.headers["location"].endswith("sign-in?next=my/mandates")


async def test_nobody_acts_without_a_mandate(site: TrialSite) -> None:
    desk = await signed_in(site, "desk")
    guest = await site.store.accounts.by_login("guest")
    assert guest is not None
    assert (await desk.post("/demo/my/acting", {"for": guest.id}, await token(desk))).status == 403
