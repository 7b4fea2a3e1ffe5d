"""A form whose session is over: what was typed comes back to whoever typed it, into the same form, and to nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from test_two_clerks import SCENES, opened
from trial_site import PASSWORD, TrialSite, open_site
from typed_forms import URLENCODED, Pairs, form_with, forms_of, send

from kaiteki.kit.identity.unsent import EACH_MAX, LIFE_S, TOGETHER_MAX, UNSENT, Typed, Unsent
from kaiteki.kit.manifest import Service
from kaiteki.main.parts import SERVICES
from kaiteki.model.instant import Instant
from kaiteki.portal.guard import SESSION_COOKIE
from kaiteki.portal.refilling import refilled
from kaiteki.ports.accounts import Grant
from kaiteki.services.opendata.manifest import service as opendata
from reader import Answer, Reader

LOOKED_AT: Mapping[str, set[str]] = {
    "reports": {"reports/damage", "reports/desk/themes", "reports/new", "reports/new/offline"},
    "opendata": {"data/requests/new", "opendata/catalogues", "opendata/harvest", "opendata/release"},
    "counter": set(),
    "participation": {"participation/desk"},
    "maps": set(),
    "environment": set(),
    "trust": {"my/requests", "trust/paper"},
    "points": {
        "points/desk",
        "points/desk/campaigns",
        "points/desk/recipients",
        "points/desk/rewards",
        "points/desk/settlements",
    },
}
"""Pages with a form in a town where nothing happened yet; that of a layer has its own test."""
EDIT = SCENES["opendata.describe"].address
LONG = 'とても長い説明です。<b>&amp;\n二行目 "引用"' * 20


def where(answer: Answer) -> str:
    assert answer.status == 303, answer.text
    return answer.headers["location"]


def back_from(sign_in: str) -> str:
    """Where a sign-in leads on to."""
    assert urlsplit(sign_in).path == "/demo/sign-in"
    return "/demo/" + parse_qs(urlsplit(sign_in).query)["next"][0]


async def ended() -> tuple[TrialSite, Reader, Pairs]:
    """A clerk who has the form open while the session ends."""
    site, clerk, _ = await opened("opendata.describe")
    form = form_with((await clerk.get(EDIT)).text, "opened")
    clerk.cookies.pop(SESSION_COOKIE)
    return site, clerk, form


async def sign_in_at(reader: Reader, address: str, login: str = "desk") -> Answer:
    return await reader.post(address, {"login": login, "password": PASSWORD})


async def test_what_was_typed_comes_back_after_the_sign_in_and_is_sent() -> None:
    site, clerk, form = await ended()
    sent = await send(clerk, EDIT, form, description=LONG, keywords="かぎ", rhythm="ANNUAL")
    to_sign_in = where(sent)
    assert "書いたものは1時間残してあります" in (await clerk.get(to_sign_in)).text
    page = where(await sign_in_at(clerk, to_sign_in))
    assert page == back_from(to_sign_in)
    shown = (await clerk.get(page)).text
    assert "まだ送られていません" in shown
    again = form_with(shown, "opened")
    assert dict(again) | {"csrf": ""} == dict(form) | {
        "csrf": "", "description": LONG, "keywords": "かぎ", "rhythm": "ANNUAL",
    }  # fmt: skip
    where(await send(clerk, page, again))
    assert dict(form_with((await clerk.get(EDIT)).text, "opened"))["description"] == LONG
    assert await site.store.credentials.list(UNSENT) == []
    assert dict(form_with((await clerk.get(page)).text, "opened"))["keywords"] == "かぎ"


async def test_nothing_is_done_before_it_is_sent_anew() -> None:
    _, clerk, form = await ended()
    await send(clerk, EDIT, form, description="い")
    await clerk.sign_in("desk", PASSWORD)
    assert dict(form_with((await clerk.get(EDIT)).text, "opened"))["description"] == "まちのAED"


async def test_nobody_else_reads_it() -> None:
    _, clerk, form = await ended()
    to_sign_in = where(await send(clerk, EDIT, form, description="だれにも"))
    page = where(await sign_in_at(clerk, to_sign_in, "second"))
    assert "だれにも" not in (await clerk.get(page)).text
    other = Reader(clerk.app)
    await other.sign_in("desk", PASSWORD)
    assert "だれにも" not in (await other.get(page)).text
    clerk.cookies.pop(SESSION_COOKIE)
    assert where(await clerk.get(page)).startswith("/demo/sign-in?next=")
    page = where(await sign_in_at(clerk, where(await clerk.get(page))))
    assert "だれにも" in (await clerk.get(page)).text


async def test_it_is_over_after_its_time_and_unreadable_in_the_store() -> None:
    site, clerk, form = await ended()
    page = back_from(where(await send(clerk, EDIT, form, description="だれにも")))
    (kept,) = await site.store.credentials.list(UNSENT)
    assert "だれにも".encode() not in kept.body and clerk.cookies["kaiteki_browser"].encode() not in kept.body
    await clerk.sign_in("desk", PASSWORD)
    site.clock.at = Instant(site.clock.at + (LIFE_S + 1) * 1_000_000)
    await clerk.sign_in("desk", PASSWORD)
    assert "だれにも" not in (await clerk.get(page)).text


async def test_who_signed_in_anew_meanwhile_goes_on_at_once() -> None:
    _, clerk, form = await ended()
    await clerk.sign_in("desk", PASSWORD)
    page = where(await send(clerk, EDIT, form, description="い"))
    assert urlsplit(page).path == EDIT
    assert dict(form_with((await clerk.get(page)).text, "opened"))["description"] == "い"


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-mode": "cors"}],
)
async def test_pages_of_others_and_scripts_leave_nothing_here(headers: dict[str, str]) -> None:
    site, clerk, form = await ended()
    body = "&".join(f"{name}={value}" for name, value in form if name in ("csrf", "title")).encode()
    assert (await clerk.send(EDIT, body, URLENCODED, **headers)).status == 403
    assert await site.store.credentials.list(UNSENT) == []


async def test_a_token_that_is_not_of_this_browser_keeps_nothing_and_shows_it_only_to_a_page_of_ours() -> (
    None
):
    site, clerk, _ = await ended()
    for token in ("", "0" * 112, "f" * 48):
        body = f"csrf={token}&description=typed+words".encode()
        assert "typed words" not in (await clerk.send(EDIT, body, URLENCODED)).text
        told = await clerk.send(EDIT, body, URLENCODED, origin="http://localhost")
        assert told.status == 403 and "typed words" in told.text and "/demo/sign-in" in told.text
    assert await site.store.credentials.list(UNSENT) == []


async def test_a_resident_who_signed_in_elsewhere_finds_the_request_as_typed() -> None:
    site = await open_site(opendata)
    reader = Reader(site.app, **{"accept-language": "ja"})
    form = form_with((await reader.get("/demo/data/requests/new")).text, "purpose")
    await reader.sign_in("guest", PASSWORD)
    page = where(await send(reader, "/demo/data/requests/new", form, title="木の一覧", purpose="調べる"))
    again = dict(form_with((await reader.get(page)).text, "purpose"))
    assert (again["title"], again["purpose"]) == ("木の一覧", "調べる")
    assert (await send(reader, page, list(again.items()))).status in (303, 422)


async def test_of_a_browser_and_of_all_only_so_many_are_kept_and_none_that_is_too_large() -> None:
    site, _, _ = await ended()
    unsent = Unsent(site.store.credentials, site.clock, b"s" * 32)
    typed = Typed("a", "salt", "reader", {"text": ("words",)})
    names = [await unsent.keep("browser", typed) for _ in range(EACH_MAX + 1)]
    assert [await unsent.read("browser", name) is not None for name in names].count(True) == EACH_MAX
    assert await unsent.read("other", names[-1]) is None
    noise = "".join(f"{n * n * 7919:x}" for n in range(40_000))
    assert await unsent.keep("browser", Typed("a", "salt", "reader", {"text": (noise,)})) == ""
    for number in range(TOGETHER_MAX - EACH_MAX):
        assert await unsent.keep(f"b{number}", typed)
    assert await unsent.keep("one more", typed) == ""
    site.clock.at = Instant(site.clock.at + (LIFE_S + 1) * 1_000_000)
    assert await unsent.keep("one more", typed)


def test_only_the_form_that_was_sent_is_filled() -> None:
    page = """<main id="main"><form method="get"><input name="a" value="1"></form>
