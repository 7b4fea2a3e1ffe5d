"""Recovery at the counter: two members of staff, a code that is good once, and nothing left of the old ways in."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator

import pytest
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.kit.identity import SignedIn
from kaiteki.kit.identity.counter import CODE_LIFE_S, CONFIRM_WITHIN_S, Slip
from kaiteki.kit.identity.register import SESSION_RECOVERY_S
from kaiteki.model.decision import Refused
from kaiteki.model.instant import Instant
from kaiteki.portal.saying import grouped, say_moment
from kaiteki.ports.accounts import Account, Grant
from kaiteki.ports.credentials import Credential
from reader import Reader

PAGE, HERE = "/demo/desk/recovery", "192.0.2.1"


@pytest.fixture
async def site() -> AsyncGenerator[TrialSite]:
    site = await open_site()
    await site.identity.register("second", "見本 次郎", PASSWORD, [Grant("demo", "staff")])
    yield site


async def account(site: TrialSite, login: str) -> Account:
    found = await site.identity.accounts.by_login(login)
    assert found is not None
    return found


async def entered(site: TrialSite, login: str) -> Reader:
    reader = Reader(site.app)
    assert (await reader.sign_in(login, PASSWORD)).status == 303
    return reader


async def test_two_members_of_staff_let_somebody_in_again_and_all_old_ways_end(site: TrialSite) -> None:
    first, second, lost = [await entered(site, login) for login in ("desk", "second", "guest")]
    guest = await account(site, "guest")
    await site.identity.credentials.put(Credential("passkey", "old", guest.id, b""))
    opened = await first.post(PAGE, {"do": "open", "named": "guest", "document": "licence"})
    assert (opened.status, opened.headers["location"]) == (303, PAGE)
    refused = await first.post(PAGE, {"do": "confirm", "account": guest.id})
    assert refused.status == 422
    slip = await second.post(PAGE, {"do": "confirm", "account": guest.id})
    code = re.search(r"<code>([0-9A-Z-]{14})</code>", slip.text)
    assert slip.status == 200 and code is not None
    assert (await second.post(PAGE, {"do": "confirm", "account": guest.id})).status == 422
    found = Reader(site.app)
    assert (await found.post("/demo/recover", {"code": "0000"})).status == 422
    done = await found.post("/demo/recover", {"code": code[1]})
    assert (done.status, done.headers["location"]) == (303, "/demo/my/keys")
    assert (await Reader(site.app).post("/demo/recover", {"code": code[1]})).status == 422
    assert {one.kind for one in await site.identity.credentials.of(guest.id)} == {"browser"}
    assert (await lost.get("/demo/my/password")).headers["location"].startswith("/demo/sign-in")
    assert (await Reader(site.app).sign_in("guest", PASSWORD)).status == 422
    new = {"do": "add", "password": "a new long password", "again": "a new long password"}
    assert (await found.post("/demo/my/password", new)).status == 303
    assert (await Reader(site.app).sign_in("guest", "a new long password")).status == 303
    assert (await found.get("/demo/my")).text.count("窓口での再設定について") == 3
    lines = await site.store.entities.audit("demo", 0, 1000)
    told = [(line.by.action, line.by.actor) for line in lines if "recovery" in line.by.action]
    staff = [(await account(site, login)).id for login in ("desk", "second")]
    assert told == [
        ("kit.recovery_opened", staff[0]),
        ("kit.recovery_confirmed", staff[1]),
        ("kit.recovery_done", guest.id),
    ]


async def test_the_person_is_named_by_the_number_of_their_page_with_its_blanks_or_without(
    site: TrialSite,
) -> None:
    guest, desk = await account(site, "guest"), await entered(site, "desk")
    pair = "pair-" + "0a1b2c3d" * 3
    await site.identity.credentials.put(Credential("pairwise", pair, guest.id, b"trust"))
    for named in (
        guest.id,
        grouped(guest.id),
        pair,
        f"　{grouped(pair)} ",
        "ｐａｉｒ-０a1b 2c3d 0a1b 2c3d 0a1b 2c3d",
    ):
        opened = await desk.post(PAGE, {"do": "open", "named": named, "document": "licence"})
        assert (opened.status, opened.headers["location"]) == (303, PAGE), named
        assert [one.account_id for one in await site.identity.counter.waiting("demo")] == [guest.id]
    other = await desk.post(PAGE, {"do": "open", "named": pair[:-1], "document": "licence"})
    assert other.status == 422
    # wherever the counter asks for somebody: a mandate is written down by numbers as well
    helper = await site.identity.register("helper", "見本 葵", PASSWORD)
    assert isinstance(helper, Account)
    form = {"helped": grouped(pair), "helper": grouped(helper.id), "papers": "委任状", "ground": "parent"}
    form |= {"covers-garden": "*", "until": "2027-01-31"}
    assert (await desk.post("/demo/desk/mandates", form)).status == 303
    assert [one.helper for one in await site.mandates.given(guest.id)] == [helper.id]


async def test_what_is_wrong_is_said_at_its_field(site: TrialSite) -> None:
    desk = await entered(site, "desk")
    for named, document, field, words in (
        ("", "licence", "named", "ログインIDか番号を入力してください"),
        ("pair-0000", "licence", "named", "このログインID・番号の人は見つかりません"),
        ("guest", "", "document", "見た本人確認書類を選んでください"),
        ("desk", "licence", "named", "自分のアカウントは再設定できません"),
        ("second", "licence", "named", "職員のアカウントは窓口では再設定できません"),
    ):
        page = await desk.post(PAGE, {"do": "open", "named": named, "document": document})
        assert page.status == 422 and f'href="#{field}"' in page.text and words in page.text, (named, words)
    gone = await desk.post(PAGE, {"do": "confirm", "account": "acc-none"})
    assert gone.status == 422 and "この申請はもうありません" in gone.text


async def test_either_of_the_two_takes_a_mistake_back_and_the_person_is_told(site: TrialSite) -> None:
    first, second, lost = [await entered(site, login) for login in ("desk", "second", "guest")]
    guest = await account(site, "guest")
    for told, reader in enumerate((first, second), 1):
        await first.post(PAGE, {"do": "open", "named": "guest", "document": "licence"})
        assert 'value="withdraw"' in (await reader.get(PAGE)).text
        back = await reader.post(PAGE, {"do": "withdraw", "account": guest.id})
        assert (back.status, back.headers["location"]) == (303, PAGE)
        assert await site.identity.counter.waiting("demo") == []
        assert (await second.post(PAGE, {"do": "confirm", "account": guest.id})).status == 422
        assert (await lost.get("/demo/my")).text.count("申請は取り消されました") == told
    again = await first.post(PAGE, {"do": "withdraw", "account": guest.id})
    assert again.status == 422 and "この申請はもうありません" in again.text
    assert (await lost.post(PAGE, {"do": "withdraw", "account": guest.id})).status in (401, 403)


async def test_wrong_codes_of_one_address_hold_up_nobody_else_there(site: TrialSite) -> None:
    counter, guest, desk = site.identity.counter, await account(site, "guest"), await account(site, "desk")
    await counter.open("demo", desk.id, guest, "licence")
    slip = await counter.confirm("demo", "acc-9", guest.id)
    assert isinstance(slip, Slip)
    other = "0000" if slip.code[:4] != "0000" else "1111"
    said = [await counter.redeem(f"{other}-0000-{n:04}", HERE) for n in range(8)]
    assert said[0] == Refused("invalid") and said[-1] == Refused("too_many"), "guessing at one account waits"
    found = await counter.redeem(slip.code.lower(), HERE)
    assert isinstance(found, Account) and found.id == guest.id


async def test_whoever_comes_by_the_code_reads_what_to_do_until_when_and_gets_to_a_password(
    site: TrialSite,
) -> None:
    counter, guest, desk = site.identity.counter, await account(site, "guest"), await account(site, "desk")
    await counter.open("demo", desk.id, guest, "licence")
    slip = await counter.confirm("demo", "acc-9", guest.id)
    assert isinstance(slip, Slip)
    found = Reader(site.app)
    wrong = await found.post("/demo/recover", {"code": "0000-0000-0000"})
    assert wrong.status == 422 and "このコードは使えません" in wrong.text
    assert (await found.post("/demo/recover", {"code": slip.code})).status == 303
    page = (await found.get("/demo/my/keys")).text
    assert "窓口での再設定ができました" in page and "新しいログインの方法を作ってください" in page
    assert 'href="/demo/my/password"' in page
    ends = Instant(site.clock.at + SESSION_RECOVERY_S * 1_000_000)
    assert say_moment(ends, "ja") in page


def test_numbers_of_people_stand_in_groups_of_four_and_other_words_as_they_are() -> None:
    assert grouped("pair-0a1b2c3d0a1b2c3d0a1b2c3d") == "pair-0a1b 2c3d 0a1b 2c3d 0a1b 2c3d"
    assert grouped("b0a1b2c3d9") == "b0a1 b2c3 d9"
    assert [grouped(one) for one in ("", "—", "erased", "R-2026-00001")] == [
        "",
        "—",
        "erased",
        "R-2026-00001",
    ]


async def test_neither_may_be_the_person_and_staff_are_none_of_the_counter(site: TrialSite) -> None:
    counter, guest, desk = site.identity.counter, await account(site, "guest"), await account(site, "desk")
    assert await counter.open("demo", guest.id, guest, "licence") == Refused("not_allowed")
    assert await counter.open("demo", "acc-9", desk, "licence") == Refused("not_allowed")
    assert await counter.open("demo", desk.id, guest, "a photo") == Refused("invalid")
    assert await counter.open("demo", desk.id, None, "licence") == Refused("not_found")
    await counter.open("demo", desk.id, guest, "licence")
    for one in (desk.id, guest.id):
        assert await counter.confirm("demo", one, guest.id) == Refused("not_allowed")
    assert await counter.confirm("chiba", "acc-9", guest.id) == Refused("not_found")
    assert (await Reader(site.app).get(PAGE)).status == 401
    assert (await (await entered(site, "guest")).get(PAGE)).status == 403


async def test_neither_a_recovery_nor_its_code_waits_for_long(site: TrialSite) -> None:
    counter, guest, desk = site.identity.counter, await account(site, "guest"), await account(site, "desk")
    await counter.open("demo", desk.id, guest, "passport")
    assert [one.account_id for one in await counter.waiting("demo")] == [guest.id]
    assert await counter.waiting("chiba") == []
    site.clock.at = Instant(site.clock.at + CONFIRM_WITHIN_S * 1_000_000)
    assert await counter.waiting("demo") == []
    assert await counter.confirm("demo", "acc-9", guest.id) == Refused("not_found")
    await counter.open("demo", desk.id, guest, "passport")
    slip = await counter.confirm("demo", "acc-9", guest.id)
    assert isinstance(slip, Slip)
    site.clock.at = Instant(site.clock.at + CODE_LIFE_S * 1_000_000)
    assert await counter.redeem(slip.code, HERE) == Refused("invalid")
    assert isinstance(await site.identity.sign_in("guest", PASSWORD, HERE), SignedIn)
