"""A helper does only what a mandate covers: every page that takes a form, every command, and what takes photos, tried one by one."""

from __future__ import annotations

import re

import pytest
from starlette.applications import Starlette
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.api.commands import command_routes
from kaiteki.api.oauth.tokens import AccessTokens
from kaiteki.api.persons import ask_the_register
from kaiteki.api.photos import photo_routes
from kaiteki.kit.city import Cities
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.identity.mandates import ERASED, Wanted
from kaiteki.kit.manifest import Service
from kaiteki.main.parts import SERVICES
from kaiteki.model.instant import Instant
from kaiteki.portal.guard import CSRF_FIELD
from kaiteki.ports.accounts import Account
from kaiteki.world.pictures import draw_photo
from reader import Reader

DAY_US = 86_400_000_000
COOKIE = "kaiteki_session"


async def account(site: TrialSite, login: str) -> Account:
    found = await site.identity.accounts.by_login(login)
    assert found is not None
    return found


async def acting(site: TrialSite, *covers: str, days: int = 30) -> Reader:
    """The desk in the name of the guest, who has entrusted this much."""
    guest, desk = await account(site, "guest"), await account(site, "desk")
    until = Instant(site.clock.at + days * DAY_US)
    made = await site.mandates.invite(guest, Wanted("entrusted", covers, until))
    assert isinstance(made, tuple)
    await site.mandates.accept(desk, made[1])
    reader = Reader(site.app)
    await reader.sign_in("desk", PASSWORD)
    visit = await site.identity.visit(reader.cookies[COOKIE])
    assert visit is not None and await site.mandates.act(visit.session, guest.id)
    return reader


async def token(reader: Reader) -> str:
    found = re.search(rf'name="{CSRF_FIELD}" value="([0-9a-f]+)"', (await reader.get("/demo/")).text)
    assert found is not None
    return found[1]


def filled(path: str) -> str:
    """An address of a page, with something in the place of its parameters."""
    return re.sub(r"\{[^}]+\}", "x", path)


@pytest.mark.parametrize("service", SERVICES, ids=lambda one: one.name)
async def test_no_page_takes_a_form_of_who_may_only_look_or_was_entrusted_something_else(
    service: Service,
) -> None:
    site = await open_site(service)
    for cover in (f"{service.name}.see", "another.*"):
        reader = await acting(site, cover)
        secret, before = await token(reader), await site.store.events.last()
        for page in (one for one in service.pages if one.act is not None):
            sent = await reader.post(f"/demo/{filled(page.path)}", {"description": "x"}, secret)
            assert sent.status in (403, 429), (cover, page.path)
            site.clock.at = Instant(site.clock.at + DAY_US // 1440)
        assert await site.store.events.last() == before, "nothing was kept"


@pytest.mark.parametrize("service", SERVICES, ids=lambda one: one.name)
async def test_no_command_and_no_photo_over_the_api_either(service: Service) -> None:
    site = await open_site(service)
    reader = await acting(site, f"{service.name}.see")
    cities = Cities(site.engine, Darkroom(site.engine, site.store.files, site.store.received))
    tokens = AccessTokens(site.identity, site.store.credentials, site.clock)
    who = ask_the_register(site.identity, COOKIE, tokens, site.mandates)
    areas = ("demo",)
    app = Starlette(routes=[*command_routes(site.engine, who, areas), *photo_routes(cities, who, areas)])
    api = Reader(app, cookie=f"{COOKIE}={reader.cookies[COOKIE]}", origin="http://localhost")
    before = await site.store.events.last()
    for command in service.commands:
        path = f"/demo/services/{service.name}/{command.name}"
        assert (await api.send(path, b"{}", "application/json")).status in (401, 403), path
    sent = await api.send("/demo/files", draw_photo("paint", 1), "image/jpeg")
    assert sent.status == 403
    assert await site.store.events.last() == before


async def test_who_is_entrusted_with_more_sends_and_the_person_sees_what_was_done() -> None:
    site = await open_site()
    reader = await acting(site, "garden.*")
    told = await reader.post("/demo/gardens/new", {"name": "おばあさんの庭"}, await token(reader))
    assert told.status == 303
    guest = Reader(site.app)
    await guest.sign_in("guest", PASSWORD)
    page = (await guest.get("/demo/my/mandates/done")).text
    assert page.count("見本 花子さん") == 1 and "庭：" in page
    desk = Reader(site.app)
    await desk.sign_in("desk", PASSWORD)
    own = await desk.get("/demo/my/mandates/done")
    assert own.status == 200 and "庭：" not in own.text, "what they did for another one is not done for them"


async def test_an_end_that_comes_soon_is_said_to_both() -> None:
    site = await open_site()
    await acting(site, "garden.*", days=10)
    for login in ("guest", "desk"):
        reader = Reader(site.app)
        await reader.sign_in(login, PASSWORD)
        for path in ("my", "my/mandates"):
            assert "あと10日で終わります" in (await reader.get(f"/demo/{path}")).text, (login, path)
    site = await open_site()
    await acting(site, "garden.*", days=100)
    reader = Reader(site.app)
    await reader.sign_in("guest", PASSWORD)
    assert "日で終わります" not in (await reader.get("/demo/my")).text


async def test_the_mandate_of_a_helper_who_is_gone_has_ended_and_names_them_no_more() -> None:
    site = await open_site()
    await acting(site, "garden.*")
    guest, desk = await account(site, "guest"), await account(site, "desk")
    await site.identity.accounts.remove(desk.id)
    await site.store.credentials.forget(desk.id)
    (one,) = await site.mandates.given(guest.id)
    assert (one.helper, one.ended_by, one.is_over(site.clock.at)) == ("", ERASED, True)
    kept = await site.store.credentials.of(guest.id, "mandate")
    assert all(desk.id.encode() not in credential.body for credential in kept)
    assert list(await site.mandates.given(guest.id)) == [one]
