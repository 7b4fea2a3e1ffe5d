"""The cookie of a browser over the API: it is who it is on the pages, and pages of other sites cannot use it."""

from __future__ import annotations

import msgspec
import pytest
from starlette.applications import Starlette
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.api.commands import command_routes
from kaiteki.api.oauth.tokens import AccessTokens
from kaiteki.api.persons import WhoAsks, ask_the_register, for_themselves
from kaiteki.kit.identity.mandates import Wanted
from kaiteki.model.instant import Instant
from kaiteki.model.problem import Problem
from kaiteki.portal.guard import SESSION_COOKIE
from reader import Reader

TELL = "/demo/services/garden/tell"
GARDEN = msgspec.json.encode({"name": "母の庭"})


def who_at(site: TrialSite) -> WhoAsks:
    tokens = AccessTokens(site.identity, site.store.credentials, site.clock)
    return ask_the_register(site.identity, SESSION_COOKIE, tokens, site.mandates)


async def program(site: TrialSite, covers: str = "") -> Reader:
    """What sends commands with the session of the desk, which acts for the guest where something is covered."""
    browser = Reader(site.app)
    await browser.sign_in("desk", PASSWORD)
    guest = await site.store.accounts.by_login("guest")
    desk = await site.identity.visit(browser.cookies[SESSION_COOKIE])
    assert guest is not None and desk is not None
    if covers:
        made = await site.mandates.invite(
            guest, Wanted("parent", (covers,), Instant(site.clock.now() + 86_400_000_000))
        )
        assert isinstance(made, tuple)
        await site.mandates.accept(desk.account, made[1])
        assert await site.mandates.act(desk.session, guest.id)
    sending = Reader(Starlette(routes=command_routes(site.engine, who_at(site), ("demo",))))
    sending.cookies = browser.cookies
    return sending


async def actors(site: TrialSite) -> list[tuple[str, str]]:
    """Who told of gardens, and who helped."""
    lines = await site.store.entities.audit("demo", limit=1000)
    return [(one.by.actor, one.by.helper) for one in lines if one.by.action == "garden.tell"]


async def test_who_acts_for_somebody_does_so_over_the_api_too() -> None:
    site = await open_site()
    sending = await program(site, "garden.*")
    assert (await sending.send(TELL, GARDEN, "application/json")).status == 200
    guest = await site.store.accounts.by_login("guest")
    assert guest is not None and await actors(site) == [(guest.id, site.staff_id)]


async def test_a_command_beyond_the_mandate_is_refused() -> None:
    site = await open_site()
    sending = await program(site, "elsewhere.*")
    assert (await sending.send(TELL, GARDEN, "application/json")).status == 403
    assert await actors(site) == []


async def test_the_data_plane_is_for_oneself() -> None:
    site = await open_site()
    sending = await program(site, "garden.*")
    headers = {"cookie": f"{SESSION_COOKIE}={sending.cookies[SESSION_COOKIE]}"}
    with pytest.raises(Problem, match="acts for somebody else") as refused:
        await for_themselves(who_at(site))(headers, "demo")
    assert refused.value.status == 403
    known = await site.identity.visit(sending.cookies[SESSION_COOKIE])
    assert known is not None and await site.mandates.act(known.session, "")
    assert (await for_themselves(who_at(site))(headers, "demo")).account_id == site.staff_id


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://localhost"}, 200),
        ({"origin": "http://localhost", "sec-fetch-site": "same-origin"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
async def test_pages_of_other_sites_cannot_use_a_session(headers: dict[str, str], status: int) -> None:
    site = await open_site()
    sending = await program(site)
    said = await sending.send(TELL, GARDEN, "application/json", **headers)
    assert (said.status, len(await actors(site))) == (status, 1 if status == 200 else 0)


async def test_a_program_with_a_token_may_come_from_anywhere() -> None:
    site = await open_site()
    made = await site.identity.register_machine("sensor", [])
    assert isinstance(made, tuple)
    sending = await program(site)
    sending.cookies = {}
    bearer = {"authorization": f"Bearer {made[1]}", "origin": "https://app.example"}
    assert (await sending.send(TELL, GARDEN, "application/json", **bearer)).status == 200
