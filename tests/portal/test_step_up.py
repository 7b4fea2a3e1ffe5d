"""Who is less sure than a page or a command wants is led to sign in more surely and comes back; programs are told the level."""

from __future__ import annotations

import msgspec
from garden_town import GARDEN
from starlette.applications import Starlette
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.api.commands import command_routes
from kaiteki.api.exchange import HeaderMap
from kaiteki.kit.identity.register import FRESH_S
from kaiteki.model.access import Person
from kaiteki.model.instant import Instant
from kaiteki.portal.guard import SESSION_COOKIE
from kaiteki.portal.pages.unsent import RESUMED
from reader import TOKEN, Reader

SURE = msgspec.structs.replace(
    GARDEN,
    pages=tuple(
        msgspec.structs.replace(page, assurance=2 if page.path == "gardens" else 0) for page in GARDEN.pages
    ),
    commands=tuple(msgspec.structs.replace(command, assurance=2) for command in GARDEN.commands),
)
COMMAND = f"/demo/services/{GARDEN.name}/{GARDEN.commands[0].name}"
DO = "/demo/desk/garden/do/visit?id=urn:ngsi-ld:Garden:1"


async def entered(site: TrialSite, login: str, assurance: int) -> Reader:
    """A browser of somebody who is so sure."""
    account = await site.identity.accounts.by_login(login)
    assert account is not None
    reader = Reader(site.app)
    reader.cookies[SESSION_COOKIE] = (await site.identity.open_session(account, assurance)).token
    return reader


async def test_a_page_is_open_to_those_who_are_sure_enough() -> None:
    site = await open_site(SURE)
    assert (await (await entered(site, "guest", 2)).get("/demo/gardens")).status == 200
    for reader in (Reader(site.app), await entered(site, "guest", 1)):
        led = await reader.get("/demo/gardens?page=1")
        assert (led.status, led.headers["location"]) == (303, "/demo/sign-in?step=2&next=gardens%3Fpage%3D1")
    asked = await (await entered(site, "guest", 1)).get("/demo/sign-in?step=2&next=gardens%3Fpage%3D1")
    assert "パスキーか、アプリのコードでのログイン" in asked.text and "my/app-code" in asked.text


async def test_whoever_steps_up_comes_back_in_a_new_session_and_the_old_one_is_over() -> None:
    site = await open_site(SURE)
    reader = await entered(site, "guest", 1)
    before = reader.cookies[SESSION_COOKIE]
    way = "/demo/sign-in?step=2&next=gardens/new"
    back = await reader.post(way, {"login": "guest", "password": PASSWORD})
    assert (back.status, back.headers["location"]) == (303, "/demo/gardens/new")
    assert reader.cookies[SESSION_COOKIE] != before
    assert await site.identity.visit(before) is None


async def test_a_form_of_the_desk_leads_on_and_the_engine_refuses() -> None:
    site = await open_site(SURE)
    led = await (await entered(site, "desk", 1)).get(DO)
    assert led.status == 303 and led.headers["location"].startswith("/demo/sign-in?step=2&next=desk%2Fgarden")
    assert (await (await entered(site, "desk", 2)).get(DO)).status == 200


async def test_a_program_is_told_the_level() -> None:
    site = await open_site(SURE)
    person = Person(
        "acc-1", "見本 花子", frozenset({"staff", "resident", "anyone"}), frozenset({"*"}), assurance=1
    )

    async def who(headers: HeaderMap, _area: str) -> Person:
        return msgspec.structs.replace(person, assurance=int(headers.get("assurance") or 1))

    app = Starlette(routes=command_routes(site.engine, who, ("demo",)))
    refused = await Reader(app).send(COMMAND, b"{}", "application/json")
    assert refused.status == 401
    assert 'error="insufficient_user_authentication"' in refused.headers["www-authenticate"]
    assert 'acr_values="urn:kaiteki:assurance:2"' in refused.headers["www-authenticate"]
    assert msgspec.json.decode(refused.body)["status"] == 401
    sure = Reader(app, assurance="2")
    assert (await sure.send(COMMAND, b"{}", "application/json")).status != 401


FORMS = (
    ("my/keys", {"do": "remove"}),
    ("my/app-code", {"do": "on"}),
    ("my/password", {"do": "remove"}),
    ("my/password", {"do": "add"}),
    ("my/api-keys", {"name": "x"}),
    ("my/mandates", {"do": "give"}),
    ("my/mandates", {"do": "take"}),
    ("my/providers", {"unlink": "x"}),
    ("my/erase", {"typed": "消します"}),
    ("desk/mandates", {"helped": "x"}),
    ("desk/recovery", {"do": "open"}),
)
FREE = (
    ("my/mandates", {"do": "end", "mandate": "x"}, 303),
    ("my/api-keys", {"do": "revoke", "revoke": "x"}, 422),
    ("my/password", {"do": "change", "old": PASSWORD, "password": "x", "again": "x"}, 422),
)


async def test_what_opens_ways_or_hands_things_over_wants_a_sign_in_of_this_moment() -> None:
    site = await open_site()
    reader = await entered(site, "desk", 2)
    assert "passkeys.js" in (await reader.get("/demo/my/keys")).text
    site.clock.at = Instant(site.clock.at + FRESH_S * 1_000_000)
    for path in ("my/keys", "my/app-code", "my/api-keys", "my/mandates", "desk/mandates", "desk/recovery"):
        page = (await reader.get(f"/demo/{path}")).text
        assert "もう一度ログインしてください" in page, path
        assert f"/demo/sign-in?step=1&amp;next={path.replace('/', '%2F')}" in page
    for path, fields in FORMS:
        found = TOKEN.search((await reader.get("/demo/my")).text)
        led = await reader.post(f"/demo/{path}", fields, found[1] if found else "")
        way = f"/demo/sign-in?step=1&next={path.replace('/', '%2F')}"
        to, kept, _ = led.headers["location"].partition("%3Fkept%3D")
        assert (led.status, to, bool(kept)) == (303, way, f"/{{area}}/{path}" in RESUMED), path
    for path, fields, status in FREE:
        found = TOKEN.search((await reader.get("/demo/my")).text)
        done = await reader.post(f"/demo/{path}", fields, found[1] if found else "")
        assert done.status == status and "sign-in" not in done.headers.get("location", ""), path


async def test_a_page_of_a_service_may_want_it_too_and_a_file_is_asked_for_again_on_its_page() -> None:
    pages = tuple(msgspec.structs.replace(page, fresh=page.path == "gardens") for page in GARDEN.pages)
    file = msgspec.structs.replace(pages[0], path="gardens.zip", template="", fresh=True)
    site = await open_site(msgspec.structs.replace(GARDEN, pages=(*pages, file)))
    reader = await entered(site, "guest", 1)
    assert (await reader.get("/demo/gardens")).status == 200
    site.clock.at = Instant(site.clock.at + FRESH_S * 1_000_000)
    for path, back in (("gardens?page=2", "gardens%3Fpage%3D2"), ("gardens.zip", "gardens")):
        led = await reader.get(f"/demo/{path}")
        assert (led.status, led.headers["location"]) == (303, f"/demo/sign-in?step=1&next={back}")
    assert (await Reader(site.app).get("/demo/gardens")).status == 200, "who has no account signs in nowhere"
