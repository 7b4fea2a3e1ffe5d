"""Where a role wants two factors: who owes one holds no role and is led to it from everywhere, and admins see who has none."""

from __future__ import annotations

import re
from base64 import b32decode

import msgspec
import pytest
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.api.oauth.tokens import AccessTokens
from kaiteki.api.persons import ask_the_register
from kaiteki.kit.identity.codes import STEP_S, code_at
from kaiteki.model.access import ADMIN, STAFF
from kaiteki.model.instant import Instant
from kaiteki.ports.accounts import Account, Grant
from reader import Reader

LED = "/demo/my/second-factor"


@pytest.fixture
async def site() -> TrialSite:
    site = await open_site()
    site.identity.persons.required = {"demo": frozenset({STAFF, ADMIN})}
    return site


async def desk(site: TrialSite) -> Reader:
    """A clerk who came in by a password alone."""
    reader = Reader(site.app)
    entered = await reader.sign_in("desk", PASSWORD)
    assert (entered.status, entered.headers["location"]) == (303, LED)
    return reader


async def set_up(site: TrialSite, reader: Reader) -> bytes:
    """The secret of the app that was switched on."""
    page = (await reader.get("/demo/my/app-code")).text
    letters = re.search(r'<b class="num">([A-Z2-7 ]+)</b>', page)
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)
    assert letters is not None and ticket is not None
    plain = letters[1].replace(" ", "")
    secret = b32decode(plain + "=" * (-len(plain) % 8))
    code = code_at(secret, site.clock.at // 1_000_000 // STEP_S)
    done = await reader.post("/demo/my/app-code", {"do": "on", "ticket": ticket[1], "code": code})
    assert done.status == 200
    return secret


async def test_who_owes_one_is_led_there_from_every_page_and_nowhere_else(site: TrialSite) -> None:
    reader = await desk(site)
    for path in ("", "my", "desk", "gardens", "my/mandates", "desk/garden/Shelter", "search", "my/sessions"):
        led = await reader.get(f"/demo/{path}")
        assert (led.status, led.headers.get("location")) == (303, LED), path
    page = (await reader.get(LED)).text
    assert "パスワードだけでは" in page and "/demo/my/keys" in page and "/demo/my/app-code" in page
    for path in ("my/keys", "my/app-code", "sign-in", "look.css"):
        assert (await reader.get(f"/demo/{path}")).status == 200, path
    assert (await reader.get("/chiba/")).status == 200, "another area decides for itself"
    guest = Reader(site.app)
    assert (await guest.sign_in("guest", PASSWORD)).headers["location"] == "/demo/my"
    assert "求められていません" in (await guest.get(LED)).text


async def test_who_has_set_it_up_shows_it_and_is_at_work(site: TrialSite) -> None:
    reader = await desk(site)
    secret = await set_up(site, reader)
    page = (await reader.get(LED)).text
    assert "用意ができました" in page and "/demo/sign-in?step=2&amp;next=desk" in page
    assert (await reader.get("/demo/desk")).headers["location"] == LED, "set up is not shown"
    site.clock.at = Instant(site.clock.at + 2 * STEP_S * 1_000_000)
    asked = await reader.post("/demo/sign-in?step=2&next=desk", {"login": "desk", "password": PASSWORD})
    ticket = re.search(r'name="half_way" value="([^"]+)"', asked.text)
    assert ticket is not None
    code = code_at(secret, site.clock.at // 1_000_000 // STEP_S)
    fields = {"half_way": ticket[1], "code": code}
    entered = await reader.post("/demo/sign-in?step=2&next=desk", fields)
    assert (entered.status, entered.headers["location"]) == (303, "/demo/desk")
    assert (await reader.get("/demo/desk")).status == 200


async def test_over_the_api_the_session_holds_no_role_either(site: TrialSite) -> None:
    reader = await desk(site)
    tokens = AccessTokens(site.identity, site.store.credentials, site.clock)
    who = ask_the_register(site.identity, "kaiteki_session", tokens, site.mandates)
    cookie = {"cookie": f"kaiteki_session={reader.cookies['kaiteki_session']}"}
    assert (await who(cookie, "demo")).roles == {"anyone", "resident"}
    site.identity.persons.required = {"chiba": frozenset({STAFF})}
    assert STAFF in (await who(cookie, "demo")).roles, "where nothing is wanted, the role holds"


async def test_admins_see_who_has_none_and_clerks_do_not(site: TrialSite) -> None:
    made = await site.identity.register("boss", "土井 大", PASSWORD, [Grant("*", ADMIN)])
    assert isinstance(made, Account)
    await site.identity.register("hanako", "登録 花子", PASSWORD, [Grant("demo", "resident")])
    boss, clerk = Reader(site.app), Reader(site.app)
    account = await site.identity.accounts.by_login("desk")
    assert account is not None
    for reader, one in ((boss, made), (clerk, account)):
        reader.cookies["kaiteki_session"] = (await site.identity.open_session(one, 2)).token
    page = (await boss.get("/demo/desk/factors")).text
    assert "まだ用意していない人：2人" in page and "見本 花子" in page and "見本 太郎" not in page
    assert "登録 花子" not in page, "a resident is no member of staff"
    assert "admin, staff" in page and "/demo/desk/factors" in (await boss.get("/demo/desk")).text
    assert (await clerk.get("/demo/desk/factors")).status == 403
    assert (await Reader(site.app).get("/demo/desk/factors")).status == 401


async def test_sample_accounts_and_programs_owe_none(site: TrialSite) -> None:
    account = await site.identity.accounts.by_login("desk")
    assert account is not None
    await site.identity.accounts.put(msgspec.structs.replace(account, sample=True))
    reader = Reader(site.app)
    assert (await reader.sign_in("desk", PASSWORD)).headers["location"] != LED
    made = await site.identity.register_machine("open311", [Grant("demo", STAFF)])
    assert isinstance(made, tuple)
    session = (await site.identity.open_session(made[0])).session
    assert STAFF in site.identity.persons.of(made[0], "demo", session).roles
