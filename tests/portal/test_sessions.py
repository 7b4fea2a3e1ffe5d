"""Where somebody is signed in: told apart by browser, way and time; one or all others are ended; a new browser is told of."""

from __future__ import annotations

import msgspec
import pytest
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.kit.identity.browsers import BROWSERS_MAX
from kaiteki.portal.devices import device_of
from kaiteki.ports.accounts import Account
from reader import Reader

PAGE = "/demo/my/sessions"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
LAPTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0"
DROID = "Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0"


def browser(site: TrialSite, agent: str) -> Reader:
    return Reader(site.app, **{"user-agent": agent})


async def guest(site: TrialSite) -> Account:
    account = await site.identity.accounts.by_login("guest")
    assert account is not None
    return account


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (PHONE, "Safari/iPhone"),
        (LAPTOP, "Edge/Windows"),
        (DROID, "Firefox/Android"),
        (PHONE.replace("Safari/604.1", "Safari/604.1 Line/14.19.0"), "LINE/iPhone"),
        ("curl/8.5.0", ""),
        ("Something (X11; Linux x86_64)", "/Linux"),
        ("", ""),
        ("<script>Firefox/1", "Firefox/"),
    ],
)
def test_a_browser_is_called_by_what_its_owner_knows_it_as(agent: str, device: str) -> None:
    assert device_of(agent) == device


async def test_each_session_says_where_and_how_and_since_when() -> None:
    site = await open_site()
    phone, laptop = browser(site, PHONE), browser(site, LAPTOP)
    await phone.sign_in("guest", PASSWORD)
    await laptop.sign_in("guest", PASSWORD)
    page = (await laptop.get(PAGE)).text
    assert page.index("Edge（Windows）") < page.index("この端末</span>") < page.index("Safari（iPhone）")
    assert "パスワードでログイン" in page and "11月22日（日） 09:20 から" in page
    assert page.count("ログアウトさせる</span>") == 2, "one of the other, one for all others"
    account = await guest(site)
    (first, _) = sorted(await site.identity.sessions(account.id), key=lambda one: one.device, reverse=True)
    await laptop.post(PAGE, {"session": first.token_hash})
    assert "ログアウトさせました" in (await laptop.get(PAGE)).text
    assert (await phone.get(PAGE)).headers["location"] == "/demo/sign-in?next=my/sessions"
    assert "Safari（iPhone）" not in (await laptop.get(PAGE)).text


async def test_all_others_end_at_once_and_this_one_stays() -> None:
    site = await open_site()
    own = [browser(site, agent) for agent in (PHONE, LAPTOP, DROID)]
    for one in own:
        await one.sign_in("guest", PASSWORD)
    stranger = browser(site, PHONE)
    await stranger.sign_in("desk", PASSWORD)
    await own[0].post(PAGE, {"do": "others"})
    assert "ほかの2台をログアウトさせました" in (await own[0].get(PAGE)).text
    assert [(await one.get(PAGE)).status for one in (*own, stranger)] == [200, 303, 303, 200]


async def test_a_browser_that_is_new_is_told_of_once_and_never_the_first() -> None:
    site = await open_site()
    phone, laptop = browser(site, PHONE), browser(site, LAPTOP)
    await phone.sign_in("guest", PASSWORD)
    assert "新しい端末" not in (await phone.get("/demo/my")).text
    await laptop.sign_in("guest", PASSWORD)
    told = (await phone.get("/demo/my")).text
    assert told.count("新しい端末でログインがありました") == 1
    assert "Edge（Windows）でログイン" in told and 'href="/demo/my/sessions"' in told
    for again in (laptop, phone):
        await again.sign_in("guest", PASSWORD)
    assert (await phone.get("/demo/my")).text.count("新しい端末でログインがありました") == 1


async def test_an_account_of_before_that_is_signed_in_elsewhere_is_told_too() -> None:
    site = await open_site()
    account = await guest(site)
    await site.identity.open_session(account)
    laptop = browser(site, LAPTOP)
    await laptop.sign_in("guest", PASSWORD)
    assert "新しい端末でログインがありました" in (await laptop.get("/demo/my")).text


async def test_a_sample_account_that_many_share_is_told_of_nobody() -> None:
    site = await open_site()
    account = await guest(site)
    await site.identity.accounts.put(msgspec.structs.replace(account, sample=True))
    for agent in (PHONE, LAPTOP):
        one = browser(site, agent)
        await one.sign_in("guest", PASSWORD)
        assert "新しい端末" not in (await one.get("/demo/my")).text
        assert "ほかの端末をすべて" not in (await one.get(PAGE)).text


async def test_only_so_many_browsers_are_remembered() -> None:
    site = await open_site()
    account = await guest(site)
    for n in range(BROWSERS_MAX + 3):
        site.clock.at = type(site.clock.at)(site.clock.at + 1_000_000)
        opened = await site.identity.open_session(account)
        await site.identity.browsers.greet(opened.session, f"b{n}")
    assert len(await site.store.credentials.of(account.id, "browser")) == BROWSERS_MAX
    opened = await site.identity.open_session(account)
    assert not await site.identity.browsers.greet(opened.session, f"b{BROWSERS_MAX + 2}")
    assert await site.identity.browsers.greet(opened.session, "b0")
