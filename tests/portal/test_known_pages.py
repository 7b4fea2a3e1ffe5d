"""What a town knows, in numbers: for everybody only what is open to everybody, for staff what they handle and what waits."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import msgspec
import pytest
from garden_town import GARDEN
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.ports.accounts import Grant
from reader import Reader

PUBLIC, DESK = "/demo/known", "/demo/desk/known"


@pytest.fixture
async def site() -> AsyncGenerator[TrialSite]:
    yield await open_site()


async def signed_in(site: TrialSite, login: str) -> Reader:
    reader = Reader(site.app)
    assert (await reader.sign_in(login, PASSWORD)).status == 303
    return reader


async def test_everybody_sees_how_much_there_is_of_what_is_open(site: TrialSite) -> None:
    shown = (await Reader(site.app).get(PUBLIC + "?lang=en")).text
    assert "type=Shelter" in shown and ">130<" in shown
    assert "type=Garden" in shown and "just now" in shown and "22 Nov 2026" in shown
    assert f'href="{PUBLIC}"' in (await Reader(site.app).get("/demo/")).text


async def test_what_is_not_open_is_neither_named_nor_counted() -> None:
    closed = tuple(
        msgspec.structs.replace(one, public=()) if one.name == "Shelter" else one for one in GARDEN.types
    )
    site = await open_site(msgspec.structs.replace(GARDEN, types=closed))
    for login in ("", "desk"):
        reader = await signed_in(site, login) if login else Reader(site.app)
        shown = (await reader.get(PUBLIC)).text
        assert "type=Garden" in shown and "Shelter" not in shown
        assert '<p class="big num">3<small>件' in shown
    assert ">130<" in (await (await signed_in(site, "desk")).get(DESK)).text


async def test_an_area_without_data_says_so(site: TrialSite) -> None:
    shown = (await Reader(site.app).get("/chiba/known?lang=en")).text
    assert "There is nothing yet" in shown and "Kinds without data so far (2)" in shown


async def test_staff_see_what_grows_and_what_waits(site: TrialSite) -> None:
    clerk = await signed_in(site, "desk")
    shown = (await clerk.get(DESK + "?lang=en")).text
    assert 'href="/demo/desk/garden/Shelter"' in shown and ">130<" in shown
    assert '<td data-label="New within a day" class="num">130</td>' in shown
    dead = '<td data-label="Queue">Notifications that did not arrive</td>\n<td data-label="Waiting" class="num">2</td>'
    assert dead in shown
    assert f'href="{DESK}"' in (await clerk.get("/demo/desk")).text
    site.clock.at = type(site.clock.at)(site.clock.at + 25 * 3600 * 1_000_000)
    later = (await (await signed_in(site, "desk")).get(DESK + "?lang=en")).text
    assert '<td data-label="New within a day" class="num">0</td>' in later and ">130<" in later


async def test_who_handles_nothing_has_no_such_desk(site: TrialSite) -> None:
    await site.identity.register("other", "見本 次郎", PASSWORD, [Grant("demo", "staff")])
    assert (await (await signed_in(site, "guest")).get(DESK)).status == 403
    assert (await Reader(site.app).get(DESK)).status == 401
    assert (
        "Notifications that did not arrive"
        in (await (await signed_in(site, "other")).get(DESK + "?lang=en")).text
    )