<form method="post"><input type="hidden" name="id" value="x"><input name="a" value="1"></form>
<details><summary>s</summary><form method="post"><input type="hidden" name="id" value="y"><input name="a" value="1&lt;">
<input type="password" name="p"><input type="file" name="f"><textarea name="t">\nold</textarea>
<input type="checkbox" name="c" value="1" checked><input type="checkbox" name="c" value="2"><input type="radio" name="r" value="1" checked>
<select name="s"><option value="1" selected>a</option><option value="2">b</option></select><select name="s"><option value="3">a</option></select>
<button name="do" value="go">Go &amp; do</button></form></details></main>"""
    fields: dict[str, Any] = {
        "id": ["y"], "a": ['"><script>'], "t": ["\n</textarea><b>"], "c": ["2"], "r": [], "s": ["2", "9"], "do": ["go"],
        "p": ["secret"], "gone": ["words", " "],
    }  # fmt: skip
    made = refilled(page, fields)
    first, second = forms_of(made.page)[:2], forms_of(made.page)[2]
    assert first == forms_of(page)[:2]
    assert second == [
        ("id", "y"), ("a", '"><script>'), ("p", ""), ("t", "\n</textarea><b>"), ("c", "2"), ("s", "2"), ("s", "3"),
    ]  # fmt: skip
    assert "secret" not in made.page and "<script>" not in made.page and '<details open="">' in made.page
    assert set(made.left) == {("gone", "words"), ("s", "9")}
    assert "Go &amp; do" in made.page
    assert refilled("<p>no form</p>", {"csrf": ["1"], "a": ["words"]}).left == [("a", "words")]


@pytest.mark.parametrize("service", SERVICES, ids=lambda one: one.name)
async def test_every_form_of_a_service_comes_back_as_it_was_sent(service: Service) -> None:
    site = await open_site(service)
    await site.identity.register(
        "boss", "見本 長", PASSWORD, [Grant("demo", "staff"), Grant("demo", "admin")]
    )
    looked: set[str] = set()
    for page in service.pages:
        site.clock.at = Instant(site.clock.at + 61_000_000)
        reader, address = Reader(site.app), f"/demo/{page.path}"
        await reader.sign_in("boss", PASSWORD)
        shown = await reader.get(address) if page.act and "{" not in page.path else None
        form = max(own_forms(shown.text), key=len, default=[]) if shown and shown.status == 200 else []
        if len(form) < 2:
            continue
        reader.cookies.pop(SESSION_COOKIE)
        to = where(await send(reader, address, form))
        to = where(await sign_in_at(reader, to, "boss")) if "/sign-in" in to else to
        assert without_token(form) in map(without_token, own_forms((await reader.get(to)).text)), address
        looked.add(page.path)
    assert looked >= LOOKED_AT[service.name]


def own_forms(page: str) -> list[Pairs]:
    return [one for one in forms_of(page) if any(name == "csrf" for name, _ in one)]


def without_token(form: Pairs) -> Pairs:
    return [(name, value) for name, value in form if name != "csrf"]
