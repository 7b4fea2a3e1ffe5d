"""A form whose page wants a surer sign-in, or one of this moment, when it is sent: what was typed comes back into it after that."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from garden_town import GARDEN
from test_second_factor_pages import LED, set_up
from trial_site import PASSWORD, TrialSite, open_site
from typed_forms import Pairs, form_with, send
from window import CHROMIUM, ORIGIN, open_chromium, open_window

from kaiteki.kit.identity.codes import STEP_S, code_at
from kaiteki.kit.identity.register import FRESH_S
from kaiteki.kit.identity.unsent import EACH_MAX, UNSENT
from kaiteki.model.access import STAFF
from kaiteki.model.instant import Instant
from kaiteki.portal.guard import SESSION_COOKIE
from kaiteki.portal.pages.unsent import RESUMED
from kaiteki.ports.accounts import Account
from reader import Answer, Reader

NEW = "/demo/gardens/new"
FRESH_PAGE = msgspec.structs.replace(
    GARDEN,
    pages=tuple(
        msgspec.structs.replace(page, fresh=page.path == "gardens/new", assurance=page.path == "gardens/new")
        for page in GARDEN.pages
    ),
)
WORDS = 'とても長い話です。<b>&amp;\n二行目 "引用"' * 12
FORMS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("my/api-keys", "name", {"name": "バスの時刻"}),
    ("desk/recovery", "named", {"named": "山田 はな", "document": "licence"}),
    ("desk/mandates", "papers", {"helped": "guest", "helper": "desk", "papers": "戸籍 &lt;1&gt;"}),
    ("my/mandates", "ground", {"until": "2027-03-31", "times": "7", "do": "give"}),
)


async def entered(site: TrialSite, login: str) -> Reader:
    reader = Reader(site.app, **{"accept-language": "ja"})
    assert (await reader.sign_in(login, PASSWORD)).status == 303
    return reader


def later(site: TrialSite) -> None:
    site.clock.at = Instant(site.clock.at + FRESH_S * 1_000_000)


def following(answer: Answer) -> str:
    """Where the sign-in that a form leads to leads on."""
    to = urlsplit(answer.headers["location"])
    assert (answer.status, to.path) == (303, "/demo/sign-in")
    return parse_qs(to.query)["next"][0]


@pytest.mark.parametrize(("path", "field", "typed"), FORMS, ids=[path for path, _, _ in FORMS])
async def test_a_form_of_the_portal_comes_back_filled_after_the_sign_in_of_this_moment(
    path: str, field: str, typed: dict[str, str]
) -> None:
    site = await open_site()
    reader, address = await entered(site, "desk"), f"/demo/{path}"
    form = form_with((await reader.get(address)).text, field)
    later(site)
    led = await send(reader, address, form, **typed)
    following(led)
    asked = await reader.get(led.headers["location"])
    assert "送るには、もう一度ログインが要ります。書いたものは1時間残してあります" in asked.text
    back = await reader.post(led.headers["location"], {"login": "desk", "password": PASSWORD})
    shown = (await reader.get(back.headers["location"])).text
    assert "まだ送られていません" in shown
    again = dict(form_with(shown, field))
    wanted = dict(form) | {name: value for name, value in typed.items() if name != "do"}
    assert {**again, "csrf": ""} == {**wanted, "csrf": ""}


async def test_of_a_form_with_a_secret_nothing_is_kept() -> None:
    assert not {"/{area}/my/password", "/{area}/my/app-code", "/{area}/my/keys"} & RESUMED
    site = await open_site()
    reader = await entered(site, "desk")
    form = form_with((await reader.get("/demo/my/password")).text, "old")
    later(site)
    led = await send(reader, "/demo/my/password", form, do="add", password="a new secret of mine")
    assert following(led) == "my/password"
    assert await site.store.credentials.list(UNSENT) == []


async def test_what_finds_no_room_is_shown_to_be_copied() -> None:
    site = await open_site(FRESH_PAGE)
    reader = await entered(site, "guest")
    form = form_with((await reader.get(NEW)).text, "words")
    later(site)
    noise = "".join(f"{n * n * 7919:x}" for n in range(40_000))
    told = await send(reader, NEW, form, words=f"{noise} the end")
    assert told.status == 403 and "the end" in told.text and "コピー" in told.text


async def test_a_script_is_led_as_before_and_leaves_nothing() -> None:
    site = await open_site(FRESH_PAGE)
    reader = await entered(site, "guest")
    form = form_with((await reader.get(NEW)).text, "words")
    later(site)
    reader.headers["sec-fetch-mode"] = "cors"
    assert following(await send(reader, NEW, form, words="い")) == "gardens/new"
    assert await site.store.credentials.list(UNSENT) == []


async def test_sent_again_and_again_too_late_only_the_latest_is_kept() -> None:
    site = await open_site(FRESH_PAGE)
    reader, page = await entered(site, "guest"), NEW
    for number in range(EACH_MAX + 1):
        form = form_with((await reader.get(page)).text, "words")
        later(site)
        led = await send(reader, page, form, words=f"話 {number}")
        assert len(await site.store.credentials.list(UNSENT)) == 1
        page = "/demo/" + following(led)
        await reader.post(led.headers["location"], {"login": "guest", "password": PASSWORD})
    assert dict(form_with((await reader.get(page)).text, "words"))["words"] == f"話 {EACH_MAX}"


async def owing(how: str) -> tuple[TrialSite, Reader, Pairs]:
    """A clerk who fills in a form while a second factor becomes their duty; `how`: in this session, or when it is over."""
    site = await open_site()
    reader = await entered(site, "desk")
    form = form_with((await reader.get("/demo/gardens/new")).text, "words")
    site.identity.persons.required = {"demo": frozenset({STAFF})}
    if how == "over":
        reader.cookies.pop(SESSION_COOKIE)
    return site, reader, form


@pytest.mark.parametrize("how", ["now", "over"])
async def test_who_owes_a_second_factor_sets_it_up_and_finds_the_form_as_it_was_typed(how: str) -> None:
    site, reader, form = await owing(how)
    led = await send(reader, f"{NEW}?from=map", form, name="にわ", words=WORDS)
    if how == "over":
        led = await reader.post(led.headers["location"], {"login": "desk", "password": PASSWORD})
    assert (led.status, led.headers["location"]) == (303, LED)
    assert "書いたものは残してあります" in (await reader.get(LED)).text
    secret = await set_up(site, reader)
    site.clock.at = Instant(site.clock.at + 2 * STEP_S * 1_000_000)
    way = re.search(r'href="(/demo/sign-in\?step=2&amp;next=gardens[^"]+)"', (await reader.get(LED)).text)
    assert way is not None
    address = way[1].replace("&amp;", "&")
    asked = await reader.post(address, {"login": "desk", "password": PASSWORD})
    ticket = re.search(r'name="half_way" value="([^"]+)"', asked.text)
    assert ticket is not None
    code = code_at(secret, site.clock.at // 1_000_000 // STEP_S)
    came = await reader.post(address, {"half_way": ticket[1], "code": code})
    page = came.headers["location"]
    assert page.startswith("/demo/gardens/new?kept=") and page.endswith("&from=map")
    again = dict(form_with((await reader.get(page)).text, "words"))
    assert (again["name"], again["words"]) == ("にわ", WORDS)
    assert (await send(reader, page, list(again.items()))).headers["location"].startswith("/demo/gardens/urn")
    assert await site.store.credentials.list(UNSENT) == []


async def test_another_account_in_this_browser_is_told_of_nothing() -> None:
    site, reader, form = await owing("now")
    await send(reader, NEW, form, words="だれにも")
    other = await site.identity.accounts.by_login("guest")
    assert isinstance(other, Account)
    reader.cookies[SESSION_COOKIE] = (await site.identity.open_session(other)).token
    assert "書いたものは残してあります" not in (await reader.get(LED)).text


@pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium")
async def test_without_scripts_it_comes_back_and_says_that_the_photo_is_to_be_chosen_again() -> None:
    site = await open_site(FRESH_PAGE)
    reader = await entered(site, "guest")
    async with open_chromium() as browser:
        page = await open_window(browser, reader, 390, java_script_enabled=False, locale="ja-JP")
        await page.goto(f"{ORIGIN}{NEW}")
        await page.fill('[name="name"]', "ばら園")
        await page.fill('[name="words"]', WORDS)
        await page.check('[name="kind"][value="b"]')
        photo = {"name": "rose.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + bytes(64)}
        await page.set_input_files('[name="photo"]', files=[photo])
        later(site)
        await page.click("main form button[type=submit]")
        await page.wait_for_url("**/demo/sign-in?step=1**")
        assert "写真やファイルだけは、戻ってから選び直してください" in await page.inner_text("body")
        await page.fill('[name="login"]', "guest")
        await page.fill('[name="password"]', PASSWORD)
        await page.locator("form", has=page.locator('[name="password"]')).locator("button").click()
        await page.wait_for_url("**/demo/gardens/new?kept=**")
        assert "写真やファイルは選び直してから" in await page.inner_text("body")
        assert await page.input_value('[name="name"]') == "ばら園"
        assert await page.input_value('[name="words"]') == WORDS
        assert await page.is_checked('[name="kind"][value="b"]')
        await page.click("main form button[type=submit]")
        await page.wait_for_url("**/demo/gardens/urn**")
        assert await page.inner_text("h1") == "ばら園"
    assert await site.store.credentials.list(UNSENT) == []
